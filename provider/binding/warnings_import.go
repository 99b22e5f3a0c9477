package binding

import (
	"fmt"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// importWarnings name whom an import takes in and the configuration leaves out.
func (b *binding) importWarnings(plan model, state *model) []diagnostics.Warning {
	named, known := plan.principals()
	if state == nil || !known {
		return nil
	}
	k, known, err := b.stateKey(*state)
	if !known || err != nil || !b.client.Imported.Has(k.place(state.stateWording(k), eligibility.Principal{})) {
		return nil
	}
	imported, _ := state.principals()
	removed := without(imported, named)
	if len(removed) == 0 {
		return nil
	}
	return []diagnostics.Warning{{Attribute: membersAttribute, Summary: "The import removes members",
		Detail: fmt.Sprintf("Of %d whom the import takes in for %s on %s, the configuration leaves out %d, and the apply ends their eligibility: %s. Name them in members if they are to stay.",
			len(imported), k.role, k.resource, len(removed), joinMembers(removed))}}
}
