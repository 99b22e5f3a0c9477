package binding_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// imports is the state that an import leads to.
func imports(t *testing.T, w *conversation, id string) *tfprotov6.DynamicValue {
	t.Helper()
	resp, err := w.Server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: w.Kind, ID: id})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatalf("import: %v, %s", err, printed(resp.Diagnostics))
	}
	read := w.Read(resp.ImportedResources[0].State)
	silent(t, "the read after the import", read.Diagnostics)
	return read.NewState
}

// Only the difference told that people lose their eligibility by an import.
func TestPlan_OfAnImportNamesWhomItRemoves(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Grant(payments, conditional(defaultTitle, "", marker, alice, bob, carol), conditional("Other", "", marker, oncall))()
	w := talk(t, c.Access(administrator))
	state := imports(t, w, "projects/payments-prod "+role+fmt.Sprintf(" title=%q", defaultTitle))
	silent(t, "nobody removed", w.Replan(state, but(config{"members": set(alice, bob, carol, "user:dave@example.com")})).Diagnostics)
	says(t, w.Replan(state, valid()).Diagnostics, warning, at("members"),
		"Of 3 whom the import takes in for roles/compute.osAdminLogin on projects/payments-prod, the configuration leaves out 2, and the apply ends their eligibility: user:bob@example.com, user:carol@example.com.")
	silent(t, "another resource of the same role", w.Replan(imports(t, talk(t, c.Access(administrator)), "projects/payments-prod "+role+` title="Other"`), but(config{"members": set("user:dave@example.com"), "title": str("Other")})).Diagnostics)
	silent(t, "a later walk", talk(t, c.Access(administrator)).Replan(state, valid()).Diagnostics)
}

func TestAccImportBlock_namesWhomItRemoves(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	var e recorder
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.recording(&e),
		Steps: []resource.TestStep{{
			PreConfig: c.Grant(payments, conditional(defaultTitle, "", marker, alice, bob, carol)),
			Config:    c.hcl(block(smallest), fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address, "projects/payments-prod "+role)),
			Check: resource.ComposeTestCheckFunc(c.holds(payments, conditional(defaultTitle, "", marker, alice)),
				e.hasRecorded("the configuration leaves out 2, and the apply ends their eligibility: user:bob@example.com, user:carol@example.com.")),
		}},
	})
}

// An identity has no title, and two bindings may differ in the description alone.
func TestImport_ThatCouldMeanSeveralBindingsIsRefused(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Grant(payments, conditional("A", "", marker, alice), conditional("A", "Why", marker, bob), conditional("B", "", marker, bob))()
	w := talk(t, c.Access(administrator))
	read := func(imported *tfprotov6.ImportResourceStateResponse) []*tfprotov6.Diagnostic {
		return w.Read(imported.ImportedResources[0].State).Diagnostics
	}
	says(t, read(importIdentity(t, w, config{"project": str("payments-prod"), "role": str(role)})), failure, noAttribute,
		"Import one of them:\n  projects/payments-prod roles/compute.osAdminLogin title=\"A\" description=\"\"\n  projects/payments-prod roles/compute.osAdminLogin title=\"A\" description=\"Why\"\n  projects/payments-prod roles/compute.osAdminLogin title=\"B\"\n\nOr write")
	twice, err := w.Server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: w.Kind, ID: "projects/payments-prod " + role + ` title="A"`})
	if err != nil {
		t.Fatal(err)
	}
	says(t, read(twice), failure, noAttribute, "the title \"A\"\n  the title \"A\" and the description \"Why\"\n\nImport one of them:\n  projects/payments-prod roles/compute.osAdminLogin title=\"A\" description=\"\"\n  projects/payments-prod roles/compute.osAdminLogin title=\"A\" description=\"Why\"\n\nOr write a resource with the title and description of one of them")
	made := but(config{"members": set(bob), "title": str("A"), "description": str("Why")})
	if said := w.Create(made).Diagnostics; failed(said) { // bob stands under B as well
		t.Errorf("doing as told: %s", printed(said))
	}
}
