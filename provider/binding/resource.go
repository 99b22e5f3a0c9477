package binding

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/validators"
)

// binding is the resource of an eligible binding. Its two kinds differ in the constraint alone.
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

// Configure gets no client while Terraform only validates.
func (b *binding) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	if req.ProviderData == nil {
		return
	}
	c, ok := req.ProviderData.(*client.Client)
	if !ok {
		resp.Diagnostics.AddError("The provider was configured in an unexpected way",
			fmt.Sprintf("Expected a client, got %T. This is a defect of the provider; please report it.", req.ProviderData))
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

// invalidKey refuses a key whose parts only the apply came to know.
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
