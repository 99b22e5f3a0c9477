package googleapi

import (
	"net/url"
	"strings"
	"testing"
)

func TestParseEndpoint_TakesSchemeHostPortAndPath(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		endpoint, target string // target "": refused
	}{
		"http on this machine":         {"http://127.0.0.1:8080", "127.0.0.1:8080"},
		"any loopback address":         {"http://127.9.9.9:8080", "127.9.9.9:8080"},
		"IPv6 loopback":                {"http://[::1]:8080/", "[::1]:8080"},
		"mapped loopback":              {"http://[::ffff:127.0.0.1]:8080/", "[::ffff:127.0.0.1]:8080"},
		"localhost":                    {"http://LocalHost:8080", "LocalHost:8080"},
		"http without port":            {"http://localhost", "localhost:80"},
		"https without port":           {"https://apis.example.com/google/", "apis.example.com:443"},
		"https elsewhere":              {"https://apis.example.com:8443", "apis.example.com:8443"},
		"http elsewhere":               {"http://apis.example.com", ""},
		"http to a look-alike":         {"http://localhost.example.com", ""},
		"http to a private address":    {"http://10.0.0.1:8080", ""},
		"http to all addresses":        {"http://0.0.0.0:8080", ""},
		"http to a short address":      {"http://127.1:8080", ""},
		"another scheme":               {"ftp://127.0.0.1", ""},
		"no scheme":                    {"127.0.0.1:8080", ""},
		"no host":                      {"https:///prefix", ""},
		"not hierarchical":             {"https:apis.example.com", ""},
		"a user":                       {"https://alice:pass@apis.example.com", ""},
		"a query":                      {"https://apis.example.com?a=b", ""},
		"a fragment":                   {"https://apis.example.com#a", ""},
		"control characters":           {"https://apis.example.com/\r\n", ""},
		"a port that is not a number":  {"https://apis.example.com:http", ""},
		"loopback as the user's name":  {"http://127.0.0.1@apis.example.com", ""},
		"loopback as the query's part": {"http://apis.example.com?127.0.0.1", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parseEndpoint(tt.endpoint)
			if tt.target == "" {
				if err == nil {
					t.Errorf("%q was taken as %v", tt.endpoint, got)
				}
				return
			}
			if err != nil || got.grpcTarget() != tt.target {
				t.Errorf("%q: got %v, %v, want target %q", tt.endpoint, got, err, tt.target)
			}
		})
	}
}

func TestParseEndpoint_ErrorHidesPassword(t *testing.T) {
	t.Parallel()
	if _, err := parseEndpoint("https://alice:hunter2@apis.example.com"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v, want an error without the password", err)
	}
}

func TestRewrite_PutsTheHostIntoThePath(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ endpoint, from, want string }{
		"plain":      {"http://127.0.0.1:80", "https://x.googleapis.com/v3/projects/p:getIamPolicy", "http://127.0.0.1:80/x.googleapis.com/v3/projects/p:getIamPolicy"},
		"prefix":     {"https://e.example.com/a/b/", "https://x.googleapis.com/v1", "https://e.example.com/a/b/x.googleapis.com/v1"},
		"query":      {"http://127.0.0.1:80", "https://x.googleapis.com/v1?a=b%2Fc&d", "http://127.0.0.1:80/x.googleapis.com/v1?a=b%2Fc&d"},
		"escapes":    {"http://127.0.0.1:80/p%20q", "https://x.googleapis.com/a%2Fb/c%40d", "http://127.0.0.1:80/p%20q/x.googleapis.com/a%2Fb/c%40d"},
		"no path":    {"http://127.0.0.1:80", "https://x.googleapis.com", "http://127.0.0.1:80/x.googleapis.com"},
		"port":       {"http://127.0.0.1:80", "https://x.googleapis.com:443/v1", "http://127.0.0.1:80/x.googleapis.com/v1"},
		"upper case": {"http://127.0.0.1:80", "https://X.googleapis.com/V1", "http://127.0.0.1:80/x.googleapis.com/V1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := parseEndpoint(tt.endpoint)
			if err != nil {
				t.Fatal(err)
			}
			from, err := url.Parse(tt.from)
			if err != nil {
				t.Fatal(err)
			}
			if got := e.rewrite(from).String(); got != tt.want {
				t.Errorf("%s: got %s, want %s", tt.from, got, tt.want)
			}
		})
	}
}
