package binding

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
)

func TestParseImportID(t *testing.T) {
	t.Parallel()
	null := types.StringNull()
	tests := map[string]importID{
		"projects/payments-prod roles/compute.osAdminLogin":          {projectAttribute, "payments-prod", "roles/compute.osAdminLogin", "", "", null},
		"  folders/123456789012\troles/compute.osAdminLogin  ":       {folderAttribute, "123456789012", "roles/compute.osAdminLogin", "", "", null},
		"organizations/1 organizations/1/roles/operator":             {organizationAttribute, "1", "organizations/1/roles/operator", "", "", null},
		"projects/payments-prod roles/compute.osAdminLogin " + disks: {projectAttribute, "payments-prod", "roles/compute.osAdminLogin", "", disks, null},
		"projects/payments-prod roles/compute.osAdminLogin resource.name  ==  'a  b'": {
			projectAttribute, "payments-prod", "roles/compute.osAdminLogin", "", "resource.name  ==  'a  b'", null},
		`projects/payments-prod roles/compute.osAdminLogin title="Network \"team\""`:            {projectAttribute, "payments-prod", "roles/compute.osAdminLogin", `Network "team"`, "", null},
		`projects/payments-prod roles/compute.osAdminLogin title="Network team" ` + disks:       {projectAttribute, "payments-prod", "roles/compute.osAdminLogin", "Network team", disks, null},
		`projects/payments-prod roles/compute.osAdminLogin title="A" description="By \"hand\""`: {projectAttribute, "payments-prod", "roles/compute.osAdminLogin", "A", "", types.StringValue(`By "hand"`)},
		`projects/payments-prod roles/compute.osAdminLogin title="A" description="" ` + disks:   {projectAttribute, "payments-prod", "roles/compute.osAdminLogin", "A", disks, types.StringValue("")},
	}
	for id, want := range tests {
		got, err := parseImportID(id)
		if err != nil || got != want {
			t.Errorf("parseImportID(%q): got %+v, %v; want %+v", id, got, err, want)
		}
	}
}

func TestParseImportID_Refuses(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"": "is not a place",
		"payments-prod roles/compute.osAdminLogin":   "is not a place",
		"projects/payments-prod":                     "there is no role",
		"projects/12345 roles/compute.osAdminLogin":  "is a project number",
		"folders/engineering roles/x":                "is not a number",
		"projects/payments-prod compute.admin":       `Did you mean "roles/compute.admin"?`,
		"projects/payments-prod roles/owner":         "basic role",
		"projects/payments-prod roles/x a ==":        "does not compile",
		"projects/payments-prod roles/x " + marker:   "marker",
		`projects/payments-prod roles/x title="open`: "has no end",
	}
	for id, says := range tests {
		if got, err := parseImportID(id); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("parseImportID(%q): got %+v, %v; want an error with %q", id, got, err, says)
		}
	}
}

func TestImportCommand_QuotesForAShell(t *testing.T) {
	t.Parallel()
	k, err := newKey("projects/payments-prod", role, eligibility.SelfApproval, `resource.name == "it's"`)
	if err != nil {
		t.Fatal(err)
	}
	b := &binding{name: "self_approval_binding"}
	want := `terraform import jitaccess_self_approval_binding.NAME 'projects/payments-prod roles/compute.osAdminLogin resource.name == "it'\''s"'`
	if got := b.importCommand(k.importID("", types.StringNull())); got != want {
		t.Errorf("importCommand: got %s, want %s", got, want)
	}
}

func FuzzParseImportID(f *testing.F) {
	f.Add("projects/payments-prod roles/compute.osAdminLogin " + disks)
	f.Add("folders/1 roles/x")
	f.Add("organizations/1\troles/x\n a")
	f.Add(`folders/1 roles/x title="\u00e9\" " a`)
	f.Add(`folders/1 roles/x title="A" description="\\" a`)
	f.Fuzz(func(t *testing.T, id string) {
		got, err := parseImportID(id)
		if err != nil {
			return
		}
		k, err := newKey(got.attribute+"s/"+got.value, got.role, eligibility.SelfApproval, got.condition)
		if err != nil {
			t.Fatalf("%q was taken, but has no key: %v", id, err)
		}
		again, err := parseImportID(k.importID(got.title, got.description))
		if err != nil {
			t.Fatalf("%q does not read back: %v", k.importID(got.title, got.description), err)
		}
		other, err := newKey(again.attribute+"s/"+again.value, again.role, eligibility.SelfApproval, again.condition)
		if err != nil || other != k || again.title != got.title || got.title != "" && again.description != got.description {
			t.Fatalf("%q: got %+v, %v; want %+v", k.importID(got.title, got.description), other, err, k)
		}
	})
}

func TestExamples_ImportIDsAreUnderstood(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{selfApprovalName, multiPartyApprovalName} {
		kind = client.TypeName + "_" + kind
		text, err := os.ReadFile(filepath.Join("../../examples/resources", kind, "import.sh"))
		if err != nil {
			t.Fatal(err)
		}
		ids := 0
		for line := range strings.Lines(string(text)) {
			_, quoted, command := strings.Cut(line, "terraform import "+kind+".")
			if !command {
				continue
			}
			ids++
			_, id, _ := strings.Cut(strings.TrimSuffix(strings.TrimSpace(quoted), "'"), "'")
			if _, err := parseImportID(id); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
		if ids == 0 {
			t.Errorf("import.sh of %s has no command", kind)
		}
	}
}
