package world

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"iter"
	"maps"
	"slices"
	"strings"
)

// ServiceAccount is one service account. Project is the id of the project that holds it.
type ServiceAccount struct{ Email, Project, DisplayName, UniqueID string }

// Group is one group, of the customer if its address is in one of the customer's domains. Aliases
// are its other addresses.
type Group struct {
	Email, Name, ID string
	Aliases         []string
	Members         []Member
}

// Member is one direct member of a group, as the Directory describes it.
type Member struct {
	Email  string // empty for CUSTOMER
	Type   string // USER, GROUP, CUSTOMER or EXTERNAL
	Role   string // OWNER, MANAGER or MEMBER
	Status string // ACTIVE for accounts of the customer, otherwise empty
	ID     string
}

type group struct {
	email, name string
	aliases     []string
	members     history[[]Member]
}

// Users returns the addresses of all people, sorted.
func (w *World) Users() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.users))
}

// UserName is the display name of a person, or the address.
func (w *World) UserName(email string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return cmp.Or(w.users[fold(email)], email)
}

// Exists tells whether a member of policies exists: a user, a group, a serviceAccount, or a domain
// with people in it. Members of other kinds, which the world does not hold, always exist.
func (w *World) Exists(kind, value string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.exists(kind, fold(value))
}

func (w *World) exists(kind, value string) bool {
	ok := true
	switch kind {
	case "user":
		_, ok = w.users[value]
	case "group":
		_, ok = w.groups[value]
	case "serviceAccount":
		_, ok = w.accounts[value]
	case "domain":
		ok = slices.Contains(w.organization.Domains, value)
		for email := range w.users {
			ok = ok || strings.HasSuffix(email, "@"+value)
		}
	}
	return ok
}

// Address returns the address of the person, the group or the service account that has that address
// or id; false if nobody has. Of a group that is named by an alias it is the group's own.
func (w *World) Address(key string) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, known := range []iter.Seq[string]{maps.Keys(w.users), maps.Keys(w.groups), maps.Keys(w.accounts)} {
		for email := range known {
			if strings.EqualFold(email, key) || ID(email) == key {
				return email, true
			}
		}
	}
	if g := w.group(key); g != nil {
		return g.email, true
	}
	return fold(key), false
}

// ServiceAccount finds a service account by its address.
func (w *World) ServiceAccount(email string) (ServiceAccount, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	account, ok := w.accounts[fold(email)]
	return account, ok
}

// Groups returns all groups with their members as they are shown now, which is MembershipLag
// behind; sorted by address.
func (w *World) Groups() []Group {
	w.mu.Lock()
	defer w.mu.Unlock()
	var groups []Group
	for _, email := range slices.Sorted(maps.Keys(w.groups)) {
		groups = append(groups, w.describe(w.groups[email]))
	}
	return groups
}

// Group finds a group, as it is shown now, by its address or an alias.
func (w *World) Group(email string) (Group, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.group(email)
	if g == nil {
		return Group{}, false
	}
	return w.describe(g), true
}

func (w *World) group(email string) *group {
	email = fold(email)
	if g := w.groups[email]; g != nil {
		return g
	}
	for _, g := range w.groups {
		if slices.Contains(g.aliases, email) {
			return g
		}
	}
	return nil
}

func (w *World) describe(g *group) Group {
	return Group{Email: g.email, Name: g.name, ID: ID(g.email), Aliases: slices.Clone(g.aliases), Members: w.visibleMembers(g)}
}

func (w *World) visibleMembers(g *group) []Member {
	members, _ := g.members.at(w.Now().Add(-w.options.MembershipLag))
	return slices.Clone(members)
}

// AddMember puts a person, group or service account into a group. It is shown after MembershipLag.
// Both must exist.
func (w *World) AddMember(groupEmail, email string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.groups[fold(groupEmail)]
	if g == nil {
		return fmt.Errorf("adding a member to %s: no such group", groupEmail)
	}
	member, err := w.member(email, "MEMBER")
	if err != nil {
		return fmt.Errorf("adding a member to %s: %w", groupEmail, err)
	}
	w.putMembers(g, append(without(g.members.latest(), member.ID), member))
	return nil
}

// RemoveMember takes a member out of a group. It disappears from what is shown after MembershipLag.
func (w *World) RemoveMember(groupEmail, email string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.groups[fold(groupEmail)]
	if g == nil {
		return fmt.Errorf("removing a member from %s: no such group", groupEmail)
	}
	w.putMembers(g, without(g.members.latest(), ID(email)))
	return nil
}

// AddGroup adds a group without members, of any domain. Policies name it by its address, not by an
// alias.
func (w *World) AddGroup(email string, aliases ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := &group{email: fold(email), name: email}
	for _, alias := range aliases {
		g.aliases = append(g.aliases, fold(alias))
	}
	w.groups[g.email] = g
}

// RemoveGroup removes a group. Policies and other groups go on naming it.
func (w *World) RemoveGroup(email string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.groups, fold(email))
}

// AddUser adds a person, of any domain.
func (w *World) AddUser(email, name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.users[fold(email)] = name
}

func (w *World) putMembers(g *group, members []Member) {
	now := w.Now()
	g.members.put(now, now.Add(-w.options.MembershipLag), members)
}

// member describes an address, or the customer, as a member of a group.
func (w *World) member(email, role string) (Member, error) {
	email = fold(email)
	m := Member{Email: email, Role: role, ID: ID(email)}
	isUser := w.exists("user", email)
	switch {
	case email == fold(w.organization.Customer):
		return Member{Type: "CUSTOMER", Role: role, ID: w.organization.Customer}, nil
	case w.exists("group", email):
		m.Type, m.Status = "GROUP", "ACTIVE"
	case isUser && w.OwnDomain(email):
		m.Type, m.Status = "USER", "ACTIVE"
	case isUser || w.exists("serviceAccount", email):
		m.Type = "USER"
	default:
		return Member{}, fmt.Errorf("no user, group or service account %s", email)
	}
	return m, nil
}

// OwnDomain tells whether an address is in one of the customer's domains.
func (w *World) OwnDomain(email string) bool {
	_, domain, _ := strings.Cut(email, "@")
	return slices.Contains(w.organization.Domains, domain)
}

// Shareable tells whether a member of that kind and address may be added to policies. Where sharing
// is restricted to customers, people and groups of others may not.
func (w *World) Shareable(kind, email string) bool {
	return kind != "user" && kind != "group" || len(w.organization.allowedCustomers) == 0 ||
		w.OwnDomain(email) && slices.Contains(w.organization.allowedCustomers, w.organization.Customer)
}

func without(members []Member, id string) []Member {
	return slices.DeleteFunc(slices.Clone(members), func(m Member) bool { return m.ID == id })
}

// ID is the number of an account or group: 21 digits, which depend on its address alone.
func ID(email string) string {
	h := fnv.New64a()
	h.Write([]byte(fold(email)))
	return fmt.Sprintf("1%020d", h.Sum64())
}
