package provider

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/googleapi"
)

func TestExpiredCredentials_FailAtOnce(t *testing.T) {
	var asked atomic.Int64
	google := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error": "invalid_grant", "error_description": "Token has been expired or revoked."}`)
	}))
	t.Cleanup(google.Close)
	file := filepath.Join(t.TempDir(), "credentials.json")
	if err := os.WriteFile(file, []byte(`{"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file)
	found := talk(t, config{"endpoint": str(google.URL)}).create(valid()).Diagnostics
	says(t, found, failure, "", "gcloud auth application-default login")
	if n := asked.Load(); n != 4 {
		t.Errorf("asked for a token %d times, want 4: for the policy, the parent and the role at plan, each once, and once at apply", n)
	}
}

func TestUnauthorized_StopsWhatCannotBeMended(t *testing.T) {
	t.Parallel()
	refused := unauthorized(&url.Error{Op: "Post", URL: "https://example.com", Err: fmt.Errorf("fetching an access token: %w", googleapi.ErrNotImpersonated)})
	if cause.Of(refused).Status != http.StatusUnauthorized || !errors.Is(refused, googleapi.ErrNotImpersonated) {
		t.Errorf("got %v, want an error that is a 401 and still says why", refused)
	}
	if broken := errors.New("connection reset"); unauthorized(broken) != broken || unauthorized(nil) != nil {
		t.Error("another error did not stay as it was")
	}
}
