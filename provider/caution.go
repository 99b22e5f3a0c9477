package provider

import (
	"fmt"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// told keeps what was warned about, so that one walk of Terraform says it once.
type told struct {
	mu   sync.Mutex
	seen map[string]bool
}

// anew returns the warnings that were not returned before.
func (t *told) anew(all diag.Diagnostics) diag.Diagnostics {
	t.mu.Lock()
	defer t.mu.Unlock()
	var fresh diag.Diagnostics
	for _, d := range all {
		said := d.Summary() + "\n" + d.Detail()
		if t.seen[said] {
			continue
		}
		if t.seen == nil {
			t.seen = map[string]bool{}
		}
		t.seen[said] = true
		fresh = append(fresh, d)
	}
	return fresh
}

// cautions are warnings about what a plan says, whatever the policy holds.
func (m model) cautions(portalProject string) diag.Diagnostics {
	return append(m.cautionRole(), m.cautionPlace(portalProject)...)
}

func (m model) cautionRole() diag.Diagnostics {
	does, found := powers[m.Role.ValueString()]
	if !found {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root(roleAttribute), "A role that can grant more",
		fmt.Sprintf("Whoever activates %s %s. Access that is taken so does not end with the activation. "+
			"Make few people eligible, ask for approval by a peer, or choose a role that holds only what they need.", m.Role.ValueString(), does))}
}

func (m model) cautionPlace(portalProject string) diag.Diagnostics {
	place, attribute, known := m.name()
	if portalProject == "" || !known {
		return nil
	}
	if place == "projects/"+portalProject {
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root(attribute), "The portal's own project",
			fmt.Sprintf("The portal runs in %s and activates nothing there: whoever could act as the portal would own all that it manages. "+
				"The members will not be able to activate the role.", portalProject))}
	}
	if attribute == projectAttribute {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root(attribute), "The portal's own project is left out",
		fmt.Sprintf("If %s, in which the portal runs, lies below %s, the members cannot activate the role there: the portal activates nothing on its own project. "+
			"Everywhere else below %s they can.", portalProject, place, place))}
}

// besides are warnings about what stands in the policy beside the members.
func besides(p *policy.Policy, k key, members []eligibility.Principal) diag.Diagnostics {
	return append(misread(p, k, members), alwaysHeld(p, k, members)...)
}

// misread passes on findings: bindings of the role that look like eligible
// bindings or activations, and are none, or are easily misunderstood.
func misread(p *policy.Policy, k key, members []eligibility.Principal) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, b := range p.Bindings {
		if b.Role != k.role || b.Condition == nil {
			continue
		}
		for _, f := range eligibility.Findings(k.resource, []eligibility.Binding{bindingOf(b)}) {
			detail := f.Seen + "\n\n" + f.Write
			if f.Grants {
				detail += "\n\nAs it is written, it may grant the role right now."
			}
			at := roleAttribute
			if len(among(b.Members, members)) > 0 {
				at = membersAttribute
			}
			diags.AddAttributeWarning(path.Root(at), "A binding that is not what it seems", detail)
		}
	}
	return diags
}

// alwaysHeld warns of members that hold the role without a condition by the
// very policy. Policies above it, and groups, are not looked at.
func alwaysHeld(p *policy.Policy, k key, members []eligibility.Principal) diag.Diagnostics {
	var holders []eligibility.Principal
	for _, b := range p.Bindings {
		if b.Role == k.role && b.Condition == nil {
			holders = append(holders, without(among(b.Members, members), holders)...)
		}
	}
	if len(holders) == 0 {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root(membersAttribute), "Members hold the role already",
		fmt.Sprintf("The policy of %s grants %s without a condition, all the time, to: %s. Activating it adds nothing. "+
			"Remove them from that binding once they can activate the role. Only this policy was looked at, not those above it, nor who is in which group.", k.resource, k.role, list(holders)))}
}

// lonely warns where nobody could approve a request: nobody approves their own.
func lonely(k key, p *policy.Policy) diag.Diagnostics {
	if k.constraint != eligibility.MultiPartyApproval {
		return nil
	}
	all := k.standing(p, nil).members
	group := func(who eligibility.Principal) bool { return who.Kind == eligibility.Group }
	if len(all) != 1 || slices.ContainsFunc(all, group) {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root(membersAttribute), "Nobody could approve",
		fmt.Sprintf("%s is the only one who is eligible for %s on %s with approval by a peer, and nobody approves their own request. "+
			"Name a second person or a group. Folders and the organization above were not looked at: peers may be eligible there for the same role under the same resource condition.",
			list(all), k.role, k.resource))}
}

func bindingOf(b *policy.Binding) eligibility.Binding {
	c := conditionOf(b)
	return eligibility.Binding{Role: b.Role, Members: b.Members, Condition: &c}
}
