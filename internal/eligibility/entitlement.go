package eligibility

import (
	"slices"
	"strings"
	"time"
)

// Key addresses an activation, and groups entitlements. Keys can be compared with ==.
type Key struct {
	// Project is the bare id of the project.
	Project string
	Role    string
	// ResourceCondition is canonical text, "" for none.
	ResourceCondition string
}

// Membership is the answer to one question: is the person in the group?
type Membership int

const (
	// NotAsked is the answer for a group that nobody asked about.
	NotAsked Membership = iota
	// Member means that the person is in the group, directly or through other groups.
	Member
	// NotMember means that the person is not in the group.
	NotMember
	// Unreadable means that the question could not be answered; it never entitles.
	Unreadable
)

// Person is somebody who asks for access, and what is known about their groups.
type Person struct {
	Email string
	// Groups has the answers by lower-case e-mail of the group; groups that were not asked are absent.
	Groups map[string]Membership
}

// Evidence is why somebody is entitled: the resource that the binding stands on, the binding's digest, and the member
// that matched.
type Evidence struct {
	Resource, Digest string
	Member           Principal
}

// Entitlement is one eligible binding that one person may use.
type Entitlement struct {
	Key
	Constraint Constraint
	Evidence   Evidence
	// Closed is "" when the role can be activated now; otherwise a sentence for the user.
	Closed string
}

// Entitlements are what the person may activate on the project by these bindings, the project's own and those of its
// ancestors: at most one for each key and constraint, sorted by role and resource condition. Self-approval hides
// multi-party approval of the same key.
func Entitlements(project string, bindings []Placed, p Person, now time.Time) []Entitlement {
	var all []Entitlement
	for _, b := range bindings {
		if e, ok := entitlement(project, b, p, now); ok {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b Entitlement) int { return strings.Compare(a.Role, b.Role) })
	return all
}

func entitlement(project string, b Placed, p Person, _ time.Time) (Entitlement, bool) {
	if b.Binding.Condition == nil {
		return Entitlement{}, false
	}
	said, ok, _ := ReadEligible(*b.Binding.Condition)
	if !ok {
		return Entitlement{}, false
	}
	member, ok := p.match(b.Binding.Members)
	if !ok {
		return Entitlement{}, false
	}
	return Entitlement{
		Key:        Key{Project: project, Role: b.Binding.Role, ResourceCondition: said.ResourceCondition},
		Constraint: said.Constraint,
		Evidence:   Evidence{Resource: b.Resource, Member: member},
		Closed:     said.Unusable,
	}, true
}

func (p Person) match(members []string) (Principal, bool) {
	var group Principal
	for _, m := range members {
		who, err := ParsePrincipal(m)
		switch {
		case err != nil:
		case who == (Principal{User, strings.ToLower(p.Email)}):
			return who, true
		case who.Kind == Group && p.Groups[who.Email] == Member && group == (Principal{}):
			group = who
		}
	}
	return group, group != (Principal{})
}

// GroupsNamed are the groups that the eligible bindings of these roles name, sorted and distinct; roles nil means all.
func GroupsNamed(bindings []Placed, roles []string) []string {
	var groups []string
	for _, b := range bindings {
		if roles != nil && !slices.Contains(roles, b.Binding.Role) || b.Binding.Condition == nil {
			continue
		}
		if _, ok, _ := ReadEligible(*b.Binding.Condition); !ok {
			continue
		}
		for _, m := range b.Binding.Members {
			if who, err := ParsePrincipal(m); err == nil && who.Kind == Group {
				groups = append(groups, who.Email)
			}
		}
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}

// Activations are those of one user among the project's own bindings, the newest start first, expired ones included.
func Activations(project string, bindings []Binding, user string) ([]Activation, []Finding) {
	var all []Activation
	var findings []Finding
	for _, b := range bindings {
		a, ok, found := ReadActivation(project, b)
		findings = append(findings, found...)
		if ok && strings.EqualFold(a.User, user) {
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, func(a, b Activation) int { return b.Window.Start.Compare(a.Window.Start) })
	return all, findings
}
