package provider

// powers are predefined roles whose holders can get past the role, and how.
// The list holds what is sure and meant for that: roles that change who may do
// what on projects and above, roles that change roles, and roles that act as
// service accounts. A role that is not on it may reach further all the same,
// and what a custom role holds is not known here; the portal asks IAM for the
// permissions before anybody approves.
// Source: cloud.google.com/iam/docs/roles-permissions.
var powers = map[string]string{
	"roles/iam.securityAdmin":                    changePolicies,
	"roles/resourcemanager.projectIamAdmin":      changePolicies,
	"roles/resourcemanager.folderIamAdmin":       changePolicies,
	"roles/resourcemanager.folderAdmin":          changePolicies,
	"roles/resourcemanager.organizationAdmin":    changePolicies,
	"roles/iam.roleAdmin":                        changeRoles,
	"roles/iam.organizationRoleAdmin":            changeRoles,
	"roles/iam.serviceAccountAdmin":              "can let themselves and others act as service accounts (iam.serviceAccounts.setIamPolicy)",
	"roles/iam.serviceAccountKeyAdmin":           "can make keys of service accounts, which outlive the activation (iam.serviceAccountKeys.create)",
	"roles/iam.serviceAccountUser":               "can run code as service accounts (iam.serviceAccounts.actAs)",
	"roles/iam.serviceAccountTokenCreator":       "can take the tokens of service accounts (iam.serviceAccounts.getAccessToken, signJwt, signBlob, implicitDelegation)",
	"roles/iam.serviceAccountOpenIdTokenCreator": "can take identity tokens of service accounts (iam.serviceAccounts.getOpenIdToken)",
	"roles/iam.workloadIdentityUser":             "can take the tokens of service accounts (iam.serviceAccounts.getAccessToken)",
}

const (
	changePolicies = "can grant any role to themselves and others, without a time limit (setIamPolicy)"
	changeRoles    = "can add permissions to custom roles that they hold (iam.roles.update)"
)
