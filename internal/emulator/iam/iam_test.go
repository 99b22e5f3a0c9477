package iam_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	admin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iam/v1"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

const (
	alice  = "alice@example.com"
	inHere = "projects/payments-prod/roles/releaseManager"
	above  = "organizations/433637338589/roles/auditor"
)

// withCustomRoles is the demo's world and two custom roles.
func withCustomRoles() []byte {
	return []byte(strings.Replace(string(world.Demo()), `"directoryReaders"`, `"customRoles": [
	  {"name": "`+inHere+`", "title": "Release manager", "description": "Ships", "stage": "BETA", "permissions": ["run.services.update"]},
	  {"name": "`+above+`", "title": "Auditor", "permissions": ["logging.logEntries.list"]}
	], "directoryReaders"`, 1))
}

func start(t *testing.T) *emulator.Emulator {
	t.Helper()
	return emulatortest.Start(t, emulator.Options{World: withCustomRoles(), WorldName: "world.json"})
}

func tokens(e *emulator.Emulator, caller string) option.ClientOption {
	return option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: e.Token(caller)}))
}

func rest(t *testing.T, e *emulator.Emulator, caller string) *iam.Service {
	t.Helper()
	s, err := iam.NewService(t.Context(), option.WithEndpoint(e.URL()+"/iam.googleapis.com/"), tokens(e, caller))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// get asks by REST under the method that the name is one of.
func get(s *iam.Service, name string) (*iam.Role, error) {
	switch {
	case strings.HasPrefix(name, "projects/"):
		return s.Projects.Roles.Get(name).Do()
	case strings.HasPrefix(name, "organizations/"):
		return s.Organizations.Roles.Get(name).Do()
	}
	return s.Roles.Get(name).Do()
}

func TestGetRole_PredefinedRolesAreForAnyone(t *testing.T) {
	t.Parallel()
	s := rest(t, start(t), "zoe@partner.example")
	got, err := get(s, "roles/secretmanager.secretAccessor")
	if err != nil {
		t.Fatal(err)
	}
	want := &iam.Role{
		Name: "roles/secretmanager.secretAccessor", Title: "Secret Manager Secret Accessor",
		Description: "Allows accessing the payload of secrets.", Stage: "GA", Etag: "AA==",
		IncludedPermissions: []string{"resourcemanager.projects.get", "resourcemanager.projects.list", "secretmanager.versions.access"},
	}
	got.ServerResponse = googleapi.ServerResponse{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the role (-want +got):\n%s", diff)
	}
}

func TestGetRole_ListsPermissions(t *testing.T) {
	t.Parallel()
	s := rest(t, start(t), alice)
	for _, c := range []struct {
		role, permission string
		want             bool
	}{
		{"roles/compute.admin", "compute.instances.setIamPolicy", true},
		{"roles/container.admin", "container.pods.exec", true},
		{"roles/cloudsql.admin", "cloudsql.instances.export", true},
		{"roles/bigquery.dataViewer", "bigquery.tables.getData", true},
		{"roles/bigquery.dataViewer", "bigquery.datasets.setIamPolicy", false},
		{"roles/bigquery.admin", "bigquery.datasets.setIamPolicy", true},
		{"roles/logging.privateLogViewer", "logging.privateLogEntries.list", true},
		{"roles/logging.viewer", "logging.privateLogEntries.list", false},
		{"roles/iam.securityReviewer", "iam.roles.get", true},
		{"roles/iam.securityReviewer", "resourcemanager.projects.setIamPolicy", false},
		{"roles/resourcemanager.projectIamAdmin", "resourcemanager.projects.setIamPolicy", true},
		{"roles/iam.serviceAccountUser", "iam.serviceAccounts.actAs", true},
		{"roles/iam.serviceAccountTokenCreator", "iam.serviceAccounts.signJwt", true},
		{"roles/storage.admin", "storage.buckets.setIamPolicy", true},
		{"roles/run.admin", "run.services.setIamPolicy", true},
		{"roles/run.developer", "run.services.setIamPolicy", false},
		{"roles/owner", "iam.serviceAccounts.actAs", true},
		{"roles/owner", "iam.serviceAccounts.getAccessToken", false},
		{"roles/owner", "iam.serviceAccounts.signJwt", false},
	} {
		role, err := get(s, c.role)
		if err != nil {
			t.Errorf("%s: %v", c.role, err)
			continue
		}
		if got := slices.Contains(role.IncludedPermissions, c.permission); got != c.want {
			t.Errorf("%s includes %s: %t, want %t", c.role, c.permission, got, c.want)
		}
	}
}

// An owner of a project is no owner of its service accounts' tokens.
func TestOwner_CannotActAsAServiceAccount(t *testing.T) {
	t.Parallel()
	w := start(t).World()
	const account = "projects/jit-access/serviceAccounts/portal@jit-access.iam.gserviceaccount.com"
	for permission, want := range map[string]bool{
		"iam.serviceAccounts.actAs": true, "iam.serviceAccounts.getAccessToken": false, "iam.serviceAccounts.signJwt": false,
	} {
		if got := w.Allowed("admin@example.com", permission, account); got != want {
			t.Errorf("an owner is allowed %s: %t, want %t", permission, got, want)
		}
	}
}

func TestGetRole_CustomRolesNeedAPermission(t *testing.T) {
	t.Parallel()
	e := start(t)
	grant := func(resource, role string) {
		err := e.World().Edit(resource, func(p *iampb.Policy) {
			p.Bindings = append(p.Bindings, &iampb.Binding{Role: role, Members: []string{"user:" + alice}})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	s := rest(t, e, alice)
	for _, name := range []string{inHere, above, "projects/payments-prod/roles/nothing", "projects/nowhere-at-all/roles/nothing"} {
		_, err := get(s, name)
		wantError(t, err, 403, "You don't have permission to get the role at "+name+".")
	}
	grant("projects/payments-prod", "roles/iam.roleViewer")
	role, err := get(s, inHere)
	if err != nil || role.Title != "Release manager" || role.Description != "Ships" || role.Stage != "BETA" ||
		!slices.Equal(role.IncludedPermissions, []string{"run.services.update"}) {
		t.Errorf("%s: %+v, %v", inHere, role, err)
	}
	_, err = get(s, above)
	wantError(t, err, 403, "You don't have permission to get the role at "+above+".")
	grant("organizations/433637338589", "roles/iam.organizationRoleViewer")
	if role, err = get(s, above); err != nil || role.Title != "Auditor" || role.Stage != "GA" {
		t.Errorf("%s: %+v, %v", above, role, err)
	}
	_, err = get(s, "projects/payments-prod/roles/nothing")
	wantError(t, err, 404, "The role named projects/payments-prod/roles/nothing was not found.")
}

func TestGetRole_RefusesUnknownAndMalformedNames(t *testing.T) {
	t.Parallel()
	s := rest(t, start(t), alice)
	_, err := get(s, "roles/x")
	wantError(t, err, 404, "The role named roles/x was not found.")
	_, err = get(s, "roles/x y")
	wantError(t, err, 400, "The role name must be in the form")
}

// fullName is what the full names of projects, folders and organizations begin with.
const fullName = "//cloudresourcemanager.googleapis.com/"

// grantable lists the names of roles that a resource's policy can name, in pages of a size.
func grantable(t *testing.T, s *iam.Service, resource string, size int64) (names []string, pages int) {
	t.Helper()
	request := &iam.QueryGrantableRolesRequest{FullResourceName: fullName + resource, PageSize: size}
	err := s.Roles.QueryGrantableRoles(request).Pages(t.Context(), func(page *iam.QueryGrantableRolesResponse) error {
		pages++
		for _, r := range page.Roles {
			names = append(names, r.Name)
			if r.Title == "" || len(r.IncludedPermissions) > 0 {
				t.Errorf("%s: %+v, want a title and no permissions", r.Name, r)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names, pages
}

func TestQueryGrantableRoles_AreThoseThatThePolicyCanName(t *testing.T) {
	t.Parallel()
	s := rest(t, start(t), alice)
	for role, where := range map[string][]string{
		"roles/compute.viewer":                 {"projects/payments-prod", "folders/100000000011", "organizations/433637338589"},
		"roles/resourcemanager.folderIamAdmin": {"folders/100000000011", "organizations/433637338589"},
		"roles/billing.admin":                  {"organizations/433637338589"},
		inHere:                                 nil, // alice may not list custom roles
	} {
		for _, resource := range []string{"projects/payments-prod", "folders/100000000011", "organizations/433637338589"} {
			names, _ := grantable(t, s, resource, 0)
			if got, want := slices.Contains(names, role), slices.Contains(where, resource); got != want {
				t.Errorf("%s on %s: %t, want %t", role, resource, got, want)
			}
		}
	}
}

func TestQueryGrantableRoles_CustomRolesNeedAPermission(t *testing.T) {
	t.Parallel()
	e := start(t)
	err := e.World().Edit("organizations/433637338589", func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: "roles/iam.organizationRoleViewer", Members: []string{"user:" + alice}})
	})
	if err != nil {
		t.Fatal(err)
	}
	s := rest(t, e, alice)
	for resource, want := range map[string][]string{"projects/payments-prod": {above, inHere}, "projects/card-vault": {above}, "organizations/433637338589": {above}} {
		names, _ := grantable(t, s, resource, 0)
		custom := slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, "roles/") })
		if diff := cmp.Diff(want, custom); diff != "" {
			t.Errorf("custom roles of %s (-want +got):\n%s", resource, diff)
		}
	}
}

func TestQueryGrantableRoles_ComeInPages(t *testing.T) {
	t.Parallel()
	s := rest(t, start(t), alice)
	whole, pages := grantable(t, s, "projects/payments-prod", 0)
	if pages != 1 {
		t.Errorf("%d roles came in %d pages, want one", len(whole), pages)
	}
	inTens, pages := grantable(t, s, "projects/payments-prod", 10)
	if diff := cmp.Diff(whole, inTens); diff != "" || pages != (len(whole)+9)/10 {
		t.Errorf("in %d pages of ten (-want +got):\n%s", pages, diff)
	}
}

func TestQueryGrantableRoles_RefusesOtherResources(t *testing.T) {
	t.Parallel()
	s := rest(t, start(t), alice)
	for name, code := range map[string]int{"": 400, "projects/payments-prod": 400, "//compute.googleapis.com/projects/payments-prod": 400, fullName + "projects/nowhere-at-all": 403} {
		_, err := s.Roles.QueryGrantableRoles(&iam.QueryGrantableRolesRequest{FullResourceName: name}).Do()
		wantError(t, err, code, "")
	}
	_, err := s.Roles.QueryGrantableRoles(&iam.QueryGrantableRolesRequest{FullResourceName: fullName + "projects/payments-prod", PageToken: "?"}).Do()
	wantError(t, err, 400, "")
}

func wantError(t *testing.T, err error, code int, text string) {
	t.Helper()
	var response *googleapi.Error
	if !errors.As(err, &response) || response.Code != code || !strings.HasPrefix(response.Message, text) {
		t.Errorf("got %v, want %d %s", err, code, text)
	}
}

func TestIAM_IsServedByGRPC(t *testing.T) {
	t.Parallel()
	e := start(t)
	c, err := admin.NewIamClient(t.Context(), option.WithEndpoint(strings.TrimPrefix(e.URL(), "http://")), tokens(e, alice),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	role, err := c.GetRole(t.Context(), &adminpb.GetRoleRequest{Name: "roles/run.admin"})
	if err != nil || role.GetTitle() != "Cloud Run Admin" || role.GetStage() != adminpb.Role_GA {
		t.Errorf("roles/run.admin: %v, %v", role, err)
	}
	_, err = c.GetRole(t.Context(), &adminpb.GetRoleRequest{Name: "roles/x"})
	if status.Code(err) != codes.NotFound {
		t.Errorf("roles/x: %v, want %v", err, codes.NotFound)
	}
	_, err = c.QueryGrantableRoles(t.Context(), &adminpb.QueryGrantableRolesRequest{FullResourceName: fullName + "projects/payments-prod"})
	if err != nil {
		t.Errorf("the roles of a project: %v", err)
	}
	_, err = c.QueryAuditableServices(t.Context(), &adminpb.QueryAuditableServicesRequest{FullResourceName: fullName + "projects/payments-prod"})
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("another method: %v, want %v", err, codes.Unimplemented)
	}
}
