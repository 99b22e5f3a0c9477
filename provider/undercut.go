package provider

import (
	"fmt"
	"slices"
	"sync"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// undercut warns of members who need approval by a peer for a role by one
// binding, and none by another: in one of the places, the key's own among them,
// or to be by another plan of the same walk. Who is in which group is not
// looked at.
func undercut(k key, members []eligibility.Principal, places []*ancestor, i *intended) []caution {
	if len(members) == 0 {
		return nil
	}
	var all []caution
	for _, a := range places {
		other := k.counterpart(a.resource)
		found := slices.Concat(other.standing(a.policy, members).members, i.of(other))
		found = without(members, without(members, found))
		if len(found) == 0 {
			continue
		}
		asks, alone := k.resource, a.resource
		if k.constraint == eligibility.SelfApproval {
			asks, alone = alone, asks
		}
		all = append(all, caution{at: membersAttribute, summary: "Approval can be passed by",
			detail: fmt.Sprintf("A binding on %s asks for approval by a peer for %s, but a self-approval binding on %s lets these members activate the role alone as well: %s. "+
				"Remove one of the two, unless this plan does.", asks, k.role, alone, list(found))})
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

// intended is who is to stand under which key, by the plans of one walk: two
// new resources find nothing of each other in a policy.
type intended struct {
	mu      sync.Mutex
	members map[key][]eligibility.Principal
}

func (i *intended) add(k key, members []eligibility.Principal) {
	k.expression = "" // a counterpart has none
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.members == nil {
		i.members = map[key][]eligibility.Principal{}
	}
	i.members[k] = append(i.members[k], members...)
}

func (i *intended) of(k key) []eligibility.Principal {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.members[k])
}
