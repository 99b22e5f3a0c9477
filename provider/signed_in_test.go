package provider

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
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
	found := talk(t, config{"endpoint": str(google.URL)}).create(valid()).Diagnostics
	says(t, found, failure, "", "gcloud auth application-default login")
	if n := asked.Load(); n != 2 {
		t.Errorf("asked for a token %d times, want once at plan and once at apply", n)
	}
}

// exchangeError stands in for that of Google's library.
type exchangeError struct{ temporary bool }

func (exchangeError) Error() string { return "auth" }

func (e exchangeError) Temporary() bool { return e.temporary }

func TestRefusedToken(t *testing.T) {
	t.Parallel()
	call := func(cause error) error {
		return &url.Error{Op: "Post", URL: "https://example.com", Err: fmt.Errorf("fetching an access token: %w", cause)}
	}
	tests := map[string]struct {
		err  error
		want bool
	}{
		"none":                  {nil, false},
		"a refusal":             {call(exchangeError{}), true},
		"a busy token endpoint": {call(exchangeError{temporary: true}), false},
		"a broken connection":   {call(&net.OpError{Op: "dial", Err: errors.New("refused")}), false},
		"something else":        {call(errors.New("x")), false},
	}
	for name, test := range tests {
		if got := refusedToken(test.err); got != test.want {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}
