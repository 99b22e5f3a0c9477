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
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// ModifyPlan shows the condition that will be written, and refuses what would
// be refused at apply by the policy as it is now. Whatever changes the resource
// is also warned about, where it is risky or of no use.
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
	resp.Diagnostics.Append(b.planWarnings(ctx, plan, state)...)
}

// foresee asks for the role, and tries the plan on the policy as it is now,
// side by side.
func (b *binding) planWarnings(ctx context.Context, plan model, state *model) diag.Diagnostics {
	var risks []diagnostics.Warning
	var asking sync.WaitGroup
	asking.Go(func() {
		if !absent(plan.Role) {
			role, err := b.client.Role(ctx, plan.Role.ValueString())
			risks = slices.Concat(grantsMoreWarnings(role, err == nil), unknownRoleWarnings(role.Name, err), credentialsWarnings(err, plan))
		}
	})
	found := b.compare(ctx, plan, state)
	asking.Wait()
	return append(diagnostics.Once(b.client, risks), found...)
}

// compare tries the plan on the policy as it is now, with those above in view.
func (b *binding) compare(ctx context.Context, plan model, state *model) diag.Diagnostics {
	m, ok := b.planned(plan, state)
	if !ok {
		return nil
	}
	now := b.policiesFor(ctx, m.resource)
	after := policy.Clone(now.policy)
	taken, err := m.apply(after)
	if err != nil {
		return diag.Diagnostics{b.explain(err, planning, plan)}
	}
	b.client.Planned.Add(m.key.granted(), m.constraint, m.after)
	cautions := slices.Concat(notCheckedWarnings(now.unread, plan), findingWarnings(now.policy, m.key, m.after), alreadyHeldWarnings(now, m.key, m.after),
		noApproverWarnings(m.key, after, now), allowsMore(m.key, m.after, now.places(m.resource, after), &b.client.Planned))
	return append(takenOverWarning(m.key, taken), diagnostics.Once(b.client, cautions)...)
}

// planned is the move that a plan would make. It is false while that is not
// known, and for the first half of a replacement: the second comes as a create.
func (b *binding) planned(plan model, state *model) (edit, bool) {
	if !plan.valuesKnown() {
		return edit{}, false
	}
	m, known, err := b.editOf(plan, state)
	if !known || err != nil || state != nil && m.replaces(*state) {
		return edit{}, false
	}
	return m, true
}

// moveOf is the move from a state, if there is one, to a plan. Members that
// the state shows under another key depart from it.
func (b *binding) editOf(plan model, state *model) (m edit, known bool, err error) {
	m = edit{text: plan.text()}
	m.key, known, err = plan.key(b.constraint)
	m.after, _ = plan.principals()
	if state == nil || !known || err != nil {
		return m, known, err
	}
	before, _ := state.principals()
	old, known, err := b.stateKey(*state)
	if old == m.key {
		m.before = before
		return m, known, err
	}
	m.removal = removal{old, before}
	return m, known, err
}

// replaces tells whether the state differs in what no update changes.
func (m edit) replaces(state model) bool {
	old, _, err := state.key(m.constraint)
	return err != nil || old != m.key
}

// list names members in a sentence.
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
