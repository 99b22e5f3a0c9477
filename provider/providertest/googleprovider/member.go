package googleprovider

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	crm "google.golang.org/api/cloudresourcemanager/v1"
	"google.golang.org/api/googleapi"
)

// iamMember is one member in a binding of the policies of one kind of resource.
type iamMember struct {
	policies   *policies
	name       string // of the type, behind the provider's
	attribute  string // that names the project, folder or organization
	collection string // with which the name of that begins
}

// condition is the block of that name.
type condition struct {
	Title       types.String `tfsdk:"title"`
	Description types.String `tfsdk:"description"`
	Expression  types.String `tfsdk:"expression"`
}

func (m *iamMember) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + m.name
}

func (m *iamMember) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	replaces := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	required := schema.StringAttribute{Required: true, PlanModifiers: replaces}
	resp.Schema = schema.Schema{
		Attributes: map[string]schema.Attribute{
			m.attribute: required, "role": required, "member": required,
			"id":   schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"etag": schema.StringAttribute{Computed: true},
		},
		Blocks: map[string]schema.Block{"condition": schema.ListNestedBlock{
			PlanModifiers: []planmodifier.List{listplanmodifier.RequiresReplace()},
			NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
				"title": required, "expression": required, "description": schema.StringAttribute{Optional: true, PlanModifiers: replaces},
			}},
		}},
	}
}

// binding is what a plan or a state names: the resource, and a binding with the member alone.
func (m *iamMember) binding(ctx context.Context, attribute func(context.Context, path.Path, any) diag.Diagnostics) (string, *crm.Binding, diag.Diagnostics) {
	var id, member string
	var conditions []condition
	b := &crm.Binding{}
	diags := attribute(ctx, path.Root(m.attribute), &id)
	diags.Append(attribute(ctx, path.Root("role"), &b.Role)...)
	diags.Append(attribute(ctx, path.Root("member"), &member)...)
	diags.Append(attribute(ctx, path.Root("condition"), &conditions)...)
	b.Members = []string{member}
	for _, c := range conditions {
		b.Condition = &crm.Expr{Title: c.Title.ValueString(), Description: c.Description.ValueString(), Expression: c.Expression.ValueString()}
	}
	return m.collection + strings.TrimPrefix(id, m.collection), b, diags
}

// Create adds the member, whether it stands there or not.
func (m *iamMember) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	name, b, diags := m.binding(ctx, req.Plan.GetAttribute)
	if resp.Diagnostics = diags; diags.HasError() {
		return
	}
	err := m.policies.modify(ctx, name, func(p *crm.Policy) { p.Bindings = withBinding(p.Bindings, b) })
	if err != nil {
		resp.Diagnostics.AddError("Error applying IAM policy", err.Error())
		return
	}
	resp.State.Raw = req.Plan.Raw
	id := strings.Join([]string{name, b.Role, b.Members[0]}, "/")
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.Append(m.refresh(ctx, &resp.State)...)
}

func (m *iamMember) Read(ctx context.Context, _ resource.ReadRequest, resp *resource.ReadResponse) {
	resp.Diagnostics.Append(m.refresh(ctx, &resp.State)...)
}

// refresh forgets a member that does not stand in its binding any more.
func (m *iamMember) refresh(ctx context.Context, state *tfsdk.State) diag.Diagnostics {
	name, b, diags := m.binding(ctx, state.GetAttribute)
	if diags.HasError() {
		return diags
	}
	p, err := m.policies.get(ctx, name)
	var answer *googleapi.Error
	if errors.As(err, &answer) && answer.Code == http.StatusNotFound {
		p, err = &crm.Policy{}, nil
	}
	if err != nil {
		diags.AddError("Error reading IAM policy", err.Error())
		return diags
	}
	stands := slices.ContainsFunc(p.Bindings, func(found *crm.Binding) bool {
		return keyOf(found) == keyOf(b) && slices.ContainsFunc(found.Members, func(s string) bool { return strings.EqualFold(s, b.Members[0]) })
	})
	if !stands {
		state.RemoveResource(ctx)
		return diags
	}
	return state.SetAttribute(ctx, path.Root("etag"), p.Etag)
}

// Update is never called: every change is a replacement.
func (m *iamMember) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}

// Delete removes the member, whoever put it there.
func (m *iamMember) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	name, b, diags := m.binding(ctx, req.State.GetAttribute)
	if resp.Diagnostics = diags; diags.HasError() {
		return
	}
	err := m.policies.modify(ctx, name, func(p *crm.Policy) { p.Bindings = withoutBinding(p.Bindings, b) })
	if err != nil {
		resp.Diagnostics.AddError("Error applying IAM policy", err.Error())
	}
}
