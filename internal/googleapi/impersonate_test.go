package googleapi

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

const portalAccount = "portal@p.iam.gserviceaccount.com"

func credentialsFile(t *testing.T, file map[string]any) string {
	t.Helper()
	b, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAccess_TakesCredentialsAsTheyStand(t *testing.T) {
	t.Parallel()
	s := newServer(t, false, serveTokens(t))
	if err := readPolicy(t, s.access(t, Config{CredentialsJSON: credentialsFile(t, aliceFile)})); err != nil {
		t.Fatal(err)
	}
	if got := s.seen(policyPath); len(got) != 1 || got[0].Authorization != "Bearer of-alice" || got[0].QuotaProject != "billed" {
		t.Errorf("got %+v, want a call as alice with the file's quota project", got)
	}
}

func TestAccess_BillsTheProjectThatIsNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Config{
		"a file":          {CredentialsJSON: credentialsFile(t, aliceFile)},
		"a token":         {AccessToken: "t"},
		"an impersonated": {AccessToken: "t", Impersonate: portalAccount},
	} {
		s := newServer(t, false, serveTokens(t))
		c.BillingProject = "paying"
		if err := readPolicy(t, s.access(t, c)); err != nil {
			t.Fatal(err)
		}
		if got := s.seen(policyPath); len(got) != 1 || got[0].QuotaProject != "paying" {
			t.Errorf("%s: got %+v, want the quota project that was named", name, got)
		}
	}
}

func TestAccess_ImpersonatesWithDelegates(t *testing.T) {
	t.Parallel()
	var asked struct{ Delegates, Scope []string }
	s := newServer(t, false, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == impersonatePath {
			body, _ := io.ReadAll(r.Body)
			if err := json.Unmarshal(body, &asked); err != nil {
				t.Error(err)
			}
		}
		serveTokens(t)(w, r)
	})
	a := s.access(t, Config{CredentialsJSON: credentialsFile(t, aliceFile), Impersonate: portalAccount, Delegates: []string{"between@p.iam.gserviceaccount.com"}})
	for range 3 {
		if err := readPolicy(t, a); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.seen(impersonatePath); len(got) != 1 || got[0].Authorization != "Bearer of-alice" || got[0].QuotaProject != "billed" {
		t.Errorf("got %+v, want one request for the token, by alice and billed to the project of her file", got)
	}
	if got := s.seen(policyPath); len(got) != 3 || got[2].Authorization != "Bearer of-portal" || got[2].QuotaProject != "" {
		t.Errorf("got %+v, want calls as the service account, billed to its own project", got)
	}
	if len(asked.Scope) != 1 || asked.Scope[0] != cloudPlatform || len(asked.Delegates) != 1 ||
		asked.Delegates[0] != "projects/-/serviceAccounts/between@p.iam.gserviceaccount.com" {
		t.Errorf("asked for %+v", asked)
	}
}

func TestAccess_TellsRefusalsFromOutages(t *testing.T) {
	t.Parallel()
	alice := Config{CredentialsJSON: credentialsFile(t, aliceFile)}
	impersonated := Config{AccessToken: "t", Impersonate: portalAccount}
	nested := Config{CredentialsJSON: credentialsFile(t, map[string]any{"type": "impersonated_service_account", "source_credentials": aliceFile,
		"service_account_impersonation_url": "https:/" + impersonatePath})}
	tests := map[string]struct {
		config                   Config
		path                     string
		status                   int
		refused, notImpersonated bool
	}{
		"a sign-in that expired":               {alice, tokenPath, 400, true, false},
		"a busy token endpoint":                {alice, tokenPath, 503, false, false},
		"a token endpoint that wants a pause":  {alice, tokenPath, 429, false, false},
		"a broken gateway":                     {alice, tokenPath, 502, false, false},
		"an account that may not be acted as":  {impersonated, impersonatePath, 403, true, true},
		"an account that is not there":         {impersonated, impersonatePath, 404, true, true},
		"a token that expired":                 {impersonated, impersonatePath, 401, true, false},
		"a busy impersonation":                 {impersonated, impersonatePath, 503, false, false},
		"a file's account, not to be acted as": {nested, impersonatePath, 403, true, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, false, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == test.path {
					w.WriteHeader(test.status)
					_, _ = w.Write([]byte(`{"error": "the reason"}`))
					return
				}
				serveTokens(t)(w, r)
			})
			err := readPolicy(t, s.access(t, test.config))
			if err == nil || errors.Is(err, ErrRefused) != test.refused || errors.Is(err, ErrNotImpersonated) != test.notImpersonated {
				t.Errorf("got %v; want refused %t, not impersonated %t", err, test.refused, test.notImpersonated)
			}
			if test.notImpersonated && !strings.Contains(err.Error(), "the reason") {
				t.Errorf("got %v, want Google's reason in it", err)
			}
			if n := len(s.seen(policyPath)); n != 0 {
				t.Errorf("called %d times without a token", n)
			}
		})
	}
}

func TestNew_RefusesCredentialsThatAreNone(t *testing.T) {
	t.Parallel()
	const secret = "GOCSPX-secret"
	tests := map[string]struct {
		config Config
		says   string
	}{
		"not JSON":              {Config{CredentialsJSON: secret}, "not JSON"},
		"another kind of file":  {Config{CredentialsJSON: `{"installed":{"client_secret":"` + secret + `"}}`}, `of the type ""`},
		"an unknown type":       {Config{CredentialsJSON: `{"type":"magic","client_secret":"` + secret + `"}`}, `of the type "magic"`},
		"two kinds at once":     {Config{CredentialsJSON: "{}", AccessToken: "t"}, "cannot both be used"},
		"an account's name":     {Config{AccessToken: "t", Impersonate: "portal"}, `"portal" is not the e-mail address`},
		"an account's path":     {Config{AccessToken: "t", Impersonate: "x@y/../z"}, "not the e-mail address"},
		"a delegate's name":     {Config{AccessToken: "t", Impersonate: portalAccount, Delegates: []string{"between"}}, `"between" is not`},
		"a project with breaks": {Config{AccessToken: "t", BillingProject: "a\r\nX-Evil: b"}, "is no project"},
	}
	for name, test := range tests {
		_, err := New(t.Context(), test.config)
		if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got %v, want an error with %q and without the secret", name, err, test.says)
		}
	}
}
