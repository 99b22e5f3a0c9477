package provider

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// The three shapes of a role's name. Source: cloud.google.com/iam/docs/roles-overview.
var (
	predefinedRole   = regexp.MustCompile(`^roles/[A-Za-z0-9_.]+$`)
	customRole       = regexp.MustCompile(`^(projects/[^/\s]+|organizations/[0-9]+)/roles/([^/\s]*)$`)
	customRoleID     = regexp.MustCompile(`^[A-Za-z0-9_.]{3,64}$`)
	roleWithoutPlace = regexp.MustCompile(`^[A-Za-z0-9_.]+$`)
)

func refuseRole(role string) refusal {
	if eligibility.BasicRole(role) {
		return refusal{"A basic role cannot be eligible", fmt.Sprintf("%s is a basic role. IAM allows no condition on basic roles, and an eligible binding is one with a condition. Choose predefined roles, such as roles/compute.admin, or a custom role.", role)}
	}
	if custom := customRole.FindStringSubmatch(role); custom != nil && !customRoleID.MatchString(custom[2]) {
		return refusal{malformedRole, fmt.Sprintf("%q is not the id of a custom role. The id of a custom role has 3 to 64 letters, digits, dots and underscores.", custom[2])}
	}
	if wellFormed(role) {
		return refusal{}
	}
	detail := fmt.Sprintf("%q is not the name of a role. Write roles/NAME for a predefined role, projects/PROJECT/roles/ID or organizations/NUMBER/roles/ID for a custom role.", role)
	meant := strings.TrimSpace(role)
	switch {
	case roleWithoutPlace.MatchString(meant):
		detail = fmt.Sprintf("Did you mean \"roles/%s\"? ", meant) + detail
	case meant != role && wellFormed(meant):
		detail = fmt.Sprintf("Did you mean %q? ", meant) + detail
	}
	return refusal{malformedRole, detail}
}

const malformedRole = "Malformed role"

func wellFormed(role string) bool {
	custom := customRole.FindStringSubmatch(role)
	return predefinedRole.MatchString(role) || custom != nil && customRoleID.MatchString(custom[2])
}

// refuseForeignRole refuses a custom role of a project on anything but that
// project, where it does not exist. A malformed name is refused by itself.
func refuseForeignRole(m model) diag.Diagnostics {
	var diags diag.Diagnostics
	resource, _, known := m.name()
	owner, _, custom := strings.Cut(m.Role.ValueString(), "/roles/")
	if !known || absent(m.Role) || !custom || !wellFormed(m.Role.ValueString()) || !strings.HasPrefix(owner, "projects/") || owner == resource {
		return diags
	}
	diags.AddAttributeError(path.Root(roleAttribute), "A custom role of another project",
		fmt.Sprintf("The role belongs to %s and can be granted there only, not on %s. Use a predefined role, a custom role of the organization, or bind the role on its own project.", owner, resource))
	return diags
}
