package binding

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// ModifyPlan plans the condition, and refuses what the apply would refuse by the policy as it is
// now. A plan that changes the resource is also warned about where it is risky or of no use.
func (b *binding) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	var state *model
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.ResourceCondition.IsUnknown() {
		return
	}
	expression, err := eligibility.WriteEligible(b.constraint, plan.ResourceCondition.ValueString())
	if err != nil {
		resp.Diagnostics.Append(invalidKey(plan, err))
		return
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root(conditionAttribute), types.StringValue(expression))...)
	if resp.Diagnostics.HasError() || resp.Plan.Raw.Equal(req.State.Raw) {
		return
	}
	resp.Diagnostics.Append(diagnostics.Once(b.client, plan.portalProjectWarnings(b.client.PortalProject))...)
	resp.Diagnostics.Append(diagnostics.Once(b.client, b.importWarnings(plan, state))...)
	resp.Diagnostics.Append(b.planWarnings(ctx, plan, state)...)
}

// planWarnings asks for the role, and tries the plan on the policy as it is now, side by side.
func (b *binding) planWarnings(ctx context.Context, plan model, state *model) diag.Diagnostics {
	var roleWarnings []diagnostics.Warning
	var asking sync.WaitGroup
	asking.Go(func() {
		if !absent(plan.Role) {
			role, err := b.client.Role(ctx, plan.Role.ValueString())
			roleWarnings = slices.Concat(grantsMoreWarnings(role, err == nil), b.unknownRoleWarnings(ctx, plan, err), credentialsWarnings(err, plan))
		}
	})
	found := b.compare(ctx, plan, state)
	asking.Wait()
	return append(diagnostics.Once(b.client, roleWarnings), found...)
}

// compare tries the plan on the policy as it is now, and looks at the policies above.
func (b *binding) compare(ctx context.Context, plan model, state *model) diag.Diagnostics {
	e, ok := b.planned(plan, state)
	if !ok {
		return nil
	}
	now := b.policiesFor(ctx, e.resource)
	after := policy.Clone(now.own)
	found, err := e.on(after).apply(after)
	if err != nil {
		return diag.Diagnostics{b.explain(ctx, err, planning, plan)}
	}
	if state == nil {
		if twice := b.client.Planned.Create(e.placesOf(e.wording, e.new(found))); len(twice) > 0 {
			return diag.Diagnostics{twoTitles(e.key, twice)}
		}
	}
	b.client.Planned.Add(e.key.granted(), e.constraint, e.after)
	warnings := slices.Concat(notCheckedWarnings(now.ownErr, plan), b.elsewhereWarnings(after, e.key, found.elsewhere), findingWarnings(now.own, e.key, e.after),
		limitWarnings(e.key, now.own, after), alreadyHeldWarnings(now, e.key, e.after),
		noApproverWarnings(e.key, after, now), allowsMore(e.key, e.after, now.with(e.resource, after), &b.client.Planned))
	return append(takenOverWarning(e.key, found.taken), diagnostics.Once(b.client, warnings)...)
}

// twoTitles refuses members of a new resource whom another new one has under another title: the
// apply would make one of them and refuse the other.
func twoTitles(k key, others []client.Place) diag.Diagnostic {
	all := make([]standing, len(others))
	for i, at := range others {
		all[i] = standing{at.Member, wording{title: at.Title, description: at.Description}}
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(membersAttribute), "Members under two titles",
		fmt.Sprintf("By another new resource of this configuration, for %s on %s:\n%s\n\nThe apply would make one of the two and refuse the other. Name each member in one of them.", k.role, k.resource, lines(all)))
}

// planned is the edit that a plan leads to. It is false while that is not known, and for the first
// half of a replacement: the second half is planned as a create.
func (b *binding) planned(plan model, state *model) (edit, bool) {
	if !plan.valuesKnown() {
		return edit{}, false
	}
	e, known, err := b.editOf(plan, state)
	if !known || err != nil {
		return edit{}, false
	}
	if state == nil {
		return e, true
	}
	old, _, err := state.key(e.constraint)
	return e, err == nil && old == e.key
}

// editOf is the edit that leads from a state, if there is one, to a plan.
func (b *binding) editOf(plan model, state *model) (e edit, known bool, err error) {
	e = edit{wording: plan.wording(), was: plan.wording(), walk: &b.client.Places}
	e.key, known, err = plan.key(b.constraint)
	e.after, _ = plan.principals()
	if state == nil || !known || err != nil {
		return e, known, err
	}
	before, _ := state.principals()
	old, known, err := b.stateKey(*state)
	if old == e.key {
		e.before, e.was, e.joins = before, state.stateWording(old), true
	} else {
		e.movedFrom = otherKey{key: old, members: before, was: state.stateWording(old)}
	}
	return e, known, err
}

// joinMembers names members in a sentence.
func joinMembers(members []eligibility.Principal) string {
	s := ""
	for i, m := range members {
		if i > 0 {
			s += ", "
		}
		s += fmt.Sprint(m)
	}
	return s
}
