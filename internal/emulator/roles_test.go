package emulator_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"
	crm "google.golang.org/api/cloudresourcemanager/v3"
	"google.golang.org/api/iam/v1"
	"google.golang.org/api/option"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// A role that a policy takes is a role that IAM describes, and no other: both have it from one
// table.
func TestRoles_PoliciesTakeWhatIAMDescribes(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile(filepath.Join("world", "roles.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []struct{ Name, Lowest string }
	if err := json.Unmarshal(file, &list); err != nil {
		t.Fatal(err)
	}
	table := map[string]string{"roles/example.added": ""} // from a role to the lowest resource whose policy takes it, "" for a project
	for _, r := range list {
		table[r.Name] = r.Lowest
	}
	e := emulatortest.Start(t, emulator.Options{WorldName: "world.json", World: []byte(strings.Replace(string(world.Demo()),
		`"directoryReaders"`, `"predefinedRoles": [{"name": "roles/example.added"}], "directoryReaders"`, 1))})
	roles, err := iam.NewService(t.Context(), option.WithEndpoint(e.URL()+"/iam.googleapis.com/"),
		option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: e.Token(organizer)})))
	if err != nil {
		t.Fatal(err)
	}
	s := manager(t, e)
	described := func(role string) bool {
		_, err := roles.Roles.Get(role).Do()
		return err == nil
	}
	takenBy := func(role string) (lowest string, taken bool) {
		request := &crm.SetIamPolicyRequest{Policy: &crm.Policy{Bindings: []*crm.Binding{
			{Role: role, Members: []string{"user:bob@example.com"}},
			{Role: "roles/resourcemanager.organizationAdmin", Members: []string{"user:" + organizer}},
			{Role: "roles/resourcemanager.folderAdmin", Members: []string{"user:" + organizer}},
		}}}
		onProject := &crm.SetIamPolicyRequest{Policy: &crm.Policy{Bindings: request.Policy.Bindings[:1]}}
		onFolder := &crm.SetIamPolicyRequest{Policy: &crm.Policy{Bindings: slices.Delete(slices.Clone(request.Policy.Bindings), 1, 2)}}
		if _, err := s.Projects.SetIamPolicy("projects/data-lake", onProject).Do(); err == nil {
			return "", true
		}
		if _, err := s.Folders.SetIamPolicy("folders/100000000002", onFolder).Do(); err == nil {
			return "folder", true
		}
		_, err := s.Organizations.SetIamPolicy("organizations/433637338589", request).Do()
		return "organization", err == nil
	}
	for role, lowest := range table {
		if got, taken := takenBy(role); !described(role) || !taken || got != lowest {
			t.Errorf("%s: described %t, taken %t, lowest %q; want both, lowest %q", role, described(role), taken, got, lowest)
		}
	}
	for _, role := range []string{"roles/compute.viewerr", "roles/nosuch"} {
		if _, taken := takenBy(role); described(role) || taken {
			t.Errorf("%s: described %t, taken %t, want neither", role, described(role), taken)
		}
	}
}
