package binding

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// compare compares the policy that Google stored with what was meant. Missing are the members that
// it does not have. Instead are those that it has although nobody sent them: Google stores the
// primary address of an account that has several, and the present one of an account that was
// renamed.
func (a *attempts) compare(p *policy.Policy) (missing, instead []eligibility.Principal) {
	stored := a.under(p, a.wording)
	missing = without(a.after, stored)
	if len(missing) > 0 {
		instead = without(without(stored, a.sent), a.beside())
	}
	return missing, instead
}

// beside are the members of other resources of this walk in the same binding.
func (a *attempts) beside() []eligibility.Principal {
	return a.places.Beside(a.key.place(a.wording, eligibility.Principal{}))
}

// notStored says which members Google does not have, although it took the policy. It names the
// address to write in place of a member only if no other can be meant.
func (a *attempts) notStored(m model, p *policy.Policy, missing, instead []eligibility.Principal) diag.Diagnostics {
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
