package metadata_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	client "cloud.google.com/go/compute/metadata"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2/google"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/metadata"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

const portal = "portal@jit-access.iam.gserviceaccount.com"

func start(t *testing.T, email string) (*world.World, *httptest.Server) {
	t.Helper()
	w, err := world.Parse("demo.json", world.Demo(), world.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(metadata.New(w, email))
	t.Cleanup(server.Close)
	return w, server
}

// redirected sends what is meant for the real metadata server to the test's.
type redirected struct{ to *url.URL }

func (r redirected) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.URL.Scheme, request.URL.Host = r.to.Scheme, r.to.Host
	return http.DefaultTransport.RoundTrip(request)
}

func clientOf(t *testing.T, server *httptest.Server) *client.Client {
	t.Helper()
	to, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return client.NewClient(&http.Client{Transport: redirected{to}})
}

func TestGooglesClientLearnsWhereItRuns(t *testing.T) {
	t.Parallel()
	_, server := start(t, portal)
	c := clientOf(t, server)
	ctx := t.Context()
	for _, account := range []string{"default", portal} {
		email, err := c.EmailWithContext(ctx, account)
		if err != nil || email != portal {
			t.Errorf("the address of %s = %q (%v), want %q", account, email, err, portal)
		}
		scopes, err := c.ScopesWithContext(ctx, account)
		if diff := cmp.Diff([]string{"https://www.googleapis.com/auth/cloud-platform"}, scopes); diff != "" || err != nil {
			t.Errorf("scopes of %s: %v (-want +got):\n%s", account, err, diff)
		}
	}
	const account = `{"aliases":["default"],"email":"` + portal + `","scopes":["https://www.googleapis.com/auth/cloud-platform"]}`
	for suffix, want := range map[string]string{
		"project/project-id":                                "jit-access",
		"project/numeric-project-id":                        "200000000100",
		"instance/region":                                   "projects/200000000100/regions/europe-west1",
		"instance/service-accounts/":                        "default/\n" + portal + "/\n",
		"instance/service-accounts/default/":                "aliases\nemail\nscopes\ntoken\n",
		"instance/service-accounts/default/aliases":         "default\n",
		"instance/service-accounts/default/?recursive=true": account + "\n",
		"universe/universe-domain":                          "googleapis.com",
		"project/":                                          "attributes/\nnumeric-project-id\nproject-id\n",
		"project/?recursive=true":                           `{"attributes":{},"numericProjectId":200000000100,"projectId":"jit-access"}` + "\n",
		"instance?recursive=false":                          "attributes/\nid\nregion\nservice-accounts/\nzone\n",
		"instance/service-accounts/?recursive=true":         `{"default":` + account + `,"` + portal + `":` + account + "}\n",
		"instance/?recursive=true": `{"attributes":{},"id":"` + world.ID("jit-access") + `","region":"projects/200000000100/regions/europe-west1",` +
			`"serviceAccounts":{"default":` + account + `,"` + portal + `":` + account + `},"zone":"projects/200000000100/zones/europe-west1-1"}` + "\n",
	} {
		if got, err := c.GetWithContext(ctx, suffix); err != nil || got != want {
			t.Errorf("%s = %q (%v), want %q", suffix, got, err, want)
		}
	}
	if zone, err := c.ZoneWithContext(ctx); err != nil || zone != "europe-west1-1" {
		t.Errorf("zone = %q (%v), want europe-west1-1", zone, err)
	}
	if id, err := c.InstanceIDWithContext(ctx); err != nil || id == "" {
		t.Errorf("instance id = %q (%v), want one", id, err)
	}
}

func TestWhatIsNotThereIs404(t *testing.T) {
	t.Parallel()
	_, server := start(t, portal)
	_, without := start(t, "nobody@jit-access.iam.gserviceaccount.com")
	for name, c := range map[string]struct {
		server *httptest.Server
		suffix string
	}{
		"another account":           {server, "instance/service-accounts/terraform@jit-access.iam.gserviceaccount.com/token"},
		"an identity token":         {server, "instance/service-accounts/default/identity?audience=a"},
		"what is in a value":        {server, "project/project-id/"},
		"an instance without one":   {without, "instance/service-accounts/default/token"},
		"an instance of no project": {without, "project/project-id"},
	} {
		_, err := clientOf(t, c.server).GetWithContext(t.Context(), c.suffix)
		if missing := client.NotDefinedError(""); !errors.As(err, &missing) {
			t.Errorf("%s: %v, want NotDefinedError", name, err)
		}
	}
}

func TestTokensAreTheServiceAccounts(t *testing.T) {
	// The environment is the only way to point these clients at a metadata server, so this test
	// runs alone.
	w, server := start(t, portal)
	t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(server.URL, "http://"))
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
	t.Setenv("HOME", t.TempDir())

	credentials, err := google.FindDefaultCredentials(context.Background(), "https://www.googleapis.com/auth/cloud-platform")
	if err != nil {
		t.Fatal(err)
	}
	if credentials.ProjectID != "jit-access" {
		t.Errorf("project of the credentials = %q, want jit-access", credentials.ProjectID)
	}
	token, err := credentials.TokenSource.Token()
	if err != nil {
		t.Fatal(err)
	}
	if caller, ok := w.Caller(token.AccessToken); !ok || caller != portal {
		t.Errorf("the token is of %q (%v), want %q", caller, ok, portal)
	}
	if left := time.Until(token.Expiry); token.Type() != "Bearer" || left < 59*time.Minute || left > time.Hour {
		t.Errorf("a %s token for %v, want a Bearer token for an hour", token.Type(), left)
	}
}

func TestRefusesWhoDidNotMeanToAsk(t *testing.T) {
	t.Parallel()
	_, server := start(t, portal)
	const token = "/computeMetadata/v1/instance/service-accounts/default/token"
	for name, c := range map[string]struct {
		path   string
		header http.Header
		want   int
	}{
		"a client":            {token, http.Header{"Metadata-Flavor": {"Google"}}, http.StatusOK},
		"a browser":           {token, nil, http.StatusForbidden},
		"another flavor":      {token, http.Header{"Metadata-Flavor": {"Vanilla"}}, http.StatusForbidden},
		"a forwarded request": {token, http.Header{"Metadata-Flavor": {"Google"}, "X-Forwarded-For": {"192.0.2.1"}}, http.StatusForbidden},
		"a probe":             {"/", nil, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequest(http.MethodGet, server.URL+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			for key, values := range c.header {
				r.Header[key] = values
			}
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if got := response.Header.Get("Metadata-Flavor"); response.StatusCode != c.want || got != "Google" {
				t.Errorf("GET %s with %v = %d, flavor %q, want %d, flavor Google", c.path, c.header, response.StatusCode, got, c.want)
			}
		})
	}
}
