package eligibility

import "strings"

// RoleName is true for "roles/ID", "projects/P/roles/ID" and "organizations/NUMBER/roles/ID". The
// catalog and tokens of JIT Access 1.8.1 ask it; a Terraform plan asks CutRole and is stricter
// about the ID. A Reference takes any text in the letters of such names: what it means is looked up
// in a policy.
// Source: cloud.google.com/iam/docs/reference/rest/v1/roles.
func RoleName(name string) bool {
	owner, id, ok := CutRole(name)
	return ok && consistsOf(id, letters+digits+"_.-") && (owner == "" || ResourceName(owner))
}

// CutRole separates what a role belongs to from its id. The owner is "" for a predefined role,
// otherwise "projects/P" or "organizations/NUMBER". Neither P nor the id holds a blank or a slash;
// more is not checked.
func CutRole(name string) (owner, id string, ok bool) {
	if !strings.HasPrefix(name, "roles/") {
		i := strings.LastIndex(name, "/roles/")
		if i < 0 {
			return "", "", false
		}
		owner, name = name[:i], name[i+1:]
		project, isProject := strings.CutPrefix(owner, "projects/")
		number, isOrganization := strings.CutPrefix(owner, "organizations/")
		if !isProject && !isOrganization || isProject && (project == "" || strings.ContainsAny(project, slashOrBlank)) ||
			isOrganization && !consistsOf(number, digits) {
			return "", "", false
		}
	}
	id = strings.TrimPrefix(name, "roles/")
	return owner, id, !strings.ContainsAny(id, slashOrBlank)
}

const slashOrBlank = "/ \t\n\f\r"
