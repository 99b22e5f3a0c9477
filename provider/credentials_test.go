package provider

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/googleapi"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/providertest"
)

const userJSON = `{"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}`

func accounts(emails ...tftypes.Value) tftypes.Value {
	return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, emails)
}

func TestAccess_PrefersTheConfigurationToTheEnvironment(t *testing.T) {
	t.Parallel()
	everything := map[string]string{
		"GOOGLE_CREDENTIALS": userJSON, "GOOGLE_OAUTH_ACCESS_TOKEN": "of-environment", "GOOGLE_API_ENDPOINT": "http://127.0.0.1:2",
		"GOOGLE_IMPERSONATE_SERVICE_ACCOUNT": "e@p.iam.gserviceaccount.com", "GOOGLE_BILLING_PROJECT": "of-environment",
	}
	environment := func(but ...string) map[string]string {
		left := map[string]string{}
		for name, v := range everything {
			left[name] = v
		}
		for _, name := range but {
			delete(left, name)
		}
		return left
	}
	base := func(c googleapi.Config) googleapi.Config {
		c.Scopes, c.UserAgent = []string{cloudPlatformScope}, "terraform-provider-jitaccess/1.2.3"
		return c
	}
	tests := map[string]struct {
		environment map[string]string
		given       settings
		want        googleapi.Config
	}{
		"nothing": {nil, settings{}, googleapi.Config{}},
		"the environment": {environment(), settings{}, googleapi.Config{
			AccessToken: "of-environment", Endpoint: "http://127.0.0.1:2", Impersonate: "e@p.iam.gserviceaccount.com", BillingProject: "of-environment"}},
		"credentials of the environment": {
			map[string]string{"GOOGLE_CLOUD_KEYFILE_JSON": userJSON, "GCLOUD_KEYFILE_JSON": "unread"}, settings{}, googleapi.Config{CredentialsJSON: userJSON}},
		"another token":                        {environment(), settings{AccessToken: types.StringValue("t")}, googleapi.Config{AccessToken: "t", Endpoint: "http://127.0.0.1:2", Impersonate: "e@p.iam.gserviceaccount.com", BillingProject: "of-environment"}},
		"credentials, whatever token is there": {map[string]string{"GOOGLE_OAUTH_ACCESS_TOKEN": "t"}, settings{Credentials: types.StringValue(userJSON)}, googleapi.Config{CredentialsJSON: userJSON}},
		"all that is given": {environment("GOOGLE_CREDENTIALS"), settings{
			AccessToken: types.StringValue("t"), Endpoint: types.StringValue("http://127.0.0.1:1"), Impersonate: types.StringValue("g@p.iam.gserviceaccount.com"),
			Delegates: types.ListValueMust(types.StringType, []attr.Value{types.StringValue("d@p.iam.gserviceaccount.com")}), BillingProject: types.StringValue("given"),
		}, googleapi.Config{AccessToken: "t", Endpoint: "http://127.0.0.1:1", Impersonate: "g@p.iam.gserviceaccount.com", Delegates: []string{"d@p.iam.gserviceaccount.com"}, BillingProject: "given"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &jitaccess{version: "1.2.3", getenv: func(name string) string { return test.environment[name] }}
			got, diags := p.access(test.given).config()
			if diff := cmp.Diff(base(test.want), got); diff != "" || len(diags) > 0 {
				t.Errorf("config (-want +got):\n%s%v", diff, diags)
			}
		})
	}
}

func TestConfigure_RefusesCredentialsOnTheAttributeToBlame(t *testing.T) {
	t.Parallel()
	const secret = "GOCSPX-secret"
	empty := filepath.Join(t.TempDir(), "empty.json")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		environment map[string]string
		config      config
		path, says  string
	}{
		"two kinds of credentials":  {nil, config{"credentials": str(userJSON), "access_token": str("t")}, at("access_token"), "Remove one of them"},
		"no file":                   {nil, config{"credentials": str(secret)}, at("credentials"), "no such file"},
		"a folder":                  {nil, config{"credentials": str(t.TempDir())}, at("credentials"), "is a directory"},
		"an empty file":             {nil, config{"credentials": str(empty)}, at("credentials"), "empty"},
		"broken JSON":               {nil, config{"credentials": str(`{"a": ` + secret)}, at("credentials"), "not JSON"},
		"JSON of another kind":      {nil, config{"credentials": str(`{"client_secret": "` + secret + `"}`)}, at("credentials"), "of the type"},
		"a variable with no file":   {map[string]string{"GOOGLE_CREDENTIALS": secret}, nil, "", "GOOGLE_CREDENTIALS"},
		"a variable with breaks":    {map[string]string{"GOOGLE_OAUTH_ACCESS_TOKEN": secret + "\n"}, nil, "", "GOOGLE_OAUTH_ACCESS_TOKEN"},
		"an account without domain": {nil, config{"impersonate_service_account": str("terraform")}, at("impersonate_service_account"), "Unusable impersonate_service_account: "},
		"delegates for nobody":      {nil, config{"impersonate_service_account_delegates": accounts(str("d@p.iam.gserviceaccount.com"))}, at("impersonate_service_account_delegates"), "not set"},
		"a delegate's name": {nil, config{"impersonate_service_account": str("a@p.iam.gserviceaccount.com"),
			"impersonate_service_account_delegates": accounts(str("d@p.iam.gserviceaccount.com"), str("d"))},
			at("impersonate_service_account_delegates") + ".ElementKeyInt(1)", "e-mail address"},
		"a project that is none": {nil, config{"billing_project": str("my project")}, at("billing_project"), "is no project"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := configure(t, test.environment, test.config)
			says(t, found, failure, test.path, test.says)
			if strings.Contains(printed(found), secret) {
				t.Errorf("the secret is printed: %s", printed(found))
			}
		})
	}
}

func TestProvider_RefusesSettingsThatAreEmpty(t *testing.T) {
	t.Parallel()
	s := providertest.Server(t, newProvider())
	for _, name := range []string{credentialsAttribute, accessTokenAttribute, impersonateAttribute, billingProjectAttribute, endpointAttribute} {
		for _, empty := range []string{"", " \n"} {
			resp, err := s.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{
				Config: value(t, schemas(t, s).Provider, config{name: str(empty)}),
			})
			if err != nil {
				t.Fatal(err)
			}
			says(t, resp.Diagnostics, failure, at(name), "Remove the attribute, or check the variable that it comes from: it is empty.")
		}
	}
}

func TestClient_WaitsForEachSetting(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]tftypes.Value{
		credentialsAttribute: unknown, accessTokenAttribute: unknown, impersonateAttribute: unknown, billingProjectAttribute: unknown, endpointAttribute: unknown,
		delegatesAttribute: accounts(str("d@p.iam.gserviceaccount.com"), unknown),
	} {
		given := config{"endpoint": str("http://127.0.0.1:1"), "impersonate_service_account": str("a@p.iam.gserviceaccount.com")}
		given[name] = v
		if _, err := clientOf(t, given).Policy(t.Context(), payments); err == nil || !strings.HasPrefix(err.Error(), name+" of the provider") {
			t.Errorf("read while %s is not known: got %v", name, err)
		}
	}
}

func TestConfigure_TakesDelegatesOfAnAccountThatIsKnownLater(t *testing.T) {
	t.Parallel()
	silent(t, "an unknown account", configure(t, nil, config{
		"access_token": str("t"), "impersonate_service_account": unknown,
		"impersonate_service_account_delegates": accounts(str("d@p.iam.gserviceaccount.com")),
	}))
}

func TestFileContent_FindsTheHomeDirectory(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	if err := os.WriteFile(filepath.Join(home, "key.json"), []byte(userJSON), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := fileContent("~/key.json"); err != nil || got != userJSON {
		t.Errorf("got %q, %v", got, err)
	}
}

// billed stands between the provider and the emulator, and keeps the quota project of each call by
// its method, or its host where it has none.
type billed struct {
	*httptest.Server
	mu       sync.Mutex
	projects map[string]string
}

func billedBy(t *testing.T, c *providertest.Cloud) *billed {
	t.Helper()
	emulator, err := url.Parse(c.URL())
	if err != nil {
		t.Fatal(err)
	}
	b := &billed{projects: map[string]string{}}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(emulator) }}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		_, method, named := strings.Cut(r.URL.Path, ":")
		if !named {
			method, _, _ = strings.Cut(r.URL.Path[1:], "/")
		}
		b.projects[method] = r.Header.Get("X-Goog-User-Project")
		b.mu.Unlock()
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(b.Close)
	return b
}

func TestCredentials_OfAUserWhoActsAsAServiceAccount(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	file, err := c.Credentials().UserFile("alice@example.com")
	if err != nil {
		t.Fatal(err)
	}
	front := billedBy(t, c)
	given := config{"endpoint": str(front.URL), "credentials": str(string(file)), "impersonate_service_account": str(administrator), "billing_project": str("payments-prod")}
	found := create(t, given)
	says(t, found, failure, "", "roles/iam.serviceAccountTokenCreator")
	c.Edit("projects/jit-access/serviceAccounts/"+administrator, func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: "roles/iam.serviceAccountTokenCreator", Members: []string{alice}})
	})()
	c.Edit(payments, func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: "roles/serviceusage.serviceUsageConsumer", Members: []string{"serviceAccount:" + administrator}})
	})()
	c.Journal().Reset()
	if found := create(t, given); len(found) > 0 {
		t.Fatalf("got %s, want no diagnostics", printed(found))
	}
	expectAlice(c)
	callers := map[string]string{}
	for _, call := range c.Journal().Calls() {
		callers[call.Method] = call.Caller
	}
	if callers["GenerateAccessToken"] != "alice@example.com" || callers["SetIamPolicy"] != administrator {
		t.Errorf("got %v, want alice to ask for the token and the service account to write", callers)
	}
	want := map[string]string{
		"oauth2.googleapis.com": "", "generateAccessToken": "", "getIamPolicy": "payments-prod", "setIamPolicy": "payments-prod",
		"cloudresourcemanager.googleapis.com": "payments-prod", "iam.googleapis.com": "payments-prod",
	}
	if cmp.Diff(want, front.projects) != "" {
		t.Errorf("quota projects (-want +got):\n%s", cmp.Diff(want, front.projects))
	}
}

func TestCredentials_OfAFile(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	file, err := c.Credentials().UserFile(administrator)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "credentials.json")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if found := create(t, config{"endpoint": str(c.URL()), "credentials": str(name)}); len(found) > 0 {
		t.Fatalf("got %s, want no diagnostics", printed(found))
	}
	expectAlice(c)
}
