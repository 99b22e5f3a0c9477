package binding

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// identity is the key of a resource without its constraint, as Terraform 1.12 and later keep it
// beside the state. Nothing of it changes while the resource exists; the resource condition is in
// its canonical spelling, or in that of the import.
type identity struct {
	scope
	Role              types.String `tfsdk:"role"`
	ResourceCondition types.String `tfsdk:"resource_condition"`
}

// IdentitySchema is the same for both kinds, because the type of the resource tells them apart.
func (b *binding) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	scopeAttribute := func(what string) identityschema.StringAttribute {
		return identityschema.StringAttribute{OptionalForImport: true,
			Description: what + " Exactly one of project, folder and organization is set."}
	}
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		projectAttribute:      scopeAttribute("The id of the project that the binding stands on."),
		folderAttribute:       scopeAttribute("The number of the folder that the binding stands on."),
		organizationAttribute: scopeAttribute("The number of the organization that the binding stands on."),
		roleAttribute:         identityschema.StringAttribute{RequiredForImport: true, Description: "The role that the members may activate."},
		resourceConditionAttribute: identityschema.StringAttribute{OptionalForImport: true,
			Description: "The resource condition, in any spelling. Left out where the binding has none."},
	}}
}

// setIdentity sets the identity of a model under a key, unless there is one: it may never change,
// not even in spelling. A read sets it before anything else, also where the resource no longer
// exists, because Terraform before 1.12 does not send one and none may be missing afterwards.
func setIdentity(ctx context.Context, into *tfsdk.ResourceIdentity, m model, k key) diag.Diagnostics {
	if into == nil || !into.Raw.IsFullyNull() {
		return nil
	}
	id := identity{scope: m.scope, Role: m.Role, ResourceCondition: types.StringNull()}
	if k.condition != "" {
		id.ResourceCondition = types.StringValue(k.condition)
	}
	return into.Set(ctx, &id)
}

// importID is what an identity imports. Its errors are those of importID.check.
func (i identity) importID() (importID, error) {
	var id importID
	for _, a := range i.attributes() {
		if absent(a.value) {
			continue
		}
		if id.attribute != "" {
			return importID{}, fmt.Errorf("%s and %s are both set, but a binding stands on one of them", id.attribute, a.name)
		}
		id.attribute, id.value = a.name, a.value.ValueString()
	}
	if id.attribute == "" {
		return importID{}, fmt.Errorf("none of project, folder and organization is set")
	}
	id.role, id.condition = i.Role.ValueString(), i.ResourceCondition.ValueString()
	return id, id.check()
}
