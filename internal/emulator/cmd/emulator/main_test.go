package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

const portal = "portal@jit-access.iam.gserviceaccount.com"

// start runs the command until the test ends, and returns the environment that it prints.
func start(t *testing.T, args ...string) map[string]string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), w, io.Discard)
		w.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run ended with %v", err)
		}
	})
	env := map[string]string{}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "# Ready; Ctrl-C ends it" {
		if name, value, ok := strings.Cut(lines.Text(), "="); ok {
			env[name] = value
		}
	}
	return env
}

func TestRun_PrintsWhereEverythingIsAndEnds(t *testing.T) {
	t.Parallel()
	env := start(t, "-metadata", portal, "-token", "admin@example.com")
	if status := get(t, env["GOOGLE_RESOURCE_MANAGER_V3_CUSTOM_ENDPOINT"]+"projects/payments-prod", "Authorization", "Bearer "+env["GOOGLE_OAUTH_ACCESS_TOKEN"]); status != http.StatusOK {
		t.Errorf("a project with the printed token: %d, want 200", status)
	}
	for _, name := range []string{"GOOGLE_IAM_CUSTOM_ENDPOINT", "GOOGLE_IAM_BETA_CUSTOM_ENDPOINT"} {
		if status := get(t, env[name]+"roles/viewer", "Authorization", "Bearer "+env["GOOGLE_OAUTH_ACCESS_TOKEN"]); status != http.StatusOK {
			t.Errorf("a role at %s: %d, want 200", name, status)
		}
	}
	if status := get(t, env["GOOGLE_SECRET_MANAGER_CUSTOM_ENDPOINT"]+"projects/jit-access/secrets/smtp-password/versions/1:access", "Authorization", "Bearer "+env["GOOGLE_OAUTH_ACCESS_TOKEN"]); status != http.StatusForbidden {
		t.Errorf("a secret that the person may not read: %d, want 403", status)
	}
	if status := get(t, "http://"+env["GCE_METADATA_HOST"]+"/computeMetadata/v1/project/project-id", "Metadata-Flavor", "Google"); status != http.StatusOK {
		t.Errorf("the project of the instance: %d, want 200", status)
	}
}

// A portal that is started by hand learns who asks from an assertion for the audience that it
// derives itself.
func TestRun_StandsInForIAPInFrontOfAnyPortal(t *testing.T) {
	t.Parallel()
	const direct = "/projects/200000000100/locations/europe-west1/services/jit-access"
	for name, c := range map[string]struct {
		args              []string
		audience, service string
	}{
		"on Cloud Run":           {[]string{"-metadata", portal}, direct, "jit-access"},
		"behind a load balancer": {[]string{"-audience", "/projects/1/global/backendServices/2"}, "/projects/1/global/backendServices/2", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reached := make(chan string, 1)
			behind := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				reached <- r.Header.Get("X-Goog-Iap-Jwt-Assertion")
			}))
			t.Cleanup(behind.Close)
			env := start(t, append(c.args, "-iap", strings.TrimPrefix(behind.URL, "http://"))...)
			if env["K_SERVICE"] != c.service {
				t.Errorf("K_SERVICE is %q, want %q", env["K_SERVICE"], c.service)
			}
			jar, err := cookiejar.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			client := &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
			response, err := client.PostForm(env["PUBLIC_URL"]+"/_gcp_gatekeeper/sign-in", url.Values{"email": {"alice@example.com"}, "continue": {"/"}})
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != http.StatusOK {
				t.Fatalf("signing in: %d, want 200 from the portal", response.StatusCode)
			}
			token, _, err := jwt.NewParser().ParseUnverified(<-reached, jwt.MapClaims{})
			if err != nil {
				t.Fatal(err)
			}
			if claims := token.Claims.(jwt.MapClaims); claims["aud"] != c.audience || claims["email"] != "alice@example.com" {
				t.Errorf("asserted %v, want alice for %s", claims, c.audience)
			}
		})
	}
}

func get(t *testing.T, address, header, value string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(header, value)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

func TestRun_RefusesWhatItCannotUse(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "w.json")
	if err := os.WriteFile(file, []byte("{\n\"organisation\": {}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-world", file}, `w.json:2: unknown key "organisation"`},
		{[]string{"-world", file + ".missing"}, "reading the world"},
		{[]string{"-listen", "127.0.0.1:0", "-metadata", "nobody@example.com"}, "no service account nobody@example.com"},
		{[]string{"-listen", "127.0.0.1:0", "-token", "nobody@example.com"}, "no user or service account nobody@example.com"},
		{[]string{"-listen", "nowhere"}, "listening"},
		{[]string{"-iap", "127.0.0.1:8080"}, "-iap: give -audience, or -metadata"},
		{[]string{"-iap", "http://127.0.0.1:8080/portal", "-audience", "a"}, "host and port, or a URL without a path"},
		{[]string{"-nosuch"}, "flag provided but not defined"},
		{[]string{"world.json"}, "no arguments are taken"},
	} {
		err := run(t.Context(), c.args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("run(%v) = %v, want an error with %q", c.args, err, c.want)
		}
	}
}
