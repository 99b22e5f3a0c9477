package binding

import (
	"fmt"
	"slices"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// undercut warns of members who need approval by a peer for a role by one
// binding, and none by another: in one of the places, the key's own among them,
// or to be by another plan of the same walk. Who is in which group is not
// looked at.
func allowsMore(k key, members []eligibility.Principal, places []*client.Ancestor, p *client.Planned) []diagnostics.Warning {
	if len(members) == 0 {
		return nil
	}
	var all []diagnostics.Warning
	for _, a := range places {
		other := k.counterpart(a.Resource)
		found := slices.Concat(other.foundMembers(a.Policy, members).members, p.Members(other.granted(), other.constraint))
		found = without(members, without(members, found))
		if len(found) == 0 {
			continue
		}
		asks, alone := k.resource, a.Resource
		if k.constraint == eligibility.SelfApproval {
			asks, alone = alone, asks
		}
		all = append(all, diagnostics.Warning{Attribute: membersAttribute, Summary: "Approval can be passed by",
			Detail: fmt.Sprintf("A binding on %s asks for approval by a peer for %s, but a self-approval binding on %s lets these members activate the role alone as well: %s. "+
				"Remove one of the two, unless this plan does.", asks, k.role, alone, joinMembers(found))})
	}
	return all
}

// counterpart is the key of the other constraint on a place.
func (k key) counterpart(place string) key {
	other := key{resource: place, role: k.role, condition: k.condition, constraint: eligibility.SelfApproval}
	if k.constraint == eligibility.SelfApproval {
		other.constraint = eligibility.MultiPartyApproval
	}
	return other
}
