package binding

import (
	"fmt"
	"slices"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// cautionPlace warns of the portal's own project, whatever the policy holds.
func (m model) portalProjectWarnings(portalProject string) []diagnostics.Warning {
	place, attribute, known := m.name()
	if portalProject == "" || !known {
		return nil
	}
	if place == "projects/"+portalProject {
		return []diagnostics.Warning{{Attribute: attribute, Summary: "The portal's own project",
			Detail: fmt.Sprintf("The portal runs in %s and activates nothing there: whoever could act as the portal would own all that it manages. "+
				"The members will not be able to activate the role.", portalProject)}}
	}
	if attribute == projectAttribute {
		return nil
	}
	return []diagnostics.Warning{{Attribute: attribute, Summary: "The portal's own project is left out",
		Detail: fmt.Sprintf("If %s, in which the portal runs, lies below %s, the members cannot activate the role there: the portal activates nothing on its own project. "+
			"Everywhere else below %s they can.", portalProject, place, place)}}
}

// besides are warnings about what stands in the policy beside the members,
// those above left alone.
func policyWarnings(p *policy.Policy, k key, members []eligibility.Principal) []diagnostics.Warning {
	return append(findingWarnings(p, k, members), unconditionalWarnings(k.resource, p, k.role, members)...)
}

// misread passes on findings: bindings of the role that look like eligible
// bindings or activations, and are none, or are easily misunderstood.
func findingWarnings(p *policy.Policy, k key, members []eligibility.Principal) []diagnostics.Warning {
	var all []diagnostics.Warning
	for _, b := range p.Bindings {
		if b.Role != k.role || b.Condition == nil {
			continue
		}
		for _, f := range eligibility.Findings(k.resource, []eligibility.Binding{policy.BindingOf(b)}) {
			c := diagnostics.Warning{Attribute: roleAttribute, Summary: "A binding that is not what it seems", Detail: f.Seen + "\n\n" + f.Write}
			if f.Grants {
				c.Detail += "\n\nAs it is written, it may grant the role right now."
			}
			if len(among(b.Members, members)) > 0 {
				c.Attribute = membersAttribute
			}
			all = append(all, c)
		}
	}
	return all
}

// alwaysHeld warns of members that hold the role without a condition by the
// policy of that place. Who is in which group is not looked at.
func unconditionalWarnings(place string, p *policy.Policy, role string, members []eligibility.Principal) []diagnostics.Warning {
	var holders []eligibility.Principal
	for _, b := range p.Bindings {
		if b.Role == role && b.Condition == nil {
			holders = append(holders, without(among(b.Members, members), holders)...)
		}
	}
	if len(holders) == 0 {
		return nil
	}
	return []diagnostics.Warning{{Attribute: membersAttribute, Summary: "Members hold the role already",
		Detail: fmt.Sprintf("The policy of %s grants %s without a condition, all the time, to: %s. Activating it adds nothing. "+
			"Remove them from that binding once they can activate the role. Who is in which group was not looked at.", place, role, joinMembers(holders))}}
}

// held is alwaysHeld by the policy of a resource and by those above it, the
// nearest first.
func alreadyHeldWarnings(o planPolicies, k key, members []eligibility.Principal) []diagnostics.Warning {
	all := unconditionalWarnings(k.resource, o.policy, k.role, members)
	for _, a := range o.above {
		all = append(all, unconditionalWarnings(a.Resource, a.Policy, k.role, members)...)
	}
	for i := range all {
		all[i].Remark = o.limits("Members may hold it there too.")
	}
	return all
}

// lonely warns where nobody could approve a request: nobody approves their own.
// Peers are eligible in the policy as it will be, or above it.
func noApproverWarnings(k key, after *policy.Policy, o planPolicies) []diagnostics.Warning {
	if k.constraint != eligibility.MultiPartyApproval {
		return nil
	}
	all := k.foundMembers(after, nil).members
	for _, a := range o.above {
		all = append(all, without(k.foundMembers(a.Policy, nil).members, all)...)
	}
	group := func(who eligibility.Principal) bool { return who.Kind == eligibility.Group }
	if len(all) != 1 || slices.ContainsFunc(all, group) {
		return nil
	}
	return []diagnostics.Warning{{Attribute: membersAttribute, Summary: "Nobody could approve",
		Detail: fmt.Sprintf("%s is the only one who is eligible for %s on %s with approval by a peer, there or above, and nobody approves their own request. "+
			"Name a second person or a group.", joinMembers(all), k.role, k.resource),
		Remark: o.limits("Peers may be eligible there for the same role under the same resource condition.")}}
}
