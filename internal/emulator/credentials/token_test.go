package credentials_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2/google"
)

func TestTokenEndpoint_TakesTheFileThatGooglesClientsRead(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	file, err := s.UserFile("Alice@example.com")
	if err != nil {
		t.Fatal(err)
	}
	found, err := google.CredentialsFromJSONWithType(s.redirected(t.Context()), file, google.AuthorizedUser, "https://www.googleapis.com/auth/cloud-platform")
	if err != nil {
		t.Fatal(err)
	}
	token, err := found.TokenSource.Token()
	if err != nil {
		t.Fatal(err)
	}
	if caller, ok := s.world.Caller(token.AccessToken); !ok || caller != "alice@example.com" {
		t.Errorf("the token is of %q (%v), want alice@example.com", caller, ok)
	}
}

func TestTokenEndpoint_RefusesEverythingElse(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for name, c := range map[string]struct {
		form url.Values
		want map[string]string
	}{
		"an unknown refresh token": {url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"1//nobody"}},
			map[string]string{"error": "invalid_grant", "error_description": "Bad Request"}},
		"an access token": {url.Values{"grant_type": {"refresh_token"}, "refresh_token": {s.world.Token(portal)}},
			map[string]string{"error": "invalid_grant", "error_description": "Bad Request"}},
		"a password": {url.Values{"grant_type": {"password"}, "username": {"alice@example.com"}},
			map[string]string{"error": "unsupported_grant_type", "error_description": "Invalid grant_type: password"}},
		"an assertion": {url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {"a"}},
			map[string]string{"error": "unsupported_grant_type", "error_description": "Invalid grant_type: urn:ietf:params:oauth:grant-type:jwt-bearer"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, got := s.exchange(t, c.form)
			if diff := cmp.Diff(c.want, got); diff != "" || code != http.StatusBadRequest {
				t.Errorf("%v = %d, want 400 (-want +got):\n%s", c.form, code, diff)
			}
		})
	}
}

// exchange posts a form to the token endpoint and returns the status of the response and its
// strings.
func (s *scene) exchange(t *testing.T, form url.Values) (int, map[string]string) {
	t.Helper()
	response, err := http.PostForm(s.url+"/oauth2.googleapis.com/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var body map[string]any
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	for name, value := range body {
		if text, ok := value.(string); ok {
			fields[name] = text
		}
	}
	return response.StatusCode, fields
}
