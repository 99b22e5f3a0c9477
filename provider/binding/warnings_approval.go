package binding

import (
	"fmt"
	"slices"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// noApproverWarnings are about bindings where nobody could approve a request, because nobody
// approves their own. Peers are eligible in the policy as it will be, or above it.
func noApproverWarnings(k key, after *policy.Policy, now planPolicies) []diagnostics.Warning {
	if k.constraint != eligibility.MultiPartyApproval {
		return nil
	}
	all := k.everybody(after)
	for _, a := range now.above {
		all = append(all, without(k.everybody(a.Policy), all)...)
	}
	group := func(who eligibility.Principal) bool { return who.Kind == eligibility.Group }
	if len(all) != 1 || slices.ContainsFunc(all, group) {
		return nil
	}
	return []diagnostics.Warning{{Attribute: membersAttribute, Summary: "Nobody could approve",
		Detail: fmt.Sprintf("%s is the only one who is eligible for %s on %s with approval by a peer, there or above, and nobody approves their own request. "+
			"Name a second person or a group.", joinMembers(all), k.role, k.resource),
		Remark: now.remark("Peers may be eligible there for the same role under the same resource condition.")}}
}

// allowsMore warns of members who need approval by a peer for a role by one binding, and none by
// another: of some policies, the key's own among them, or of another plan of the same walk. Who is
// in which group is not looked at.
func allowsMore(k key, members []eligibility.Principal, policies []*client.Ancestor, p *client.Planned) []diagnostics.Warning {
	if len(members) == 0 {
		return nil
	}
	var all []diagnostics.Warning
	for _, a := range policies {
		other := k.counterpart(a.Resource)
		found := slices.Concat(other.everybody(a.Policy), p.Members(other.granted(), other.constraint))
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

// counterpart is the key of the other constraint on a resource.
func (k key) counterpart(resource string) key {
	other := key{resource: resource, role: k.role, condition: k.condition, constraint: eligibility.SelfApproval}
	if k.constraint == eligibility.SelfApproval {
		other.constraint = eligibility.MultiPartyApproval
	}
	return other
}
