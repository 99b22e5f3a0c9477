package binding

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/validators"
)

// authoritative warns of resources that fight with any kind of eligible binding.
const authoritative = "~> **Authoritative resources remove eligible bindings.** `google_project_iam_policy` and its folder and organization siblings " +
	"replace the whole policy: every eligible binding goes, and every activation that people are using. " +
	"`google_project_iam_binding` and its siblings remove the members of this resource where they manage the same role under the same condition. " +
	"Do not use them on a policy that this resource writes. `google_project_iam_member` does no harm, unless its condition has the same title, description and expression: " +
	"then both own the same places, and whichever is destroyed ends the eligibility."

// bindingSchema is the schema of an eligible binding of any constraint.
func bindingSchema(description string) schema.Schema {
	return schema.Schema{
		MarkdownDescription: description,
		Attributes: map[string]schema.Attribute{
			projectAttribute: scopeSchema("The id of the project on which the role may be activated, such as `payments-prod`: the bare id, not the number and without `projects/`.",
				validators.String("The bare id of a project.", validators.ProjectID)),
			folderAttribute: scopeSchema("The number of the folder in whose projects the role may be activated, such as `123456789012`, without `folders/`. The members may activate the role on each project below the folder, on one at a time.",
				validators.String("The bare number of a folder.", refuseFolder)),
			organizationAttribute: scopeSchema("The number of the organization in whose projects the role may be activated, such as `123456789012`, without `organizations/`.",
				validators.String("The bare number of an organization.", refuseOrganization)),
			roleAttribute:              roleSchema(),
			membersAttribute:           membersSchema(),
			titleAttribute:             titleSchema(),
			descriptionAttribute:       descriptionSchema(),
			resourceConditionAttribute: resourceConditionSchema(),
			conditionAttribute: schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "The condition of the binding as IAM stores it, in [CEL](https://cloud.google.com/iam/docs/conditions-overview). It is false for every request, so the binding grants nothing; it says that the role may be activated. The plan shows it.",
			},
		},
	}
}

func scopeSchema(description string, c validator.String) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true,
		MarkdownDescription: description + " Exactly one of `project`, `folder` and `organization` is set. " +
			"Another value replaces the resource.",
		Validators:    []validator.String{c},
		PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
	}
}

func roleSchema() schema.StringAttribute {
	return schema.StringAttribute{
		Required: true,
		MarkdownDescription: "The role that the members may activate, such as `roles/compute.admin`, or a custom role such as " +
			"`projects/payments-prod/roles/operator` or `organizations/123456789012/roles/operator`. Basic roles " +
			"(`roles/owner`, `roles/editor`, `roles/viewer`) are refused: IAM allows no condition on them. " +
			"Another role replaces the resource.",
		Validators:    []validator.String{validators.String("The name of a predefined or custom role.", refuseRole)},
		PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
	}
}

func membersSchema() schema.SetAttribute {
	return schema.SetAttribute{
		Required:    true,
		ElementType: spellingType{subject: memberSubject},
		MarkdownDescription: "Who may activate the role: users and groups, such as `user:alice@example.com` and `group:oncall@example.com`, " +
			"at least one. Members of nested groups count. Letter case makes no difference. Service accounts, domains, " +
			"`allUsers` and external identities are refused: they cannot sign in to the portal. " +
			"Members are added and removed in place; who is eligible through other resources, or by hand, stays untouched.",
		Validators:    []validator.Set{membersValidator{}},
		PlanModifiers: []planmodifier.Set{useStateSpelling{memberSubject}},
	}
}

func titleSchema() schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true,
		Computed: true,
		Default:  stringdefault.StaticString(defaultTitle),
		MarkdownDescription: fmt.Sprintf("The title of the binding's condition, which the console and audit logs show; at most %d characters, by default `%s`. "+
			"It may not be `%s`, by which activations are recognised. Updated in place.", longestTitle, defaultTitle, eligibility.ActivationTitle),
		Validators: []validator.String{validators.String(fmt.Sprintf("1 to %d characters.", longestTitle), refuseTitle)},
	}
}

func descriptionSchema() schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true,
		MarkdownDescription: fmt.Sprintf("The description of the binding's condition, for whoever reads the policy: why these members are eligible, or a ticket. "+
			"At most %d characters, without `%s`. None by default. Updated in place.", longestDescription, trailer),
		Validators: []validator.String{validators.String(fmt.Sprintf("At most %d characters.", longestDescription), refuseDescription)},
	}
}

func resourceConditionSchema() schema.StringAttribute {
	const most = eligibility.MaxOperators - eligibility.ActivationOperators
	return schema.StringAttribute{
		CustomType: spellingType{subject: conditionSubject},
		Optional:   true,
		MarkdownDescription: fmt.Sprintf("Narrows the role to some resources, in [CEL](https://cloud.google.com/iam/docs/conditions-attribute-reference), such as "+
			"`resource.name.startsWith(\"projects/payments-prod/zones/europe-west1-b/\")`. Every activation carries it. At most %d logical "+
			"operators (`&&`, `||`, `!`): IAM allows %d, and an activation needs the others for its time window. By default the role is not narrowed. "+
			"Blanks, comments and quotes may be spelt in any way; another condition replaces the resource.", most, eligibility.MaxOperators),
		Validators: []validator.String{validators.String("A condition that IAM takes and that leaves room for an activation's time window.", refuseCondition)},
		PlanModifiers: []planmodifier.String{
			useStateSpelling{conditionSubject},
			stringplanmodifier.RequiresReplace(),
		},
	}
}
