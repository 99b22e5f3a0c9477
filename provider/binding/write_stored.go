package binding

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// stored is everybody in the bindings of the key with the wording.
func (e edit) stored(p *policy.Policy) []eligibility.Principal {
	var all []eligibility.Principal
	for _, b := range p.Bindings {
		if found, ok := e.read(b); ok && found == e.wording {
			all = append(all, principals(b.Members)...)
		}
	}
	return all
}

// compare compares the policy that Google stored with what was meant. Missing are the members that
// it does not have. Instead is the one that it has in the place of a missing one: Google stores the
// primary address of an account that has several, and the present one of an account that was
// renamed. Where that is not certain there is none.
func (a *attempts) compare(p *policy.Policy) (missing, instead []eligibility.Principal) {
	stored := a.stored(p)
	missing = without(a.after, stored)
	if len(missing) != 1 {
		return missing, nil
	}
	for _, who := range without(stored, a.sent) {
		if !a.places.Owned(a.key.place(a.wording, who)) { // another resource may have come in the same write
			instead = append(instead, who)
		}
	}
	if len(instead) != 1 {
		return missing, nil
	}
	return missing, instead
}

// notStored says which members Google does not have, although it took the policy.
func notStored(m model, k key, missing, instead []eligibility.Principal) diag.Diagnostics {
	if len(missing) == 0 {
		return nil
	}
	at := path.Root(membersAttribute)
	if names, ok := knownStrings(m.Members); ok && len(missing) == 1 {
		at = at.AtSetValue(memberValue(spellingOf(missing[0], names)))
	}
	detail := fmt.Sprintf("Google took the policy of %s, and it does not have for %s: %s.", k.resource, k.role, joinMembers(missing))
	if len(instead) > 0 {
		detail += fmt.Sprintf(" It has %s instead, which is probably the primary or the present address of the same account. Write that address into members.", joinMembers(instead))
	} else {
		detail += " Look at the addresses, at the policy, and at what stands between the provider and Google."
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, "Members not stored", detail)}
}
