package binding

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// escalation is a way to get more access than a role grants, and the permissions for it.
type escalation struct {
	does string // after "can"
	by   func(permission string) bool
}

// escalations cover all permissions of iamrole.Role.GrantsMore, the gravest first. A permission
// counts for the first that it fits, and fits the last in any case.
var escalations = []escalation{
	{"grant any role to themselves and others", func(permission string) bool {
		return slices.Contains([]string{onProjects, onFolders, onOrganizations}, permission)
	}},
	{"act as service accounts", func(permission string) bool { return strings.HasPrefix(permission, "iam.serviceAccount") }},
	{"add permissions to custom roles that they hold", func(permission string) bool { return permission == changeRoles }},
	{"give access to single resources to themselves and others", func(string) bool { return true }},
}

const (
	onProjects      = "resourcemanager.projects.setIamPolicy"
	onFolders       = "resourcemanager.folders.setIamPolicy"
	onOrganizations = "resourcemanager.organizations.setIamPolicy"
	changeRoles     = "iam.roles.update"
	letAct          = "iam.serviceAccounts.setIamPolicy"
	makeKeys        = "iam.serviceAccountKeys.create"
	actAs           = "iam.serviceAccounts.actAs"
	accessAs        = "iam.serviceAccounts.getAccessToken"
	identifyAs      = "iam.serviceAccounts.getOpenIdToken"
	delegateAs      = "iam.serviceAccounts.implicitDelegation"
	signBlobsAs     = "iam.serviceAccounts.signBlob"
	signAs          = "iam.serviceAccounts.signJwt"
)

// grantingRoles are predefined roles whose purpose is to change who may do what, with permissions
// for it that they are sure to hold. They are used where IAM does not say what a role holds.
// Source: cloud.google.com/iam/docs/roles-permissions.
var grantingRoles = map[string][]string{
	"roles/iam.securityAdmin":                    {onProjects, onFolders, onOrganizations, letAct},
	"roles/resourcemanager.projectIamAdmin":      {onProjects},
	"roles/resourcemanager.folderIamAdmin":       {onFolders},
	"roles/resourcemanager.folderAdmin":          {onProjects, onFolders},
	"roles/resourcemanager.organizationAdmin":    {onProjects, onFolders, onOrganizations},
	"roles/iam.roleAdmin":                        {changeRoles},
	"roles/iam.organizationRoleAdmin":            {changeRoles},
	"roles/iam.serviceAccountAdmin":              {letAct},
	"roles/iam.serviceAccountKeyAdmin":           {makeKeys},
	"roles/iam.serviceAccountUser":               {actAs},
	"roles/iam.serviceAccountTokenCreator":       {accessAs, identifyAs, delegateAs, signBlobsAs, signAs},
	"roles/iam.serviceAccountOpenIdTokenCreator": {identifyAs},
	"roles/iam.workloadIdentityUser":             {accessAs, identifyAs},
}

// grantsMoreWarnings are about a role whose holders can get more access than it grants.
func grantsMoreWarnings(role iamrole.Role, described bool) []diagnostics.Warning {
	if !described {
		role.Permissions = grantingRoles[role.Name]
	}
	permissions := role.GrantsMore()
	if len(permissions) == 0 {
		return nil
	}
	does, by := describeEscalation(permissions)
	w := diagnostics.Warning{Attribute: roleAttribute, Summary: "A role that can grant more",
		Detail: fmt.Sprintf("Whoever activates %s can %s: it holds %s. Access that is taken so does not end with the activation. "+
			"Make few people eligible, ask for approval by a peer, or choose a role that holds only what they need.", role.Name, inWords(does), inWords(by))}
	if !described {
		w.Remark = "IAM did not say what the role holds; there may be more."
	}
	return []diagnostics.Warning{w}
}

// describeEscalation says what permissions allow, and names the gravest three of them.
func describeEscalation(permissions []string) (does, by []string) {
	const named = 3
	for _, p := range escalations {
		var rest []string
		before := len(by)
		for _, permission := range permissions {
			if p.by(permission) {
				by = append(by, permission)
			} else {
				rest = append(rest, permission)
			}
		}
		if len(by) > before {
			does = append(does, p.does)
		}
		permissions = rest
	}
	if rest := len(by) - named; rest > 0 {
		by = append(by[:named], fmt.Sprintf("%d more", rest))
	}
	return does, by
}

// inWords is "a", "a and b" or "a, b and c".
func inWords(all []string) string {
	last := len(all) - 1
	if last < 1 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:last], ", ") + " and " + all[last]
}
