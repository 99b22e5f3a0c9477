package static_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/static"
)

var types = map[string]string{
	static.Stylesheet: "text/css; charset=utf-8",
	static.Script:     "text/javascript; charset=utf-8",
	static.Icons:      "image/svg+xml",
}

func get(t *testing.T, method, path string) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w.Result()
}

func TestAsset_IsServedAsItIsAndKept(t *testing.T) {
	t.Parallel()
	for name, contentType := range types {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		static.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, static.Asset(name), nil))
		if w.Code != http.StatusOK || w.Body.String() != string(source) {
			t.Errorf("GET %s: status %d, %d bytes; want 200 and the file's %d", static.Asset(name), w.Code, w.Body.Len(), len(source))
		}
		if got := w.Header().Get("Content-Type"); got != contentType {
			t.Errorf("%s has content type %q, want %q", name, got, contentType)
		}
		if got, want := w.Header().Get("Cache-Control"), "public, max-age=31536000, immutable"; got != want {
			t.Errorf("%s has Cache-Control %q, want %q", name, got, want)
		}
	}
}

func TestAsset_HoldsADigestBeforeItsExtension(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^/static/(portal|icons)\.[0-9a-f]{16}\.(css|js|svg)$`)
	seen := map[string]bool{}
	for name := range types {
		path := static.Asset(name)
		if !form.MatchString(path) || seen[path] {
			t.Errorf("Asset(%q) = %q, want an address of its own like %v", name, path, form)
		}
		seen[path] = true
	}
}

func TestAsset_UnknownNamePanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("Asset of an unknown name did not panic")
		}
	}()
	static.Asset("portal.scss")
}

func TestHandler_KnowsNoOtherPath(t *testing.T) {
	t.Parallel()
	right := static.Asset(static.Stylesheet)
	paths := []string{
		"/static/", "/static/portal.css", "/static/static.go", "/static/portal.0000000000000000.css",
		right + "/", "/static/../static/portal.css", strings.ToUpper(right),
	}
	for _, path := range paths {
		response := get(t, http.MethodGet, path)
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: status %d, want 404", path, response.StatusCode)
		}
		if cacheControl := response.Header.Get("Cache-Control"); cacheControl != "" {
			t.Errorf("GET %s: Cache-Control %q on a refusal, want none", path, cacheControl)
		}
	}
}

func TestHandler_HeadHasNoBody(t *testing.T) {
	t.Parallel()
	response := get(t, http.MethodHead, static.Asset(static.Script))
	if response.StatusCode != http.StatusOK || response.Body == nil {
		t.Fatalf("HEAD: status %d, want 200", response.StatusCode)
	}
	if n, _ := response.Body.Read(make([]byte, 1)); n != 0 {
		t.Errorf("HEAD has a body, want none")
	}
}

// The content security policy allows none of these; a file that needed one would break silently.
func TestFiles_LoadNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`@import|url\(|https?://|\beval\b|innerHTML|\.style\b|insertAdjacentHTML|new Function`)
	for name := range types {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(source), `xmlns="http://www.w3.org/2000/svg"`, "")
		if found := forbidden.FindString(text); found != "" {
			t.Errorf("%s contains %q", name, found)
		}
	}
}

// Colours are named once, in the palette; rules use the names of purposes.
func TestStylesheet_UsesColoursByPurposeOnly(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(static.Stylesheet)
	if err != nil {
		t.Fatal(err)
	}
	_, rules, found := strings.Cut(string(source), "/* Elements */")
	if !found {
		t.Fatal("the stylesheet has no part called Elements")
	}
	palette := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|rgb|hsl|var\(--(ink|blue|green|amber|red)-`)
	if used := palette.FindString(rules); used != "" {
		t.Errorf("a rule uses %q, want a custom property of the intent layer", used)
	}
}
