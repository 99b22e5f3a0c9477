package credentials_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2/google"
)

const bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"

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

func TestTokenEndpoint_TakesWhatSignJwtSigned(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	now := s.clock.Now().Unix()
	good := map[string]any{"iss": portal, "aud": "https://oauth2.googleapis.com/token", "iat": now, "exp": now + 3600, "scope": "a"}
	for name, c := range map[string]struct {
		change map[string]any
		want   string
	}{
		"good":            {nil, ""},
		"about itself":    {map[string]any{"sub": portal}, ""},
		"for a person":    {map[string]any{"sub": "alice@example.com"}, "unauthorized_client: Client is unauthorized"},
		"at this address": {map[string]any{"aud": "http://127.0.0.1:8080/oauth2.googleapis.com/token"}, ""},
		"elsewhere":       {map[string]any{"aud": "https://example.com/token"}, "invalid_grant: Invalid JWT: Failed audience check"},
		"two hours":       {map[string]any{"exp": now + 7200}, "invalid_grant: Invalid JWT: Token must be a short-lived token"},
		"tomorrow":        {map[string]any{"iat": now + 86400, "exp": now + 7200}, "invalid_grant: Invalid JWT: Token must be a short-lived token"},
		"no issue time":   {map[string]any{"iat": nil}, "invalid_grant: Invalid JWT: Token must be a short-lived token"},
		"no scope":        {map[string]any{"scope": nil}, "invalid_scope: "},
		"foreign key":     {map[string]any{"iss": deployer}, "invalid_grant: Invalid JWT Signature."},
		"unknown account": {map[string]any{"iss": "nobody@example.com"}, "invalid_grant: Invalid grant: account not found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			claims := map[string]any{}
			for _, values := range []map[string]any{good, c.change} {
				for claim, value := range values {
					claims[claim] = value
				}
			}
			payload, err := json.Marshal(claims)
			if err != nil {
				t.Fatal(err)
			}
			signed, err := s.sign(t, string(payload))
			if err != nil {
				t.Fatal(err)
			}
			code, got := s.exchange(t, url.Values{"grant_type": {bearer}, "assertion": {signed.GetSignedJwt()}})
			if c.want == "" {
				if caller, ok := s.world.Caller(got["access_token"]); code != http.StatusOK || !ok || caller != portal {
					t.Errorf("%s: %d, a token of %q, want 200 and one of %s", payload, code, caller, portal)
				}
				return
			}
			if text := got["error"] + ": " + got["error_description"]; code != http.StatusBadRequest || !strings.HasPrefix(text, c.want) {
				t.Errorf("%s: %d %s, want 400 %s", payload, code, text, c.want)
			}
		})
	}
}

func TestTokenEndpoint_RefusesWhatHasExpired(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	now := s.clock.Now().Unix()
	signed, err := s.sign(t, fmt.Sprintf(`{"iss":%q,"aud":"https://oauth2.googleapis.com/token","iat":%d,"exp":%d,"scope":"a"}`, portal, now, now+60))
	if err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(2 * time.Minute)
	code, got := s.exchange(t, url.Values{"grant_type": {bearer}, "assertion": {signed.GetSignedJwt()}})
	if code != http.StatusBadRequest || got["error"] != "invalid_grant" {
		t.Errorf("an assertion of two minutes ago, good for one: %d %v, want 400 invalid_grant", code, got)
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
		"unsigned": {url.Values{"grant_type": {bearer}, "assertion": {"eyJhbGciOiJub25lIn0.e30."}},
			map[string]string{"error": "invalid_grant", "error_description": "Invalid JWT Signature."}},
		"no token": {url.Values{"grant_type": {bearer}, "assertion": {"a"}},
			map[string]string{"error": "invalid_grant", "error_description": "Invalid JWT Signature."}},
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

// exchange posts a form to the token endpoint and returns the answer's code and its strings.
func (s *scene) exchange(t *testing.T, form url.Values) (int, map[string]string) {
	t.Helper()
	answer, err := http.PostForm(s.url+"/oauth2.googleapis.com/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var body map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for name, value := range body {
		if text, ok := value.(string); ok {
			texts[name] = text
		}
	}
	return answer.StatusCode, texts
}
