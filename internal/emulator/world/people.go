package world

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
)

// ServiceAccount is one service account. Project is the id of the project
// that holds it.
type ServiceAccount struct{ Email, Project, DisplayName, UniqueID string }

// Group is one group of the directory.
type Group struct {
	Email, Name, ID string
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

// UserExists tells whether there is such a person.
func (w *World) UserExists(email string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.users[fold(email)]
	return ok
}

// GroupExists tells whether there is such a group.
func (w *World) GroupExists(email string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.groups[fold(email)] != nil
}

// ServiceAccount finds a service account by its address.
func (w *World) ServiceAccount(email string) (ServiceAccount, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	account, ok := w.accounts[fold(email)]
	return account, ok
}

// ServiceAccounts returns all service accounts, sorted by address.
func (w *World) ServiceAccounts() []ServiceAccount {
	w.mu.Lock()
	defer w.mu.Unlock()
	accounts := slices.Collect(maps.Values(w.accounts))
	slices.SortFunc(accounts, func(a, b ServiceAccount) int { return cmp.Compare(a.Email, b.Email) })
	return accounts
}

// Groups returns all groups with their members as they are shown now, which
// is MembershipLag behind; sorted by address.
func (w *World) Groups() []Group {
	w.mu.Lock()
	defer w.mu.Unlock()
	groups := make([]Group, 0, len(w.groups))
	for _, email := range slices.Sorted(maps.Keys(w.groups)) {
		g := w.groups[email]
		groups = append(groups, Group{Email: email, Name: g.name, ID: ID(email), Members: w.shown(g)})
	}
	return groups
}

// DirectMembers returns the members of a group as they are shown now; false
// if there is no such group.
func (w *World) DirectMembers(email string) ([]Member, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.groups[fold(email)]
	if g == nil {
		return nil, false
	}
	return w.shown(g), true
}

func (w *World) shown(g *group) []Member {
	members, _ := g.members.at(w.Now().Add(-w.options.MembershipLag))
	return slices.Clone(members)
}

// AddMember puts a person, group or service account into a group. It is shown
// after MembershipLag. Both must exist.
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

// RemoveMember takes a member out of a group. It disappears from what is
// shown after MembershipLag.
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

// AddUser makes a person, of any domain.
func (w *World) AddUser(email, name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.users[fold(email)] = name
}

// DeleteUser removes a person from the directory and all groups; policies
// name the account as deleted from then on.
func (w *World) DeleteUser(email string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.users, fold(email))
	for _, g := range w.groups {
		w.putMembers(g, without(g.members.latest(), ID(email)))
	}
	gone, left := "user:"+fold(email), "deleted:user:"+fold(email)+"?uid="+ID(email)
	for name, r := range w.resources {
		if r.policy.len() > 0 && renameMember(r.policy.latest(), gone, left, false) {
			policy := clone(r.policy.latest())
			renameMember(policy, gone, left, true)
			w.store(name, policy)
		}
	}
}

// renameMember tells whether the policy names the member, and renames it
// where it should.
func renameMember(p *iampb.Policy, from, to string, rename bool) bool {
	found := false
	for _, b := range p.GetBindings() {
		if i := slices.Index(b.GetMembers(), from); i >= 0 {
			found = true
			if rename {
				b.Members[i] = to
			}
		}
	}
	return found
}

func (w *World) putMembers(g *group, members []Member) {
	now := w.Now()
	g.members.put(now, now.Add(-w.options.MembershipLag), members)
}

// member describes an address, or the customer, as a member of a group.
func (w *World) member(email, role string) (Member, error) {
	email = fold(email)
	m := Member{Email: email, Role: role, ID: ID(email)}
	_, isUser := w.users[email]
	_, isAccount := w.accounts[email]
	switch {
	case email == fold(w.organization.customer):
		return Member{Type: "CUSTOMER", Role: role, ID: w.organization.customer}, nil
	case w.groups[email] != nil:
		m.Type, m.Status = "GROUP", "ACTIVE"
	case isUser && w.ownDomain(email):
		m.Type, m.Status = "USER", "ACTIVE"
	case isUser || isAccount:
		m.Type = "USER"
	default:
		return Member{}, fmt.Errorf("no user, group or service account %s", email)
	}
	return m, nil
}

func (w *World) ownDomain(email string) bool {
	_, domain, _ := strings.Cut(email, "@")
	return slices.Contains(w.organization.domains, domain)
}

// Shareable tells whether new members of policies may have the address: not
// where sharing is restricted to customers and it belongs to none of them.
func (w *World) Shareable(email string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, isAccount := w.accounts[email]
	return len(w.organization.sharing) == 0 || isAccount ||
		w.ownDomain(email) && slices.Contains(w.organization.sharing, w.organization.customer)
}

func without(members []Member, id string) []Member {
	return slices.DeleteFunc(slices.Clone(members), func(m Member) bool { return m.ID == id })
}

// ID is the number by which Google knows an account or group: 21 digits, the
// same for the same address always.
func ID(email string) string {
	h := fnv.New64a()
	h.Write([]byte(fold(email)))
	return fmt.Sprintf("1%020d", h.Sum64())
}
