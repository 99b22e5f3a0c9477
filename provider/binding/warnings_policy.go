package binding

import (
	"fmt"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// portalProjectWarnings are about the portal's own project, whatever the policy holds.
func (m model) portalProjectWarnings(portalProject string) []diagnostics.Warning {
	resource, attribute, known := m.name()
	if portalProject == "" || !known {
		return nil
	}
	if resource == "projects/"+portalProject {
		return []diagnostics.Warning{{Attribute: attribute, Summary: "The portal's own project",
			Detail: fmt.Sprintf("The portal runs in %s and activates nothing there: whoever could act as the portal would own all that it manages. "+
				"The members will not be able to activate the role.", portalProject)}}
	}
	if attribute == projectAttribute {
		return nil
	}
	return []diagnostics.Warning{{Attribute: attribute, Summary: "The portal's own project is left out",
		Detail: fmt.Sprintf("If %s, in which the portal runs, lies below %s, the members cannot activate the role there: the portal activates nothing on its own project. "+
			"Everywhere else below %s they can.", portalProject, resource, resource)}}
}

// findingWarnings are about bindings of the role that look like eligible bindings or activations
// and are none, or are easily misunderstood.
func findingWarnings(p *policy.Policy, k key, members []eligibility.Principal) []diagnostics.Warning {
	var all []diagnostics.Warning
	for _, b := range p.Bindings {
		if b.Role != k.role || b.Condition == nil {
			continue
		}
		for _, f := range eligibility.Findings(k.resource, []eligibility.Binding{policy.BindingOf(b)}) {
			w := diagnostics.Warning{Attribute: roleAttribute, Summary: "A binding that is not what it seems", Detail: f.Seen + "\n\n" + f.Write}
			if f.Grants {
				w.Detail += "\n\nAs it is written, it may grant the role right now."
			}
			if len(among(b.Members, members)) > 0 {
				w.Attribute = membersAttribute
			}
			all = append(all, w)
		}
	}
	return all
}

// unconditionalWarnings name members to whom the policy of a resource grants the role without a
// condition. Who is in which group is not looked at.
func unconditionalWarnings(resource string, p *policy.Policy, role string, members []eligibility.Principal) []diagnostics.Warning {
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
			"Remove them from that binding once they can activate the role. Who is in which group was not looked at.", resource, role, joinMembers(holders))}}
}

// alreadyHeldWarnings are the unconditionalWarnings of the resource's policy and of those above it.
func alreadyHeldWarnings(now planPolicies, k key, members []eligibility.Principal) []diagnostics.Warning {
	all := unconditionalWarnings(k.resource, now.own, k.role, members)
	for _, a := range now.above {
		all = append(all, unconditionalWarnings(a.Resource, a.Policy, k.role, members)...)
	}
	for i := range all {
		all[i].Remark = now.remark("Members may hold it there too.")
	}
	return all
}

// elsewhereWarnings name members who are eligible by bindings of others as well, under other
// wordings, and the commands that import these.
func (b *binding) elsewhereWarnings(p *policy.Policy, k key, elsewhere []standing) []diagnostics.Warning {
	if len(elsewhere) == 0 {
		return nil
	}
	remedy := "give it another title by hand first: an import chooses by title and description, and these do not tell it apart."
	if commands := b.importCommands(k.titledIDs(p), elsewhere); commands != "" {
		remedy = "write a resource with its title and description, or import it:\n\n" + commands
	}
	return []diagnostics.Warning{{Attribute: membersAttribute, Summary: "Members eligible elsewhere too",
		Detail: fmt.Sprintf("For %s on %s:\n%s\n\nThese places are not this resource's: it neither moves nor removes them, and who is removed here stays eligible there. To manage such a binding with Terraform, %s",
			k.role, k.resource, lines(elsewhere), remedy)}}
}
