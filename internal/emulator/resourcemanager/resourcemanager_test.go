package resourcemanager_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/oauth2"
	crm1 "google.golang.org/api/cloudresourcemanager/v1"
	crm "google.golang.org/api/cloudresourcemanager/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

const admin = "admin@example.com"

func client(t *testing.T, e *emulator.Emulator, caller string) *crm.Service {
	t.Helper()
	service, err := crm.NewService(context.Background(),
		option.WithEndpoint(e.URL()+"/cloudresourcemanager.googleapis.com/"),
		option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: e.Token(caller)})))
	if err != nil {
		t.Fatal(err)
	}
	return service
}

func read(t *testing.T, s *crm.Service, project string) *crm.Policy {
	t.Helper()
	p, err := s.Projects.GetIamPolicy("projects/"+project, &crm.GetIamPolicyRequest{
		Options: &crm.GetPolicyOptions{RequestedPolicyVersion: 3},
	}).Do()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func write(s *crm.Service, project string, p *crm.Policy) (*crm.Policy, error) {
	return s.Projects.SetIamPolicy("projects/"+project, &crm.SetIamPolicyRequest{Policy: p, UpdateMask: "bindings,etag"}).Do()
}

func TestPolicy_ReadModifyWrite(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	s := client(t, e, admin)
	p := read(t, s, "payments-prod")
	before := len(p.Bindings)
	p.Version = 3
	p.Bindings = append(p.Bindings, &crm.Binding{
		Role: "roles/storage.admin", Members: []string{"user:Bob@Example.com", "group:oncall@example.com", "user:bob@example.com"},
		Condition: &crm.Expr{Title: "t", Expression: "has({}.jitAccessConstraint)"},
	})
	stored, err := write(s, "payments-prod", p)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(stored.Bindings, read(t, s, "payments-prod").Bindings); diff != "" {
		t.Errorf("what was answered is not what is read (-answered +read):\n%s", diff)
	}
	if stored.Etag == p.Etag || len(stored.Bindings) != before+1 || len(stored.AuditConfigs) == 0 {
		t.Errorf("stored etag %s (was %s), %d bindings, %d audit configurations", stored.Etag, p.Etag, len(stored.Bindings), len(stored.AuditConfigs))
	}
	for _, b := range stored.Bindings {
		if b.Role == "roles/storage.admin" && strings.Join(b.Members, " ") != "group:oncall@example.com user:bob@example.com" {
			t.Errorf("members %v, want them folded, once each, sorted", b.Members)
		}
	}
	_, err = write(s, "payments-prod", p)
	wantError(t, err, http.StatusConflict, wire.Conflict)
	p.Etag = ""
	if _, err := write(s, "payments-prod", p); err != nil {
		t.Errorf("writing without an etag: %v, want a blind overwrite", err)
	}
}

func wantError(t *testing.T, err error, code int, text string) {
	t.Helper()
	var refused *googleapi.Error
	if !errors.As(err, &refused) || refused.Code != code || !strings.Contains(refused.Message, text) {
		t.Errorf("error %v, want %d with %q", err, code, text)
	}
}

func TestPolicy_OfVersionOneHidesConditions(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	s := client(t, e, admin)
	p, err := s.Projects.GetIamPolicy("projects/payments-prod", &crm.GetIamPolicyRequest{}).Do()
	if err != nil {
		t.Fatal(err)
	}
	found := ""
	for _, b := range p.Bindings {
		if strings.HasPrefix(b.Role, "roles/storage.objectAdmin") {
			found = b.Role
		}
		if b.Condition != nil {
			t.Errorf("%s has a condition in version %d", b.Role, p.Version)
		}
	}
	name, digits, _ := strings.Cut(found, "_withcond_")
	if p.Version != 1 || name != "roles/storage.objectAdmin" || len(digits) != 20 {
		t.Errorf("version %d, role %q, want 1 and roles/storage.objectAdmin_withcond_ with 20 digits", p.Version, found)
	}
	_, err = write(s, "payments-prod", p)
	wantError(t, err, http.StatusBadRequest, "Role "+found+" is not supported for this resource.")
	plain, err := s.Projects.GetIamPolicy("projects/data-lake", &crm.GetIamPolicyRequest{Options: &crm.GetPolicyOptions{RequestedPolicyVersion: 3}}).Do()
	if err != nil || plain.Version != 0 || plain.Etag == "" || plain.Bindings != nil {
		t.Errorf("a policy that was never set: %+v, %v, want an etag only", plain, err)
	}
	_, err = s.Projects.GetIamPolicy("projects/data-lake", &crm.GetIamPolicyRequest{Options: &crm.GetPolicyOptions{RequestedPolicyVersion: 2}}).Do()
	wantError(t, err, http.StatusBadRequest, "Requested policy version (2)")
}

func TestSetIamPolicy_RefusesWhatGoogleRefuses(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{Strict: true})
	s := client(t, e, admin)
	expression := &crm.Expr{Title: "t", Expression: "true"}
	binding := func(role string, c *crm.Expr, members ...string) []*crm.Binding {
		return []*crm.Binding{{Role: role, Members: members, Condition: c}}
	}
	many := func(n int, kind string) []string {
		var members []string
		for i := range n {
			members = append(members, fmt.Sprintf("%s:%d", kind, i))
		}
		return members
	}
	var twentyOne []*crm.Binding
	for i := range 21 {
		twentyOne = append(twentyOne, &crm.Binding{Role: "roles/storage.admin", Members: []string{"user:" + admin}, Condition: &crm.Expr{Title: fmt.Sprint(i), Expression: "true"}})
	}
	for name, c := range map[string]struct {
		bindings []*crm.Binding
		want     string
	}{
		"unknown user":            {binding("roles/storage.admin", nil, "user:nobody@example.com"), "User nobody@example.com does not exist."},
		"unknown group":           {binding("roles/storage.admin", nil, "group:nobody@example.com"), "Group nobody@example.com does not exist."},
		"unknown service account": {binding("roles/storage.admin", nil, "serviceAccount:a@b.iam.gserviceaccount.com"), "Service account a@b.iam.gserviceaccount.com does not exist."},
		"no kind":                 {binding("roles/storage.admin", nil, admin), `Policy members must be of the form "<type>:<value>".`},
		"kind in another case":    {binding("roles/storage.admin", nil, "User:"+admin), `Policy members must be of the form "<type>:<value>".`},
		"everybody":               {binding("roles/storage.admin", nil, "allUsers"), "Request contains an invalid argument."},
		"nobody":                  {binding("roles/storage.admin", nil), "Request contains an invalid argument."},
		"a new deleted principal": {binding("roles/storage.admin", nil, "deleted:user:bob@example.com?uid=1"), "Request contains an invalid argument."},
		"owner from outside":      {binding("roles/owner", nil, "user:zoe@partner.example"), "Request contains an invalid argument."},
		"no such role":            {binding("roles/nosuch", nil, "user:"+admin), "Role roles/nosuch is not supported for this resource."},
		"role of organizations":   {binding("roles/resourcemanager.organizationAdmin", nil, "user:"+admin), "Role roles/resourcemanager.organizationAdmin is not supported for this resource."},
		"custom role":             {binding("projects/p/roles/r", nil, "user:"+admin), "Role (projects/p/roles/r) does not exist in the resource's hierarchy."},
		"condition on a basic role": {
			binding("roles/editor", expression, "user:"+admin),
			"LintValidationUnits/BindingRoleAllowConditionCheck Error: Conditions can't be set on primitive roles",
		},
		"condition without title":  {binding("roles/storage.admin", &crm.Expr{Expression: "true"}, "user:"+admin), "title"},
		"condition of another age": {binding("roles/storage.admin", &crm.Expr{Title: "t", Expression: "now < 1"}, "user:"+admin), "Condition expression compilation failed"},
		"fourteen terms":           {binding("roles/storage.admin", &crm.Expr{Title: "t", Expression: "true" + strings.Repeat(" || true", 13)}, "user:"+admin), "Logical operators count must not be more than 12"},
		"long title":               {binding("roles/storage.admin", &crm.Expr{Title: strings.Repeat("t", 101), Expression: "true"}, "user:"+admin), "longer than 100"},
		"long description":         {binding("roles/storage.admin", &crm.Expr{Title: "t", Expression: "true", Description: strings.Repeat("t", 257)}, "user:"+admin), "longer than 256"},
		"1,501 members":            {binding("roles/storage.admin", nil, many(1501, "principal")...), "The number of members in the policy (1,501) is larger than the maximum allowed size 1,500."},
		"21 bindings of one grant": {twentyOne, "larger than the maximum allowed size 20."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := read(t, s, "data-lake")
			_, err := write(s, "data-lake", &crm.Policy{Version: 3, Bindings: c.bindings, Etag: before.Etag})
			wantError(t, err, http.StatusBadRequest, c.want)
			if after := read(t, s, "data-lake"); after.Etag != before.Etag {
				t.Errorf("the policy changed: etag %s, was %s", after.Etag, before.Etag)
			}
		})
	}
}

func TestSetIamPolicy_GuardsVersionsAndMasks(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	s := client(t, e, admin)
	p := read(t, s, "payments-prod")
	p.Version = 1
	_, err := write(s, "payments-prod", p)
	wantError(t, err, http.StatusBadRequest, "Specified policy version (1) cannot be less than the existing policy version (3).")
	p.Bindings = nil
	_, err = write(s, "payments-prod", p)
	wantError(t, err, http.StatusBadRequest, "Specified policy version (1)")
	_, err = s.Projects.SetIamPolicy("projects/payments-prod", &crm.SetIamPolicyRequest{Policy: p, UpdateMask: "labels"}).Do()
	wantError(t, err, http.StatusBadRequest, "Invalid update mask")
	p = read(t, s, "payments-prod")
	bindings := len(p.Bindings)
	p.Bindings, p.AuditConfigs, p.Version = nil, nil, 3
	p, err = s.Projects.SetIamPolicy("projects/payments-prod", &crm.SetIamPolicyRequest{Policy: p, UpdateMask: "etag,auditConfigs"}).Do()
	if err != nil || len(p.Bindings) != bindings || p.AuditConfigs != nil {
		t.Errorf("a write of audit configurations left %d bindings (want %d), %d configurations: %v", len(p.Bindings), bindings, len(p.AuditConfigs), err)
	}
}

func TestPolicy_MergesBindingsAndKeepsDeletedPrincipals(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	s := client(t, e, admin)
	p := read(t, s, "payments-prod")
	p.Version = 3
	p.Bindings = append(p.Bindings, &crm.Binding{Role: "roles/storage.objectViewer", Members: []string{"user:alice@example.com"}})
	p, err := write(s, "payments-prod", p)
	if err != nil {
		t.Fatal(err)
	}
	want := "deleted:user:mallory@example.com?uid=112233445566778899001 user:alice@example.com user:bob@example.com"
	found := 0
	for _, b := range p.Bindings {
		if b.Role == "roles/storage.objectViewer" {
			found++
			if got := strings.Join(b.Members, " "); got != want {
				t.Errorf("members %s, want %s", got, want)
			}
		}
		if b.Role == "roles/storage.objectAdmin" && b.Condition.Location == "" {
			t.Error("the condition lost its location")
		}
	}
	if found != 1 {
		t.Errorf("%d bindings of the role, want one", found)
	}
}

func TestAccess_OfAnonymousForbiddenAndAllowed(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	hidden := "The caller does not have permission"
	zoe := client(t, e, "zoe@partner.example")
	for name, c := range map[string]struct {
		do   func() error
		code int
		want string
	}{
		"get forbidden":        {func() error { _, err := zoe.Projects.Get("projects/payments-prod").Do(); return err }, 403, hidden},
		"get unknown":          {func() error { _, err := zoe.Projects.Get("projects/nosuch").Do(); return err }, 403, hidden},
		"get folder":           {func() error { _, err := zoe.Folders.Get("folders/100000000001").Do(); return err }, 403, hidden},
		"get organization":     {func() error { _, err := zoe.Organizations.Get("organizations/433637338589").Do(); return err }, 403, hidden},
		"get policy":           {func() error { _, err := zoe.Projects.GetIamPolicy("projects/payments-prod", nil).Do(); return err }, 403, hidden},
		"set policy forbidden": {func() error { _, err := write(zoe, "payments-prod", &crm.Policy{}); return err }, 403, "Permission 'resourcemanager.projects.setIamPolicy' denied on resource '//cloudresourcemanager.googleapis.com/projects/payments-prod' (or it may not exist)."},
		"set policy unknown":   {func() error { _, err := write(zoe, "nosuch", &crm.Policy{}); return err }, 403, "Permission 'resourcemanager.projects.setIamPolicy' denied on resource '//cloudresourcemanager.googleapis.com/projects/nosuch' (or it may not exist)."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantError(t, c.do(), c.code, c.want)
		})
	}
	anonymous, err := crm.NewService(context.Background(), option.WithEndpoint(e.URL()+"/cloudresourcemanager.googleapis.com/"), option.WithoutAuthentication())
	if err != nil {
		t.Fatal(err)
	}
	_, err = anonymous.Projects.Get("projects/payments-prod").Do()
	wantError(t, err, 401, "Request is missing required authentication credential.")
	p, err := client(t, e, "bob@example.com").Projects.Get("projects/200000000001").Do()
	if err != nil || p.ProjectId != "payments-prod" || p.Parent != "folders/100000000011" || p.State != "ACTIVE" {
		t.Errorf("bob's project: %+v, %v", p, err)
	}
}

func TestSearch_FindsWhatTheCallerMayGet(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	s := client(t, e, admin)
	for q, want := range map[string]string{
		"id:payments-*":               "payments-ledger payments-prod payments-staging",
		"projectId:payments-prod":     "payments-prod",
		"parent:folders/100000000012": "data-lake data-warehouse",
		"parent.type:organization":    "jit-access",
		"labels.team:data":            "data-lake data-staging data-warehouse",
		"id:edge-network name:vault":  "card-vault edge-network",
		"name:nothing":                "",
	} {
		var ids []string
		call := s.Projects.Search().Query(q).PageSize(2)
		if err := call.Pages(context.Background(), func(page *crm.SearchProjectsResponse) error {
			for _, p := range page.Projects {
				ids = append(ids, p.ProjectId)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("projects with %s: %s, want %s", q, got, want)
		}
	}
	folders, err := s.Folders.Search().Query("displayName=Pay* OR parent:folders/100000000011").Do()
	if err != nil || len(folders.Folders) != 2 {
		t.Errorf("folders: %+v, %v, want Payments and Card data", folders, err)
	}
	organizations, err := s.Organizations.Search().Query("domain:example.com").Do()
	if err != nil || len(organizations.Organizations) != 1 || organizations.Organizations[0].DirectoryCustomerId != "C01example" {
		t.Errorf("organizations: %+v, %v", organizations, err)
	}
	hers, err := client(t, e, "zoe@partner.example").Projects.Search().Do()
	if err != nil || len(hers.Projects) != 1 || hers.Projects[0].ProjectId != "data-warehouse" {
		t.Errorf("zoe's projects: %+v, %v, want the one where she has a role", hers, err)
	}
}

func TestFolders_AreListedByWhatHoldsThem(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	s := client(t, e, admin)
	for parent, want := range map[string]string{
		"organizations/433637338589": "Production, Non-production",
		"folders/100000000001":       "Payments, Data",
		"folders/100000000012":       "",
	} {
		var names []string
		if err := s.Folders.List().Parent(parent).PageSize(1).Pages(t.Context(), func(page *crm.ListFoldersResponse) error {
			for _, f := range page.Folders {
				names = append(names, f.DisplayName)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(names, ", "); got != want {
			t.Errorf("folders in %s: %s, want %s", parent, got, want)
		}
	}
	for caller, parent := range map[string]string{admin: "folders/1", "zoe@partner.example": "organizations/433637338589"} {
		_, err := client(t, e, caller).Folders.List().Parent(parent).Do()
		wantError(t, err, http.StatusForbidden, "The caller does not have permission")
	}
}

func TestVersionOne_DescribesProjectsAndOrganizations(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	old := v1Client(t, e, admin)
	wantProject := &crm1.Project{
		ProjectId: "payments-prod", ProjectNumber: 200000000001, Name: "Payments production", LifecycleState: "ACTIVE", CreateTime: "2024-03-01T08:00:00Z",
		Labels: map[string]string{"env": "prod", "team": "payments"}, Parent: &crm1.ResourceId{Type: "folder", Id: "100000000011"},
	}
	wantOrganization := &crm1.Organization{
		Name: "organizations/433637338589", DisplayName: "example.com", LifecycleState: "ACTIVE", CreationTime: "2024-03-01T08:00:00Z",
		Owner: &crm1.OrganizationOwner{DirectoryCustomerId: "C01example"},
	}
	project, err := old.Projects.Get("payments-prod").Do()
	if diff := cmp.Diff(wantProject, project, body); err != nil || diff != "" {
		t.Errorf("the project: %v (-want +got):\n%s", err, diff)
	}
	organization, err := old.Organizations.Get("organizations/433637338589").Do()
	if diff := cmp.Diff(wantOrganization, organization, body); err != nil || diff != "" {
		t.Errorf("the organization: %v (-want +got):\n%s", err, diff)
	}
	for filter, want := range map[string][]*crm1.Organization{"": {wantOrganization}, "domain=example.com": {wantOrganization}, "domain:other.example": nil} {
		found, err := old.Organizations.Search(&crm1.SearchOrganizationsRequest{Filter: filter}).Do()
		if diff := cmp.Diff(&crm1.SearchOrganizationsResponse{Organizations: want}, found, body); err != nil || diff != "" {
			t.Errorf("organizations with %q: %v (-want +got):\n%s", filter, err, diff)
		}
	}
	_, err = v1Client(t, e, "zoe@partner.example").Projects.Get("payments-prod").Do()
	wantError(t, err, http.StatusForbidden, "The caller does not have permission")
}

// body compares the content of a response, not its header.
var body = cmpopts.IgnoreTypes(googleapi.ServerResponse{})

func v1Client(t *testing.T, e *emulator.Emulator, caller string) *crm1.Service {
	t.Helper()
	s, err := crm1.NewService(t.Context(), option.WithEndpoint(e.URL()+"/cloudresourcemanager.googleapis.com/"),
		option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: e.Token(caller)})))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestVersionOne_ServesTheSamePolicies(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	old := v1Client(t, e, admin)
	p, err := old.Projects.GetIamPolicy("payments-prod", &crm1.GetIamPolicyRequest{Options: &crm1.GetPolicyOptions{RequestedPolicyVersion: 3}}).Do()
	if err != nil || p.Version != 3 || p.Etag != read(t, client(t, e, admin), "payments-prod").Etag {
		t.Fatalf("version 1's policy of the project: %+v, %v", p, err)
	}
	if err := e.World().Edit("projects/payments-prod", func(*iampb.Policy) {}); err != nil {
		t.Fatal(err)
	}
	_, err = old.Projects.SetIamPolicy("payments-prod", &crm1.SetIamPolicyRequest{Policy: p}).Do()
	wantError(t, err, http.StatusConflict, wire.Conflict)
	if p, err := old.Organizations.GetIamPolicy("organizations/433637338589", nil).Do(); err != nil || len(p.Bindings) == 0 {
		t.Errorf("version 1's policy of the organization: %+v, %v", p, err)
	}
}

func TestSetIamPolicy_LeavesABindingWhoseRoleIsGone(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	gone := &iampb.Binding{Role: "projects/data-lake/roles/deleted", Members: []string{"user:bob@example.com"}}
	if err := e.World().Edit("projects/data-lake", func(p *iampb.Policy) { p.Bindings = append(p.Bindings, gone) }); err != nil {
		t.Fatal(err)
	}
	s := client(t, e, admin)
	p := read(t, s, "data-lake")
	p.Bindings = append(p.Bindings, &crm.Binding{Role: "roles/storage.admin", Members: []string{"user:bob@example.com"}})
	if _, err := write(s, "data-lake", p); err != nil {
		t.Errorf("a binding beside one that names a deleted role: %v", err)
	}
	p = read(t, s, "data-lake")
	p.Version = 3
	p.Bindings = append(p.Bindings, &crm.Binding{Role: gone.GetRole(), Members: []string{"user:bob@example.com"}, Condition: &crm.Expr{Title: "t", Expression: "true"}})
	_, err := write(s, "data-lake", p)
	wantError(t, err, http.StatusBadRequest, "Role (projects/data-lake/roles/deleted) does not exist in the resource's hierarchy.")
}

func TestSharing_RestrictedToTheCustomer(t *testing.T) {
	t.Parallel()
	restricted := strings.Replace(string(world.Demo()), `"domains":`, `"allowedPolicyMemberDomains": ["C01example"], "domains":`, 1)
	s := client(t, emulatortest.Start(t, emulator.Options{World: []byte(restricted)}), admin)
	p := read(t, s, "data-warehouse") // names zoe from before
	p.Bindings = append(p.Bindings, &crm.Binding{Role: "roles/storage.admin", Members: []string{"user:bob@example.com", "serviceAccount:portal@jit-access.iam.gserviceaccount.com"}})
	if _, err := write(s, "data-warehouse", p); err != nil {
		t.Errorf("members of the customer, and a stranger that was there before: %v", err)
	}
	_, err := write(s, "data-lake", &crm.Policy{Bindings: []*crm.Binding{{Role: "roles/storage.admin", Members: []string{"user:zoe@partner.example"}}}})
	wantError(t, err, http.StatusBadRequest, "One or more users named in the policy do not belong to a permitted customer.")
	var refused *googleapi.Error
	if !errors.As(err, &refused) || refused.Errors[0].Reason != "failedPrecondition" || !strings.Contains(refused.Body, "constraints/iam.allowedPolicyMemberDomains") {
		t.Errorf("error %v, want failedPrecondition with the constraint", err)
	}
}
