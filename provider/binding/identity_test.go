package binding_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
)

// withIdentity skips where no identity is kept beside the state.
var withIdentity = []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)}

func TestAccIdentity_isKeptAndImports(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	narrowed := smallest + "resource_condition = \"resource.type=='compute.googleapis.com/Disk'\""
	identified := func(condition knownvalue.Check) []statecheck.StateCheck {
		return []statecheck.StateCheck{statecheck.ExpectIdentity(address, map[string]knownvalue.Check{
			"project": knownvalue.StringExact("payments-prod"), "folder": knownvalue.Null(), "organization": knownvalue.Null(),
			"role": knownvalue.StringExact(role), "resource_condition": condition,
		})}
	}
	imports := func(config string) resource.TestStep {
		return resource.TestStep{Config: config, ResourceName: address, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity}
	}
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		TerraformVersionChecks:   withIdentity,
		Steps: []resource.TestStep{
			{Config: c.hcl(block(smallest)), ConfigStateChecks: identified(knownvalue.Null())},
			imports(c.hcl(block(smallest))),
			{
				Config: c.hcl(block(smallest + `title = "Another"`)), ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
				ConfigStateChecks: identified(knownvalue.Null()),
			},
			{
				Config: c.hcl(block(narrowed)), ConfigPlanChecks: action(plancheck.ResourceActionDestroyBeforeCreate),
				ConfigStateChecks: identified(knownvalue.StringExact(disks)),
			},
			imports(c.hcl(block(narrowed))),
			{ // gone, and made again
				PreConfig: c.Edit(payments, removeRole),
				Config:    c.hcl(block(narrowed)), ConfigPlanChecks: action(plancheck.ResourceActionCreate),
				ConfigStateChecks: identified(knownvalue.StringExact(disks)),
			},
			{ // moved to the other kind, it is known by the same
				Config:            c.hcl(multiParty(strings.Replace(narrowed, `"user:alice`, `"user:bob@example.com", "user:alice`, 1)), movedTo(bindingType, multiPartyType)),
				ConfigPlanChecks:  multiPartyAction(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectIdentityValue(multiPartyAddress, tfjsonpath.New("resource_condition"), knownvalue.StringExact(disks))},
			},
		},
	})
}

// identityOf encodes an identity as Terraform does.
func identityOf(t *testing.T, c config) *tfprotov6.ResourceIdentityData {
	t.Helper()
	object := tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}
	values := map[string]tftypes.Value{}
	for _, name := range []string{"project", "folder", "organization", "role", "resource_condition"} {
		object.AttributeTypes[name] = tftypes.String
		values[name] = tftypes.NewValue(tftypes.String, nil)
		if given := c[name]; given.Type() != nil {
			values[name] = given
		}
	}
	encoded, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		t.Fatal(err)
	}
	return &tfprotov6.ResourceIdentityData{IdentityData: &encoded}
}

// importIdentity imports by an identity.
func importIdentity(t *testing.T, c *conversation, given config) *tfprotov6.ImportResourceStateResponse {
	t.Helper()
	resp, err := c.Server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: c.Kind, Identity: identityOf(t, given)})
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func TestImport_ByIdentity(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	resource := "resource.type=='compute.googleapis.com/Disk'"
	c.Grant(payments, conditional("By hand", "", marker+" && "+disks, alice))()
	walk := talk(t, c.Access(administrator))
	imported := importIdentity(t, walk, config{"project": str("payments-prod"), "role": str(role), "resource_condition": str(resource)})
	if len(imported.Diagnostics) > 0 {
		t.Fatalf("import: got %s, want no diagnostics", printed(imported.Diagnostics))
	}
	read := walk.Read(imported.ImportedResources[0].State)
	silent(t, "reading what was imported", read.Diagnostics)
	want := identityOf(t, config{"project": str("payments-prod"), "role": str(role), "resource_condition": str(disks)})
	if diff := cmp.Diff(want.IdentityData.MsgPack, read.NewIdentity.IdentityData.MsgPack); diff != "" {
		t.Errorf("identity after the read (-want +got):\n%s", diff)
	}
}

func TestImport_RefusesIdentities(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		given config
		text  string
	}{
		"no place":             {config{"role": str(role)}, "None of project, folder and organization is set"},
		"two places":           {config{"role": str(role), "project": str("payments-prod"), "folder": str("123")}, "project and folder are both set"},
		"a project number":     {config{"role": str(role), "project": str("123")}, "is a project number"},
		"no role":              {config{"project": str("payments-prod")}, "there is no role"},
		"a basic role":         {config{"project": str("payments-prod"), "role": str("roles/owner")}, "basic role"},
		"an ill condition":     {config{"project": str("payments-prod"), "role": str(role), "resource_condition": str("a ==")}, "does not compile"},
		"a marker's condition": {config{"project": str("payments-prod"), "role": str(role), "resource_condition": str(marker)}, "marker"},
	} {
		found := importIdentity(t, talk(t, config{"endpoint": str("http://127.0.0.1:1"), "access_token": str("x")}), test.given).Diagnostics
		if len(found) != 1 || !strings.Contains(strings.ToLower(found[0].Detail), strings.ToLower(test.text)) {
			t.Errorf("%s: got %s, want one error with %q", name, printed(found), test.text)
		}
	}
}

func TestRead_KeepsTheSpellingOfTheIdentity(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	walk := talk(t, c.Access(administrator))
	state := walk.Create(but(config{"resource_condition": str(disks)})).NewState
	kept := identityOf(t, config{"project": str("payments-prod"), "role": str(role), "resource_condition": str("(" + disks + ")")})
	resp, err := walk.Server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: walk.Kind, CurrentState: state, CurrentIdentity: kept})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatalf("read: %v, %s", err, printed(resp.Diagnostics))
	}
	if diff := cmp.Diff(kept.IdentityData.MsgPack, resp.NewIdentity.IdentityData.MsgPack); diff != "" {
		t.Errorf("identity (-before +after the read):\n%s", diff)
	}
}

// Terraform before 1.12 brings no identity along, and the framework wants one after every read.
func TestRead_OfWhatIsGoneNeedsNoIdentity(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	state := talk(t, c.Access(administrator)).Create(valid()).NewState
	c.Edit(payments, removeRole)()
	walk := talk(t, c.Access(administrator))
	read := walk.Read(state)
	silent(t, "read without identity", read.Diagnostics)
	if string(read.NewState.MsgPack) != string(walk.Null().MsgPack) {
		t.Errorf("state: got %x, want none", read.NewState.MsgPack)
	}
}

func TestImport_KeepsTheSpellingOfANameAtTheBeginning(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	resp, err := talk(t, c.Access(administrator)).Server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: bindingType, ID: "projects/payments-prod roles/owner",
	})
	if err != nil {
		t.Fatal(err)
	}
	says(t, resp.Diagnostics, failure, noAttribute, "Import id not understood: roles/owner is a basic role.")
}
