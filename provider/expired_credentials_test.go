package provider

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
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
	found := create(t, config{"endpoint": str(google.URL)})
	says(t, found, failure, "", "gcloud auth application-default login")
	if n := asked.Load(); n != 4 {
		t.Errorf("asked for a token %d times, want 4: for the policy, the parent and the role at plan, each once, and once at apply", n)
	}
}
