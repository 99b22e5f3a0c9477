package world

import (
	"regexp"
	"slices"
	"strings"
)

// permissions of the predefined roles that decide something here. Every other
// predefined role exists and carries no permission that the emulator asks for.
var permissions = map[string][]string{
	"roles/owner":                                slices.Concat(readProject, writeProject, readPolicies, search, actAs),
	"roles/editor":                               slices.Concat(readProject, readPolicies),
	"roles/viewer":                               slices.Concat(readProject, readPolicies),
	"roles/browser":                              slices.Concat(readProject, readFolder, readOrganization),
	"roles/resourcemanager.projectIamAdmin":      {"resourcemanager.projects.get", "resourcemanager.projects.getIamPolicy", "resourcemanager.projects.setIamPolicy"},
	"roles/resourcemanager.folderViewer":         slices.Concat([]string{"resourcemanager.projects.get"}, readFolder[:1]),
	"roles/resourcemanager.folderIamAdmin":       slices.Concat(readFolder, writeFolder),
	"roles/resourcemanager.folderAdmin":          slices.Concat(readFolder, writeFolder, readProject, []string{"resourcemanager.projects.setIamPolicy"}),
	"roles/resourcemanager.organizationViewer":   {"resourcemanager.organizations.get"},
	"roles/resourcemanager.organizationAdmin":    slices.Concat(readOrganization, writeOrganization, readFolder, writeFolder, readProject, writeProject),
	"roles/cloudasset.viewer":                    search,
	"roles/cloudasset.owner":                     search,
	"roles/iam.securityReviewer":                 slices.Concat(readPolicies, []string{"resourcemanager.projects.get", "resourcemanager.folders.get", "resourcemanager.organizations.get"}),
	"roles/iam.securityAdmin":                    slices.Concat(readPolicies, writePolicies, []string{"resourcemanager.projects.get", "resourcemanager.folders.get", "resourcemanager.organizations.get"}),
	"roles/iam.serviceAccountTokenCreator":       actAs,
	"roles/iam.serviceAccountOpenIdTokenCreator": {"iam.serviceAccounts.getOpenIdToken"},
	"roles/serviceusage.serviceUsageConsumer":    {"serviceusage.services.use"},
}

var (
	readProject       = []string{"resourcemanager.projects.get", "resourcemanager.projects.getIamPolicy"}
	writeProject      = []string{"resourcemanager.projects.setIamPolicy", "resourcemanager.projects.update"}
	readFolder        = []string{"resourcemanager.folders.get", "resourcemanager.folders.getIamPolicy"}
	writeFolder       = []string{"resourcemanager.folders.setIamPolicy"}
	readOrganization  = []string{"resourcemanager.organizations.get", "resourcemanager.organizations.getIamPolicy"}
	writeOrganization = []string{"resourcemanager.organizations.setIamPolicy"}
	readPolicies      = []string{"resourcemanager.projects.getIamPolicy", "resourcemanager.folders.getIamPolicy", "resourcemanager.organizations.getIamPolicy", "iam.serviceAccounts.getIamPolicy"}
	writePolicies     = []string{"resourcemanager.projects.setIamPolicy", "resourcemanager.folders.setIamPolicy", "resourcemanager.organizations.setIamPolicy", "iam.serviceAccounts.setIamPolicy"}
	search            = []string{"cloudasset.assets.analyzeIamPolicy", "cloudasset.assets.searchAllIamPolicies", "cloudasset.assets.searchAllResources"}
	actAs             = []string{"iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.getOpenIdToken", "iam.serviceAccounts.implicitDelegation", "iam.serviceAccounts.signBlob", "iam.serviceAccounts.signJwt"}
)

// aboveProjects are roles that a project's policy cannot name.
var aboveProjects = regexp.MustCompile(`^roles/(resourcemanager\.(organization|folder|projectCreator)|iam\.organizationRole|billing\.(admin|creator)$|orgpolicy\.|accesscontextmanager\.)`)

var predefined = regexp.MustCompile(`^roles/([a-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)+|owner|editor|viewer|browser)$`)

// Grantable tells whether a predefined role exists and can stand in a policy
// of the resource.
func Grantable(role, resource string) bool {
	return predefined.MatchString(role) &&
		(!strings.HasPrefix(resource, "projects/") || !aboveProjects.MatchString(role))
}

// CustomRole tells whether a custom role exists that a policy of the resource
// can name: one of the organization, or of the project itself.
func (w *World) CustomRole(role, resource string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.customRoles[role]; !ok {
		return false
	}
	home, _, _ := strings.Cut(role, "/roles/")
	return slices.Contains(w.ancestors(resource), home)
}

func (w *World) includes(role, permission string) bool {
	granted, custom := w.customRoles[role]
	if !custom {
		granted = permissions[role]
	}
	return slices.Contains(granted, permission)
}
