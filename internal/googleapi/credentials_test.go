package googleapi

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	tokenPath       = "/oauth2.googleapis.com/token"
	impersonatePath = "/iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/portal@p.iam.gserviceaccount.com:generateAccessToken"
)

var aliceFile = map[string]any{"type": "authorized_user", "client_id": "id", "client_secret": "secret",
	"refresh_token": "refresh", "quota_project_id": "billed"}

// useCredentials makes a file the application default credentials of the test, which therefore
// cannot run beside others.
func useCredentials(t *testing.T, content map[string]any) {
	t.Helper()
	b, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "credentials.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file)
}

// serveTokens answers the two ways to a token, everything else with {}.
func serveTokens(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case tokenPath:
			body, _ := io.ReadAll(r.Body)
			form, err := url.ParseQuery(string(body))
			if err != nil || form.Get("refresh_token") != "refresh" {
				t.Errorf("token exchange with %q", body)
			}
			_, _ = w.Write([]byte(`{"access_token":"of-alice","token_type":"Bearer","expires_in":3600}`))
		case impersonatePath:
			_ = json.NewEncoder(w).Encode(map[string]string{"accessToken": "of-portal",
				"expireTime": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)})
		default:
			_, _ = w.Write([]byte("{}"))
		}
	}
}

func TestAccess_ExchangesOneTokenThroughTheEndpointForAllCalls(t *testing.T) {
	useCredentials(t, aliceFile)
	s := newServer(t, false, serveTokens(t))
	a := s.access(t, Config{})
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			if err := readPolicy(t, a); err != nil {
				t.Error(err)
			}
		})
	}
	all.Go(func() {
		if err := searchPolicies(t, a); err != nil {
			t.Error(err)
		}
	})
	all.Wait()
	if got := s.seen(tokenPath); len(got) != 1 || got[0].Authorization != "" {
		t.Errorf("got %v, want one exchange", got)
	}
	calls := append(s.seen(policyPath), s.seen(searchPath)...)
	if len(calls) != 65 {
		t.Errorf("got %d calls, want 65", len(calls))
	}
	for _, c := range calls {
		if c.Authorization != "Bearer of-alice" || c.QuotaProject != "billed" {
			t.Errorf("got %+v, want the exchanged token and the quota project of the file", c)
		}
	}
}

func TestAccess_ImpersonatesThroughTheEndpoint(t *testing.T) {
	useCredentials(t, map[string]any{"type": "impersonated_service_account", "source_credentials": aliceFile,
		"service_account_impersonation_url": "https:/" + impersonatePath})
	s := newServer(t, false, serveTokens(t))
	if err := readPolicy(t, s.access(t, Config{})); err != nil {
		t.Fatal(err)
	}
	if got := s.seen(impersonatePath); len(got) != 1 || got[0].Authorization != "Bearer of-alice" {
		t.Errorf("got %v, want one impersonation by alice", got)
	}
	if got := s.seen(policyPath); len(got) != 1 || got[0].Authorization != "Bearer of-portal" {
		t.Errorf("got %v, want the token of the service account", got)
	}
}

func TestAccess_AsksTheMetadataServerDirectly(t *testing.T) {
	metadata := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Metadata-Flavor", "Google")
		if !strings.HasSuffix(r.URL.Path, "/service-accounts/default/token") {
			http.NotFound(w, r)
			return
		}
		if got := r.URL.Query().Get("scopes"); got != "one,two" {
			t.Errorf("asked for scopes %q", got)
		}
		_, _ = w.Write([]byte(`{"access_token":"of-instance","token_type":"Bearer","expires_in":3600}`))
	}))
	defer metadata.Close()
	t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(metadata.URL, "http://"))
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
	t.Setenv("HOME", t.TempDir()) // where no gcloud left credentials
	s := newServer(t, false, nil)
	if err := readPolicy(t, s.access(t, Config{Scopes: []string{"one", "two"}})); err != nil {
		t.Fatal(err)
	}
	if got := s.seen(policyPath); len(got) != 1 || got[0].Authorization != "Bearer of-instance" || len(s.calls) != 1 {
		t.Errorf("got %v, want one call with the instance's token and nothing else", s.calls)
	}
}

func TestAccess_RefusedExchangeNamesTheStepAndCallsNobody(t *testing.T) {
	useCredentials(t, aliceFile)
	s := newServer(t, false, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
	})
	a := s.access(t, Config{})
	for name, err := range map[string]error{"REST": readPolicy(t, a), "gRPC": searchPolicies(t, a)} {
		if err == nil || !strings.Contains(err.Error(), "fetching an access token") {
			t.Errorf("%s: got %v, want the step that went wrong", name, err)
		}
	}
	if len(s.seen(policyPath))+len(s.seen(searchPath)) != 0 {
		t.Errorf("called without a token: %v", s.calls)
	}
}

func TestNew_RefusesTokenThatIsNone(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"two words", "line\nbreak", "tab\t", "caf\u00e9"} {
		if _, err := New(t.Context(), Config{AccessToken: token}); err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("token %q: got %v, want an error that does not hold it", token, err)
		}
	}
}

func TestNew_SaysThatCredentialsAreMissing(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(t.TempDir(), "none.json"))
	if _, err := New(t.Context(), Config{}); err == nil || !strings.Contains(err.Error(), "application default credentials") {
		t.Errorf("got %v, want an error about credentials", err)
	}
}
