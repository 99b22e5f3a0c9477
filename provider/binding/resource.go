package binding

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/validators"
)

// binding is the resource of an eligible binding. Which approval the members
// need is all that its kinds differ in.
type binding struct {
	constraint  eligibility.Constraint
	name        string // the type name without the provider's
	description string // what the kind does, in Markdown
	client      *client.Client
}

var (
	_ resource.ResourceWithConfigure      = (*binding)(nil)
	_ resource.ResourceWithValidateConfig = (*binding)(nil)
	_ resource.ResourceWithModifyPlan     = (*binding)(nil)
	_ resource.ResourceWithImportState    = (*binding)(nil)
	_ resource.ResourceWithMoveState      = (*binding)(nil)
	_ resource.ResourceWithIdentity       = (*binding)(nil)
)

func (b *binding) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + b.name
}

func (b *binding) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = bindingSchema(b.description)
}

// Configure is called without a client while Terraform only validates.
func (b *binding) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	if req.ProviderData == nil {
		return
	}
	c, ok := req.ProviderData.(*client.Client)
	if !ok {
		resp.Diagnostics.AddError("The provider was configured in an unexpected way",
			fmt.Sprintf("Expected a session, got %T. This is a defect of the provider; please report it.", req.ProviderData))
		return
	}
	b.client = c
}

func (b *binding) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(config.validate()...)
	resp.Diagnostics.Append(refuseForeignRole(config)...)
}

func (b *binding) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	m, known, err := b.editOf(plan, nil)
	if err != nil || !known {
		resp.Diagnostics.Append(invalidKey(plan, err))
		return
	}
	resp.Diagnostics.Append(b.write(ctx, creating, plan, m)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, plan, m.key)...)
	}
}

func (b *binding) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	m, known, err := b.editOf(plan, &state)
	if err != nil || !known {
		resp.Diagnostics.Append(invalidKey(plan, err))
		return
	}
	resp.Diagnostics.Append(b.write(ctx, updating, plan, m)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, plan, m.key)...)
	}
}

// Delete takes the members' places away, wherever in the key they stand. A
// project, folder or organization that is gone took them along.
func (b *binding) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	k, known, err := b.stateKey(state)
	if err != nil || !known {
		resp.Diagnostics.Append(invalidKey(state, err))
		return
	}
	m := edit{key: k, text: state.text()}
	m.before, _ = state.principals()
	resp.Diagnostics.Append(b.write(ctx, deleting, state, m)...)
}

// write makes a move, and explains in the model's attributes why it failed.
func (b *binding) write(ctx context.Context, v verb, m model, planned edit) diag.Diagnostics {
	about := fmt.Sprintf("Terraform: %s of %s", client.TypeName+"_"+b.name, planned.role)
	tries := attempts{edit: planned}
	outcome, err := b.client.Modify(ctx, planned.resource, policy.Change{Apply: tries.apply, Reason: about, ID: planned.role})
	if v == deleting && notFound(err) {
		return nil
	}
	if err != nil {
		return diag.Diagnostics{b.explain(err, v, m)}
	}
	return takenOverWarning(planned.key, tries.taken(outcome.Written))
}

// unwritable is for a key that only the apply came to know.
func invalidKey(m model, err error) diag.Diagnostic {
	if err == nil {
		return diag.NewErrorDiagnostic("The binding is not fully known", "Its project, folder or organization, its role or its resource condition has no value. Check where these values come from.")
	}
	r := refuseCondition(m.ResourceCondition.ValueString())
	if r == (validators.Refusal{}) {
		r = validators.Refuse("The resource condition cannot be used", diagnostics.Sentence(err))
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(resourceConditionAttribute), r.Summary, r.Detail)
}

// takenOver warns of members that stood there before the resource did.
func takenOverWarning(k key, taken []eligibility.Principal) diag.Diagnostics {
	if len(taken) == 0 {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root(membersAttribute), "Members taken over",
		fmt.Sprintf("Eligible for %s on %s already, in an identical binding: %s.\n\nFrom now on this resource owns these places: destroying it, or removing a member from it, ends the eligibility, whoever made it. "+
			"Where another resource of Terraform lists the same member, remove it there; where you only renamed this resource, use a moved block.", k.role, k.resource, joinMembers(taken)))}
}
