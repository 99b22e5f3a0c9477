package binding

import (
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// foundMembers are the members of a state in a policy.
type foundMembers struct {
	wording   wording                 // of their binding
	members   []eligibility.Principal // once each, in the policy's order
	deleted   []string                // members of deleted accounts, as IAM names them
	elsewhere []standing              // members under other wordings, which are not the state's
}

// find looks for the members of a state in the bindings that have its wording, see current.
func (k key) find(p *policy.Policy, known wording, wanted []eligibility.Principal) foundMembers {
	return k.findUnder(p, k.current(p, known, wanted), wanted)
}

// findUnder looks for the members in the bindings that have a wording.
func (k key) findUnder(p *policy.Policy, t wording, wanted []eligibility.Principal) foundMembers {
	f := foundMembers{wording: t}
	there := k.under(p, f.wording)
	f.members = without(there, without(there, wanted))
	for _, b := range p.Bindings {
		if t, ok := k.read(b); ok && t == f.wording {
			f.deleted = append(f.deleted, deletedAmong(b.Members, without(wanted, there))...)
		}
	}
	f.elsewhere = k.elsewhere(p, wanted, f.wording)
	return f
}

// under are the users and groups in the bindings of the key that have a wording, once each and in
// the policy's order.
func (k key) under(p *policy.Policy, t wording) []eligibility.Principal {
	var all []eligibility.Principal
	for _, b := range p.Bindings {
		if found, ok := k.read(b); ok && found == t {
			all = append(all, without(principals(b.Members), all)...)
		}
	}
	return all
}

// none tells whether the state has nobody left.
func (f foundMembers) none() bool { return len(f.members)+len(f.deleted) == 0 }

// current is the wording under which the members of a state stand. That is the wording of the
// state, unless somebody renamed the binding: no binding of the key has that wording any more, and
// exactly one holds all of the members and nobody else.
func (k key) current(p *policy.Policy, known wording, members []eligibility.Principal) wording {
	var all, candidates []wording
	for _, b := range p.Bindings {
		t, ok := k.read(b)
		if !ok {
			continue
		}
		all = append(all, t)
		if holdsExactly(b.Members, members) {
			candidates = append(candidates, t)
		}
	}
	if slices.Contains(all, known) || len(candidates) != 1 {
		return known
	}
	same := slices.DeleteFunc(all, func(t wording) bool { return t != candidates[0] })
	if len(same) > 1 {
		return known // two bindings have it, and the place may be in either
	}
	return candidates[0]
}

// holdsExactly tells whether a binding holds all of some members and nobody else. A member whose
// account was deleted is there.
func holdsExactly(members []string, wanted []eligibility.Principal) bool {
	var found []eligibility.Principal
	for _, s := range members {
		who, ok := memberOf(s)
		if !ok || !slices.Contains(wanted, who) {
			return false
		}
		found = append(found, who)
	}
	return len(wanted) > 0 && len(without(wanted, found)) == 0
}

// standing is a member in a binding of a key.
type standing struct {
	member  eligibility.Principal
	wording wording
}

// elsewhere are the members that stand in bindings of the key with other wordings than these.
func (k key) elsewhere(p *policy.Policy, members []eligibility.Principal, but ...wording) []standing {
	var all []standing
	for _, b := range p.Bindings {
		t, ok := k.read(b)
		if !ok || slices.Contains(but, t) {
			continue
		}
		for _, who := range among(b.Members, members) {
			if s := (standing{who, t}); !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

// everybody are the users and groups in the bindings of the key, whatever their wording.
func (k key) everybody(p *policy.Policy) []eligibility.Principal {
	var all []eligibility.Principal
	for _, b := range p.Bindings {
		if _, ok := k.read(b); ok {
			all = append(all, without(principals(b.Members), all)...)
		}
	}
	return all
}

// principals are the users and groups among the members of a binding, once each.
func principals(members []string) []eligibility.Principal {
	var all []eligibility.Principal
	for _, s := range members {
		if who, err := eligibility.ParsePrincipal(s); err == nil && !slices.Contains(all, who) {
			all = append(all, who)
		}
	}
	return all
}

// memberOf is the user or group that a member is, or was before the account was deleted: of
// "deleted:user:alice@example.com?uid=1" it is alice.
func memberOf(s string) (eligibility.Principal, bool) {
	if rest, ok := strings.CutPrefix(s, deletedPrefix); ok {
		s, _, _ = strings.Cut(rest, "?uid=")
	}
	who, err := eligibility.ParsePrincipal(s)
	return who, err == nil
}

// deletedPrefix begins the name that IAM gives to a member whose account was deleted.
const deletedPrefix = "deleted:"

// deletedAmong are the members whose accounts were deleted and that were one of some principals.
func deletedAmong(members []string, wanted []eligibility.Principal) []string {
	var all []string
	for _, s := range members {
		if who, ok := memberOf(s); ok && strings.HasPrefix(s, deletedPrefix) && slices.Contains(wanted, who) {
			all = append(all, s)
		}
	}
	return all
}
