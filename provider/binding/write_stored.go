package binding

import (
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// stored is where the policy that Google stored differs from what was meant.
type stored struct {
	missing   []eligibility.Principal // members that it does not have
	instead   []eligibility.Principal // members that it has although nobody sent them
	remaining []eligibility.Principal // members whose places were given up and that it has still
}

// compare compares the policy that Google stored with what was meant. Google stores the primary
// address of an account that has several, and the present one of an account that was renamed: whom
// it has in place of a missing member may be somebody who was just removed.
func (a *attempts) compare(p *policy.Policy) (s stored) {
	now := a.under(p, a.wording)
	if s.missing = without(a.after, now); len(s.missing) > 0 {
		s.instead = without(without(now, a.sent), a.beside())
	}
	there := a.standingIn(p)
	for _, at := range a.removed {
		if there(at) && !slices.Contains(s.instead, at.Member) && !slices.Contains(a.places.Beside(at), at.Member) {
			s.remaining = append(s.remaining, at.Member)
		}
	}
	return s
}

// beside are the members of other resources of this walk in the same binding.
func (a *attempts) beside() []eligibility.Principal {
	return a.places.Beside(a.key.place(a.wording, eligibility.Principal{}))
}

// notStored says which members Google does not have, although it took the policy. It names the
// address to write in place of a member only if no other can be meant.
func (a *attempts) notStored(m model, p *policy.Policy, s stored) diag.Diagnostics {
	missing, instead := s.missing, s.instead
	if len(missing) == 0 {
		return nil
	}
	at := path.Root(membersAttribute)
	if names, ok := knownStrings(m.Members); ok && len(missing) == 1 {
		at = at.AtSetValue(memberValue(spellingOf(missing[0], names)))
	}
	detail := fmt.Sprintf("Google took the policy of %s, and it does not have for %s: %s.", a.resource, a.role, joinMembers(missing))
	switch {
	case len(instead) == 0:
		detail += " Look at the addresses, at the policy, and at what stands between the provider and Google."
	case len(missing) == 1 && len(instead) == 1 && len(without(a.beside(), a.under(p, a.wording))) == 0:
		detail += fmt.Sprintf(" It has %s instead, which is probably the primary or the present address of the same account. Write that address into members.", joinMembers(instead))
	default:
		detail += fmt.Sprintf(" It has these, whom nobody sent: %s. They are probably the primary or the present addresses of these members, or of those of another resource of this apply. Write the right ones into members.", joinMembers(instead))
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, "Members not stored", detail)}
}

// notRemoved says which members Google has still, although it took a policy without them.
func (a *attempts) notRemoved(s stored) diag.Diagnostics {
	if len(s.remaining) == 0 {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root(membersAttribute), "Members not removed",
		fmt.Sprintf("Google took the policy of %s without these, and it still has them for %s: %s. The state names them, and the next apply removes them again. Look at the policy, and at what stands between the provider and Google.",
			a.resource, a.role, joinMembers(s.remaining)))}
}
