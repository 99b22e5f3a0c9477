package binding_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

const (
	notChecked  = "The plan was not checked against Google: "
	noAttribute = "" // the path of a diagnostic without an attribute
)

// later is a resource whose place is not known yet: of it, only the role can be asked for.
func later() config { return but(config{"project": unknown, "role": str("roles/pubsub.admin")}) }

func TestPlan_WithoutCredentialsSaysSoOnce(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(t.TempDir(), "missing.json"))
	c := newCloud(t)
	for name, first := range map[string]config{"a known place": valid(), "a place known later": later()} {
		walk := talk(t, config{"endpoint": str(c.URL())})
		says(t, walk.Plan(first).Diagnostics, warning, noAttribute, notChecked+"The provider found no credentials for Google. Run \"gcloud auth application-default login\"")
		silent(t, "another resource after "+name, walk.Of(multiPartyType).Plan(but(config{"project": str("card-vault"), "members": set(alice, bob)})).Diagnostics)
	}
}

func TestPlan_WithATokenThatGoogleDoesNotTakeSaysSoOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	for name, first := range map[string]config{"a known place": valid(), "a place known later": later()} {
		walk := talk(t, config{"endpoint": str(c.URL()), "access_token": str("bogus")})
		says(t, walk.Plan(first).Diagnostics, warning, noAttribute, notChecked+"Google does not accept the credentials: they expired or were revoked.")
		silent(t, "another resource after "+name, walk.Plan(but(config{"project": str("card-vault")})).Diagnostics)
	}
}

func TestPlan_OfWhoMayNotActAsTheServiceAccount(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	given := c.Access("alice@example.com")
	given["impersonate_service_account"] = str(administrator)
	for _, planned := range []config{valid(), later()} {
		says(t, talk(t, given).Plan(planned).Diagnostics, warning, noAttribute, notChecked+"The credentials may not act as the service account")
	}
}

func TestPlan_OfAResourceThatGoogleDoesNotShow(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	none := tftypes.NewValue(tftypes.String, nil)
	walk := talk(t, c.Access(stranger))
	says(t, walk.Plan(valid()).Diagnostics, warning, at("project"),
		"Otherwise the apply will fail. The credentials lack resourcemanager.projects.getIamPolicy on projects/payments-prod, or it does not exist")
	says(t, walk.Plan(but(config{"project": none, "folder": str("100000000011")})).Diagnostics, warning, at("folder"),
		"The policy of folders/100000000011 could not be read, so the plan was not compared with it. Where the same apply creates the folder first")
}

func TestAccPlanWarnings_aTokenThatGoogleDoesNotTake(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	var e recorder
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.recording(&e),
		Steps: []resource.TestStep{{
			Config:   c.HCLWith("bogus", named("one", smallest), named("two", smallest), named("three", smallest)),
			PlanOnly: true, ExpectNonEmptyPlan: true,
		}},
	})
	if walks := int(c.Configured.Load()); len(e.recorded) == 0 || len(e.recorded) > walks || !strings.HasPrefix(e.recorded[0], notChecked) {
		t.Errorf("got %q in %d walks, want one warning in each", e.recorded, walks)
	}
}
