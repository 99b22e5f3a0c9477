package binding

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/validators"
)

// roleID is stricter than what policies may hold. Source: cloud.google.com/iam/docs/roles-overview.
var roleID = regexp.MustCompile(`^[A-Za-z0-9_.]+$`)

func refuseRole(role string) validators.Refusal {
	if eligibility.BasicRole(role) {
		return validators.Refuse("A basic role cannot be eligible", fmt.Sprintf("%s is a basic role. IAM allows no condition on basic roles, and an eligible binding is one with a condition. Choose predefined roles, such as roles/compute.admin, or a custom role.", role))
	}
	if real, _, found := strings.Cut(role, conditional); found && wellFormed(real) {
		return validators.Refuse("A role with a condition in its name", fmt.Sprintf("%q is how IAM names the role of a conditional binding to clients that do not read conditions. Write %q, and the condition into resource_condition.", role, real))
	}
	if owner, id, ok := eligibility.CutRole(role); ok && owner != "" && !customRoleID(id) {
		return validators.Refuse(malformedRole, fmt.Sprintf("%q is not the id of a custom role. The id of a custom role has 3 to 64 letters, digits, dots and underscores.", id))
	}
	if wellFormed(role) {
		return validators.Refusal{}
	}
	detail := fmt.Sprintf("%q is not the name of a role. Write roles/NAME for a predefined role, projects/PROJECT/roles/ID or organizations/NUMBER/roles/ID for a custom role.", role)
	meant := strings.TrimSpace(role)
	switch {
	case roleID.MatchString(meant):
		detail = fmt.Sprintf("Did you mean \"roles/%s\"? ", meant) + detail
	case meant != role && wellFormed(meant):
		detail = fmt.Sprintf("Did you mean %q? ", meant) + detail
	}
	return validators.Refuse(malformedRole, detail)
}

const (
	malformedRole = "Malformed role"
	// conditional stands between a role and a digest of its condition where a policy is read in
	// version 1. Source: cloud.google.com/iam/docs/troubleshoot-policies.
	conditional = "_withcond_"
)

func wellFormed(role string) bool {
	owner, id, ok := eligibility.CutRole(role)
	return ok && roleID.MatchString(id) && (owner == "" || customRoleID(id))
}

func customRoleID(id string) bool {
	return roleID.MatchString(id) && len(id) >= 3 && len(id) <= 64
}

// refuseForeignRole refuses a custom role of a project on anything but that project, where it does
// not exist. A malformed name is refused by itself.
func refuseForeignRole(m model) diag.Diagnostics {
	var diags diag.Diagnostics
	resource, _, known := m.name()
	owner, _, _ := eligibility.CutRole(m.Role.ValueString())
	if !known || absent(m.Role) || !wellFormed(m.Role.ValueString()) || !strings.HasPrefix(owner, "projects/") || owner == resource {
		return diags
	}
	diags.AddAttributeError(path.Root(roleAttribute), "A custom role of another project",
		fmt.Sprintf("The role belongs to %s and can be granted there only, not on %s. Use a predefined role, a custom role of the organization, or bind the role on its own project.", owner, resource))
	return diags
}
