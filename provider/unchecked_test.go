package provider

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	google "google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
)

const (
	notChecked = "The plan was not checked against Google: "
	nowhere    = "" // the path of a diagnostic without an attribute
)

// later is a resource whose place is not known yet: of it, only the role can be
// asked for.
func later() config { return but(config{"project": unknown, "role": str("roles/pubsub.admin")}) }

func TestPlan_WithoutCredentialsSaysSoOnce(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(t.TempDir(), "missing.json"))
	c := newCloud(t)
	for name, first := range map[string]config{"a known place": valid(), "a place known later": later()} {
		walk := talk(t, config{"endpoint": str(c.URL())})
		says(t, walk.Plan(first).Diagnostics, warning, nowhere, notChecked+"The provider found no credentials for Google. Run \"gcloud auth application-default login\"")
		silent(t, "another resource after "+name, walk.Of(multiPartyType).Plan(but(config{"project": str("card-vault"), "members": set(alice, bob)})).Diagnostics)
	}
}

func TestPlan_WithATokenThatGoogleDoesNotTakeSaysSoOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	for name, first := range map[string]config{"a known place": valid(), "a place known later": later()} {
		walk := talk(t, config{"endpoint": str(c.URL()), "access_token": str("bogus")})
		says(t, walk.Plan(first).Diagnostics, warning, nowhere, notChecked+"Google does not accept the credentials: they expired or were revoked.")
		silent(t, "another resource after "+name, walk.Plan(but(config{"project": str("card-vault")})).Diagnostics)
	}
}

func TestPlan_OfWhoMayNotActAsTheServiceAccount(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	given := c.Access("alice@example.com")
	given["impersonate_service_account"] = str(administrator)
	for _, planned := range []config{valid(), later()} {
		says(t, talk(t, given).Plan(planned).Diagnostics, warning, nowhere, notChecked+"The credentials may not act as the service account")
	}
}

func TestPlan_OfAPlaceThatGoogleDoesNotShow(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	none := tftypes.NewValue(tftypes.String, nil)
	walk := talk(t, c.Access(stranger))
	says(t, walk.Plan(valid()).Diagnostics, warning, at("project"),
		"Otherwise the apply will fail. The credentials lack resourcemanager.projects.getIamPolicy on projects/payments-prod, or it does not exist")
	says(t, walk.Plan(but(config{"project": none, "folder": str("100000000011")})).Diagnostics, warning, at("folder"),
		"The policy of folders/100000000011 could not be read, so the plan was not compared with it. Where the same apply creates the folder first")
}

func TestUnchecked_BlamesThePlaceOnlyWhereGoogleHidesIt(t *testing.T) {
	t.Parallel()
	answer := func(code int, message string) error { return &google.Error{Code: code, Message: message} }
	for name, test := range map[string]struct {
		err      error
		at, says string
	}{
		"a hidden place":            {answer(http.StatusForbidden, "The caller does not have permission"), projectAttribute, "nothing is wrong"},
		"a place that is not":       {answer(http.StatusNotFound, "not found"), projectAttribute, "There is no projects/payments-prod"},
		"an API that is off":        {answer(http.StatusForbidden, "Cloud Resource Manager API has not been used in project 1 before or it is disabled."), "", "gcloud services enable"},
		"a billing project":         {answer(http.StatusForbidden, "Caller does not have required permission to use project paying."), "", "billing_project"},
		"an outage":                 {answer(http.StatusServiceUnavailable, "unavailable"), "", "also after several tries"},
		"an answer of another":      {policy.ErrNoEtag, "", "What answered is not Google"},
		"a broken connection":       {io.ErrUnexpectedEOF, "", "could not be reached"},
		"a setting that is to come": {err: &client.PendingError{Attribute: accessTokenAttribute}},
		"no error":                  {},
	} {
		found := unchecked(test.err, testModel(alice))
		if test.says == "" {
			if len(found) > 0 {
				t.Errorf("%s: got %+v, want nothing", name, found)
			}
			continue
		}
		if len(found) != 1 || found[0].Attribute != test.at || !strings.Contains(found[0].Detail, test.says) {
			t.Errorf("%s: got %+v, want one warning at %q with %q", name, found, test.at, test.says)
		}
	}
}

func TestAccForesight_aTokenThatGoogleDoesNotTake(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	var e ear
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.overheard(&e),
		Steps: []resource.TestStep{{
			Config:   c.HCLWith("bogus", named("one", smallest), named("two", smallest), named("three", smallest)),
			PlanOnly: true, ExpectNonEmptyPlan: true,
		}},
	})
	if walks := int(c.Configured.Load()); len(e.heard) == 0 || len(e.heard) > walks || !strings.HasPrefix(e.heard[0], notChecked) {
		t.Errorf("heard %q in %d walks, want one warning in each", e.heard, walks)
	}
}
