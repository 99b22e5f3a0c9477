package binding_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

// grantableOn is how the journal names the roles that can be granted on a resource.
func grantableOn(resource string) string { return "//cloudresourcemanager.googleapis.com/" + resource }

func TestPlan_NamesTheRolesNearestToAMisspeltOne(t *testing.T) {
	t.Parallel()
	onFolder := config{"project": tftypes.NewValue(tftypes.String, nil), "folder": str("100000000011")}
	for misspelt, test := range map[string]struct {
		place config
		says  string
	}{
		"roles/compute.viewerr":               {nil, "IAM knows no role roles/compute.viewerr. Check its spelling. Did you mean roles/compute.viewer?"},
		"roles/compute.osadminlogin":          {nil, "Did you mean roles/compute.osAdminLogin?"},
		"roles/resourcemanager.folderAmAdmin": {onFolder, "Did you mean roles/resourcemanager.folderIamAdmin or roles/resourcemanager.folderAdmin?"},
		operator + "s":                        {nil, "Check its spelling. Did you mean " + operator + "? Where the same apply creates it first, nothing is wrong."},
		organization + "/roles/reprter":       {onFolder, "Did you mean " + reporter + "? Where"},
		"roles/resourcemanager.folderEditorr": {nil, "IAM knows no role roles/resourcemanager.folderEditorr. Check its spelling."},
		"roles/viewerr":                       {nil, "IAM knows no role roles/viewerr. Check its spelling."}, // basic roles take no condition
	} {
		c := newCloudOf(t, withCustomRoles())
		given := but(test.place)
		given["role"] = str(misspelt)
		found := talk(t, c.Access(administrator)).Plan(given).Diagnostics
		says(t, found, warning, at("role"), test.says)
		if strings.Contains(test.says, "Did you mean") != strings.Contains(printed(found), "Did you mean") {
			t.Errorf("%s: %s\nwant only %q", misspelt, printed(found), test.says)
		}
	}
}

func TestPlan_OfAMisspeltRoleWhereIAMListsNone(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]wire.Fault{
		"denied":    {Kind: wire.Refuse, Status: http.StatusForbidden},
		"no answer": {Kind: wire.Drop},
		"no JSON":   {Kind: wire.Nonsense},
	} {
		c := newCloud(t)
		c.Inject(func(call wire.Call) wire.Fault {
			if call.Method == "QueryGrantableRoles" {
				return fault
			}
			return wire.Fault{}
		})
		found := talk(t, c.Access(administrator)).Plan(but(config{"role": str("roles/compute.viewerr")})).Diagnostics
		says(t, found, warning, at("role"), "IAM knows no role roles/compute.viewerr. Check its spelling.")
		if !strings.HasSuffix(printed(found), "Check its spelling.") {
			t.Errorf("%s: %s, want nothing about other roles", name, printed(found))
		}
	}
}

func TestPlan_AsksForTheRolesOfAPlaceOnceAndForAMisspeltOneOnly(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	walk := talk(t, c.Access(administrator))
	silent(t, "a role that IAM knows", walk.Plan(valid()).Diagnostics)
	says(t, walk.Plan(but(config{"role": str("roles/compute.viewerr"), "project": unknown})).Diagnostics, warning, at("role"), "Check its spelling.")
	if got := c.asked("QueryGrantableRoles"); len(got) > 0 {
		t.Errorf("asked for the roles of %v, want nothing: one role is known, the place of the other is not", got)
	}
	for _, misspelt := range []string{"roles/compute.viewrr", "roles/container.viewerr"} {
		says(t, walk.Plan(but(config{"role": str(misspelt)})).Diagnostics, warning, at("role"), "Did you mean")
	}
	if got := c.asked("QueryGrantableRoles"); len(got) != 1 || got[grantableOn(payments)] != 1 {
		t.Errorf("asked for the roles of %v, want the project's once", got)
	}
}

// Google refuses a predefined role that does not exist as one that cannot be granted here.
func TestCreate_OfAMisspeltRoleNamesTheNearest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ role, says string }{
		"a predefined role":         {"roles/compute.viewerr", "IAM knows no role roles/compute.viewerr. Check its spelling. Did you mean roles/compute.viewer?\n\n"},
		"a custom role":             {operator + "s", "then terraform apply succeeds. Did you mean " + operator + "?\n\n"},
		"a role for other policies": {"roles/billing.admin", "choose another role.\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloudOf(t, withCustomRoles())
			failed := talk(t, c.Access(administrator)).Create(but(config{"role": str(test.role)}))
			says(t, failed.Diagnostics, failure, at("role"), test.says)
		})
	}
}
