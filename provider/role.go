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
	customRole       = regexp.MustCompile(`^(projects/[^/\s]+|organizations/[0-9]+)/roles/[A-Za-z0-9_.]{3,64}$`)
	roleWithoutPlace = regexp.MustCompile(`^[A-Za-z0-9_.]+$`)
)

func refuseRole(role string) refusal {
	if eligibility.BasicRole(role) {
		return refusal{"A basic role cannot be eligible", fmt.Sprintf("%s is a basic role. IAM allows no condition on basic roles, and an eligible binding is one with a condition. Choose predefined roles, such as roles/compute.admin, or a custom role.", role)}
	}
	if predefinedRole.MatchString(role) || customRole.MatchString(role) {
		return refusal{}
	}
	detail := fmt.Sprintf("%q is not the name of a role. Write roles/NAME for a predefined role, projects/PROJECT/roles/ID or organizations/NUMBER/roles/ID for a custom role.", role)
	if roleWithoutPlace.MatchString(role) {
		detail += fmt.Sprintf(" Did you mean \"roles/%s\"?", role)
	}
	return refusal{"Malformed role", detail}
}

// refuseForeignRole refuses a custom role of a project on anything but that
// project, where it does not exist.
func refuseForeignRole(m model) diag.Diagnostics {
	var diags diag.Diagnostics
	resource, _, known := m.name()
	owner, _, custom := strings.Cut(m.Role.ValueString(), "/roles/")
	if !known || absent(m.Role) || !custom || !strings.HasPrefix(owner, "projects/") || owner == resource {
		return diags
	}
	diags.AddAttributeError(path.Root(roleAttribute), "A custom role of another project",
		fmt.Sprintf("The role belongs to %s and can be granted there only, not on %s. Use a predefined role, a custom role of the organization, or bind the role on its own project.", owner, resource))
	return diags
}
