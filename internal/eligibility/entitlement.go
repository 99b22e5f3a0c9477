package eligibility

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Key addresses an activation, and groups entitlements. Keys can be compared with ==.
type Key struct {
	// Resource is where the role is granted: "projects/ID".
	Resource string
	Role     string
	// ResourceCondition is canonical text, "" for none.
	ResourceCondition string
}

// Project is the bare id of the project that the key names.
func (k Key) Project() string { return strings.TrimPrefix(k.Resource, "projects/") }

// Terms are what an eligible binding adds to the portal's rules. What of them decides is part of
// the binding's digest. No terms can be read yet: an entitlement whose binding has any is closed.
type Terms struct{}

// Entitlement is one eligible binding that one person may use: what it grants, by which approval,
// on which evidence. Two are the same if and only if key, constraint and the digest of their
// evidence are equal.
type Entitlement struct {
	Key
	Constraint Constraint
	Terms      Terms
	Evidence   Evidence
	// Closed is "" when the role can be activated now; otherwise a sentence for the user.
	Closed string
}

// More reasons why a role cannot be activated, in sentences for the user.
const (
	basicRole = "This is a basic role, which cannot be granted for a limited time."
	notNow    = "This role is not open at this time: its resource condition excludes it."
)

// Entitlements are what the person may activate on a resource by these bindings, the resource's own
// and those of its ancestors: one for each identity, those that name the user before those that
// name a group. They are sorted by role and resource condition, the best of each key first: open
// before closed, self-approval before approval by a peer, the resource's own before those of
// ancestors. Whoever shows them to be chosen from collapses them with Offered.
func Entitlements(resource string, bindings []BindingAt, p Person, now time.Time) []Entitlement {
	var all []Entitlement
	for _, b := range bindings {
		if e, ok := entitlement(resource, b, p, now); ok {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b Entitlement) int {
		return cmp.Or(
			strings.Compare(a.Role, b.Role),
			strings.Compare(a.ResourceCondition, b.ResourceCondition),
			trueFirst(a.Closed == "", b.Closed == ""),
			trueFirst(a.Constraint == SelfApproval, b.Constraint == SelfApproval),
			trueFirst(a.Evidence.Resource == resource, b.Evidence.Resource == resource),
			trueFirst(a.Evidence.Member.Kind == User, b.Evidence.Member.Kind == User),
		)
	})
	return withoutHidden(all, func(better, e Entitlement) bool {
		return better.Constraint == e.Constraint && better.Evidence.Digest == e.Evidence.Digest
	})
}

// Offered are those of some entitlements that a person chooses from, for display alone: the best of
// each key and constraint, and self-approval hides multi-party approval of the same key, unless
// only the latter is open. Whoever holds both is a peer all the same.
func Offered(all []Entitlement) []Entitlement {
	return withoutHidden(all, func(better, e Entitlement) bool {
		return better.Constraint == SelfApproval || better.Constraint == e.Constraint
	})
}

// Doubtful are the entitlements that the person has if they are in a group that could not be read,
// one for each binding that does not name them otherwise. They never entitle: whoever refuses one
// says that it is not known.
func Doubtful(resource string, bindings []BindingAt, p Person, now time.Time) []Entitlement {
	supposed := p.inUnreadableGroups()
	var all []Entitlement
	for _, b := range bindings {
		if _, known := p.matchingMember(b.Binding.Members); known {
			continue
		}
		if e, ok := entitlement(resource, b, supposed, now); ok {
			all = append(all, e)
		}
	}
	return all
}

// trueFirst puts what is true before what is false.
func trueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// withoutHidden leaves out what something better of the same key hides. The best of each key come
// first.
func withoutHidden(sorted []Entitlement, hides func(better, e Entitlement) bool) []Entitlement {
	var best []Entitlement
	for _, e := range sorted {
		if !isHidden(best, e, hides) {
			best = append(best, e)
		}
	}
	return best
}

// isHidden is true if one of those with the same key, which stand last, hides e.
func isHidden(best []Entitlement, e Entitlement, hides func(better, e Entitlement) bool) bool {
	for _, better := range slices.Backward(best) {
		if better.Key != e.Key {
			return false
		}
		if hides(better, e) {
			return true
		}
	}
	return false
}

// entitlement is what one binding gives to the person; the bool is false if it gives nothing.
func entitlement(resource string, b BindingAt, p Person, now time.Time) (Entitlement, bool) {
	if b.Binding.Condition == nil {
		return Entitlement{}, false
	}
	member, ok := p.matchingMember(b.Binding.Members)
	if !ok {
		return Entitlement{}, false
	}
	eligible, ok, _ := ReadEligible(*b.Binding.Condition)
	if !ok {
		return Entitlement{}, false
	}
	e := Entitlement{
		Key:        Key{Resource: resource, Role: b.Binding.Role, ResourceCondition: eligible.ResourceCondition},
		Constraint: eligible.Constraint,
		Evidence:   EvidenceOf(b, eligible, member),
	}
	e.Closed = closedReason(e, eligible, now)
	return e, true
}

func closedReason(e Entitlement, eligible Eligible, now time.Time) string {
	switch {
	case BasicRole(e.Role):
		return basicRole
	case eligible.Unusable != "":
		return eligible.Unusable
	case !e.Reference().isEncodable():
		return tooLongCondition
	case !openAt(e.ResourceCondition, now):
		return notNow
	}
	return ""
}

// GroupsNamed are the groups that the eligible bindings of these roles name, sorted and distinct;
// nil means all roles.
func GroupsNamed(bindings []BindingAt, roles []string) []string {
	var groups []string
	for _, b := range bindings {
		if b.Binding.Condition == nil || roles != nil && !slices.Contains(roles, b.Binding.Role) {
			continue
		}
		if !isEligible(b.Binding.Condition.Expression) {
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
