package iap_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/iap"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

func TestSignInPage_OffersEverybody(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.world.AddUser("eve@example.com", `Eve "<b>" Evans`)
	response := s.do(t, s.browser, http.MethodGet, "/projects/payments-prod?q=<i>", "", nil)
	page, err := goquery.NewDocumentFromReader(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for selector, want := range map[string]int{"h1": 1, "main": 1, "title": 1, "script": 0, "[onclick]": 0, "i, b": 0, "html[lang=en]": 1, "form[method=post]": 1} {
		if got := page.Find(selector).Length(); got != want {
			t.Errorf("the page has %d of %s, want %d", got, selector, want)
		}
	}
	if text := page.Find("main").Text(); !strings.Contains(text, "stands in for Google's sign-in") {
		t.Errorf("the page does not say what it is: %q", text)
	}
	people := page.Find("button[type=submit][name=email]").Map(func(_ int, b *goquery.Selection) string { return b.AttrOr("value", "") })
	if diff := cmp.Diff(s.world.Users(), people); diff != "" {
		t.Errorf("buttons (-want +got):\n%s", diff)
	}
	if got := page.Find("button[value='eve@example.com']").Text(); got != `Eve "<b>" Evans eve@example.com` {
		t.Errorf("Eve's button reads %q, want name and address", got)
	}
	if got := page.Find("input[name=continue]").AttrOr("value", ""); got != "/projects/payments-prod?q=%3Ci%3E" && got != "/projects/payments-prod?q=<i>" {
		t.Errorf("the page keeps the address %q, want the one that was asked for", got)
	}
	hash := sha256.Sum256([]byte(page.Find("style").Text()))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	if got := response.Header.Get("Content-Security-Policy"); got != want {
		t.Errorf("Content-Security-Policy = %q, want %q, which lets the page's style through", got, want)
	}
}

func TestSignIn_RefusesUnknownPeopleAndOtherSites(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, form string
		header       http.Header
		want         int
	}{
		"an unknown person": {http.MethodPost, "email=mallory@example.com", nil, http.StatusBadRequest},
		"nobody":            {http.MethodPost, "", nil, http.StatusBadRequest},
		"another site":      {http.MethodPost, "email=alice@example.com", http.Header{"Sec-Fetch-Site": {"cross-site"}}, http.StatusForbidden},
		"a long form":       {http.MethodPost, "email=alice@example.com&continue=/" + strings.Repeat("a", 20_000), nil, http.StatusBadRequest},
		"a deletion":        {http.MethodDelete, "", nil, http.StatusMethodNotAllowed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			got := s.do(t, s.browser, c.method, signIn, c.form, c.header)
			if got.StatusCode != c.want || len(got.Cookies()) != 0 {
				t.Errorf("%s %q = %d with cookies %v, want %d and none", c.method, c.form, got.StatusCode, got.Cookies(), c.want)
			}
			s.nothingArrived(t)
		})
	}
}

func TestSignIn_ContinuesOnThisHostOnly(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"":                           "/",
		"/":                          "/",
		"/projects/a?b=c":            "/projects/a?b=c",
		"/projects/a%2Fb":            "/projects/a%2Fb",
		"projects":                   "/",
		"https://evil.example/":      "/",
		"//evil.example/":            "/",
		"///evil.example/":           "/",
		"////evil.example/":          "/",
		`/\evil.example/`:            "/%5Cevil.example/",
		"/\t/evil.example/":          "/",
		"javascript:alert(1)":        "/",
		"/_gcp_gatekeeper/sign-in?x": "/",
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			s.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			got := s.signIn(t, "alice@example.com", address)
			if location := got.Header.Get("Location"); got.StatusCode != http.StatusSeeOther || location != want {
				t.Errorf("continue=%q leads with %d to %q, want 303 to %q", address, got.StatusCode, location, want)
			}
		})
	}
}

func FuzzSignIn_ContinuesOnThisHostOnly(f *testing.F) {
	for _, address := range []string{"/", "//evil.example", "///evil.example", `/\evil.example`, "http:evil", "/a?b#c", "/%2Fevil", "/\r\nX: y", "?", "*"} {
		f.Add(address)
	}
	w, err := world.Parse("demo.json", world.Demo(), world.Options{})
	if err != nil {
		f.Fatal(err)
	}
	proxy := iap.New(w, iap.Options{})
	f.Fuzz(func(t *testing.T, address string) {
		form := url.Values{"email": {"alice@example.com"}, "continue": {address}}.Encode()
		r := httptest.NewRequest(http.MethodPost, signIn, strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		response := httptest.NewRecorder()
		proxy.ServeHTTP(response, r)
		if response.Code != http.StatusSeeOther {
			return // too long a form
		}
		location := response.Header().Get("Location")
		if !strings.HasPrefix(location, "/") || strings.HasPrefix(location, "//") {
			t.Errorf("continue=%q leads to %q", address, location)
		}
	})
}

func TestSession_IsACookieOfThisPortAndThisProxy(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	set := s.signIn(t, "Alice@Example.com", "/").Header.Get("Set-Cookie")
	front, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	name := "IAP_STANDIN_SESSION_" + front.Port()
	if !strings.HasPrefix(set, name+"=") {
		t.Fatalf("Set-Cookie = %q, want a cookie named %s", set, name)
	}
	for _, want := range []string{"; HttpOnly", "; SameSite=Lax", "; Path=/"} {
		if !strings.Contains(set, want) {
			t.Errorf("Set-Cookie = %q, want %q in it", set, want)
		}
	}
	value, _, _ := strings.Cut(strings.TrimPrefix(set, name+"="), ";")
	other := newScene(t)
	for _, c := range []struct {
		caption string
		scene   *scene
		value   string
		want    string
	}{
		{"damaged", s, value[:len(value)-4] + "AAAA", ""},
		{"of another demo", other, value, ""},
		{"its own", s, value, "alice@example.com"},
	} {
		_, port, _ := strings.Cut(strings.TrimPrefix(c.scene.url, "http://"), ":")
		c.scene.do(t, &http.Client{}, http.MethodGet, "/", "", http.Header{"Cookie": {"IAP_STANDIN_SESSION_" + port + "=" + c.value}})
		if c.want == "" {
			c.scene.nothingArrived(t)
			continue
		}
		claims, err := c.scene.verified(t, c.scene.arrived(t).Header.Get("X-Goog-Iap-Jwt-Assertion"))
		if err != nil || claims["email"] != c.want {
			t.Errorf("a session that is %s speaks for %v (%v), want %s, however the form spelled it", c.caption, claims["email"], err, c.want)
		}
	}
}
