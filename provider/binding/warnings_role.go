package binding

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// power is a way to get past a role, and the permissions for it.
type escalation struct {
	does string // after "can"
	by   func(permission string) bool
}

// powers are all that iamrole.Role.GrantsMore knows, the gravest first;
// the first that a permission fits counts, and the last fits every one.
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

// powerful are predefined roles that are meant to change who may do what, with
// the permissions for it that are sure. They stand in where IAM does not say
// what a role holds; of every other role nothing is known then.
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

// grantsMore warns of a role whose holders can get past it. A role that IAM
// did not describe holds at least what is known of it.
func grantsMoreWarnings(role iamrole.Role, described bool) []diagnostics.Warning {
	if !described {
		role.Permissions = grantingRoles[role.Name]
	}
	permissions := role.GrantsMore()
	if len(permissions) == 0 {
		return nil
	}
	does, by := describeEscalation(permissions)
	c := diagnostics.Warning{Attribute: roleAttribute, Summary: "A role that can grant more",
		Detail: fmt.Sprintf("Whoever activates %s can %s: it holds %s. Access that is taken so does not end with the activation. "+
			"Make few people eligible, ask for approval by a peer, or choose a role that holds only what they need.", role.Name, inWords(does), inWords(by))}
	if !described {
		c.Remark = "IAM did not say what the role holds; there may be more."
	}
	return []diagnostics.Warning{c}
}

// weigh says what permissions allow, and names the gravest three of them.
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

// enumerate is "a", "a and b" or "a, b and c".
func inWords(all []string) string {
	last := len(all) - 1
	if last < 1 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:last], ", ") + " and " + all[last]
}

// unheardOf warns of a role that IAM does not know. A custom role may be made by
// the same apply.
func unknownRoleWarnings(name string, err error) []diagnostics.Warning {
	if !notFound(err) {
		return nil
	}
	c := diagnostics.Warning{Attribute: roleAttribute, Summary: "A role that IAM does not know", Detail: fmt.Sprintf("IAM knows no role %s. Check its spelling.", name)}
	if owner, _, _ := eligibility.CutRole(name); owner != "" {
		c.Detail += " Where the same apply creates it first, nothing is wrong."
	}
	return []diagnostics.Warning{c}
}
