package binding

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
)

// The kinds of eligible bindings, by the constraint that tells them apart.
const (
	selfApprovalName       = "self_approval_binding"
	multiPartyApprovalName = "multi_party_approval_binding"
)

// MoveState takes in a resource of the other kind, for a moved block from one to the other. The
// members stay in the binding of the other kind, and the state's condition says so, until an update
// moves them, see stateKey.
func (b *binding) MoveState(context.Context) []resource.StateMover {
	source := bindingSchema("")
	return []resource.StateMover{{SourceSchema: &source, StateMover: b.moveState}}
}

// moveState leaves resp empty where the source is not a binding of the other kind; the framework
// then says that there is nothing to move from.
func (b *binding) moveState(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	from := b.otherKind()
	if req.SourceTypeName != client.TypeName+"_"+from.name || !strings.HasSuffix(req.SourceProviderAddress, "/"+client.TypeName) || req.SourceState == nil {
		return
	}
	var state model
	resp.Diagnostics.Append(req.SourceState.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if state.stateConstraint() == "" {
		state.Condition = types.StringValue(from.constraint.Marker())
	}
	resp.Diagnostics.Append(resp.TargetState.Set(ctx, &state)...)
	if k, known, err := b.stateKey(state); known && err == nil {
		resp.Diagnostics.Append(setIdentity(ctx, resp.TargetIdentity, state, k)...)
	}
}

// otherKind is what tells the other kind of binding from this one.
func (b *binding) otherKind() binding {
	if b.constraint == eligibility.SelfApproval {
		return binding{constraint: eligibility.MultiPartyApproval, name: multiPartyApprovalName}
	}
	return binding{constraint: eligibility.SelfApproval, name: selfApprovalName}
}

// stateConstraint is the constraint of a state's condition, or "".
func (m model) stateConstraint() eligibility.Constraint {
	e, ok, _ := eligibility.ReadEligible(eligibility.Condition{Expression: m.Condition.ValueString()})
	if !ok {
		return ""
	}
	return e.Constraint
}

// stateKey is the key whose bindings hold the members of a state. Between a moved block and the
// apply that follows it, that is the key of the other kind.
func (b *binding) stateKey(state model) (k key, known bool, err error) {
	constraint := state.stateConstraint()
	if constraint == "" {
		constraint = b.constraint
	}
	return state.key(constraint)
}
