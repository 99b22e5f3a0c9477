package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/web"
)

// Whoever asks chooses the Host of their request, wherever a proxy passes it on. The mailed link
// went there.
func TestMail_LinksNeverLeadToTheHostThatTheAskerSent(t *testing.T) {
	t.Parallel()
	const evil, appspot = "portal.evil.example", "jit-access.ew.r.appspot.com"
	for name, c := range map[string]struct {
		publicURL, service, header string
		want                       string // what links begin with; "" for none
	}{
		"an address that is known":          {publicURL, "", "", publicURL},
		"PUBLIC_URL on App Engine":          {publicURL, "default", appspot, publicURL},
		"the default service of App Engine": {"", "default", appspot, "https://" + appspot},
		"another service of App Engine":     {"", "jit", appspot, "https://jit-dot-" + appspot},
		"an address that nobody knows":      {"", "", "", ""},
		"a header that the client sent":     {"", "", appspot, ""},
	} {
		s := newRequestScene(t)
		s.deps.PublicURL, s.deps.AppEngine = c.publicURL, c.service
		s.Handler = web.New(s.deps)
		spoofed := func(r *http.Request) {
			r.Host = evil
			if c.header != "" {
				r.Header.Set("X-Appengine-Default-Version-Hostname", c.header)
			}
		}
		if a := s.send(t, http.MethodPost, askAddress, s.requestForm(t, bob, carol), spoofed); a.Code != http.StatusSeeOther {
			t.Fatalf("%s: asking answers %d", name, a.Code)
		}
		s.as(bob).send(t, http.MethodPost, requestAddress+"/approve", nil, spoofed)
		s.send(t, http.MethodPost, requestAddress+"/revoke", nil, spoofed)
		path := "/?activation=" + request.Obscure(token) + "&projectId=" + payments
		want := event.Addresses{Request: c.want + path, Home: c.want + "/"}
		if c.want == "" {
			want = event.Addresses{}
		}
		if len(s.request.addresses) != 3 {
			t.Fatalf("%s: %d notices, want 3", name, len(s.request.addresses))
		}
		for _, got := range s.request.addresses {
			got.GrantsMore = false
			if got != want {
				t.Errorf("%s: the mail links to %+v, want %+v", name, got, want)
			}
		}
	}
}

// Without the header, the front end of App Engine has routed by the host.
func TestMail_LinksLeadToTheHostOnAppEngineWithoutItsHeader(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t)
	s.deps.PublicURL, s.deps.AppEngine = "", "default"
	s.Handler = web.New(s.deps)
	s.send(t, http.MethodPost, askAddress, s.requestForm(t, bob), func(r *http.Request) { r.Host = "jit.example.org" })
	if got := s.request.addresses; len(got) != 1 || got[0].Home != "https://jit.example.org/" {
		t.Errorf("links = %+v", got)
	}
}

// Without mail the page is the only place that has the link, so it is there whatever is known.
func TestRequest_TheLinkToCopyIsThereWithoutAnAddressToo(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t)
	s.deps.PublicURL = ""
	s.Handler = web.New(s.deps)
	a := s.send(t, http.MethodGet, requestAddress+"?done=asked&untold=0,1,2&why=address", nil, func(r *http.Request) { r.Host = "jit.example.org" })
	want := "https://jit.example.org/?activation=" + request.Obscure(token) + "&projectId=" + payments
	if got := a.Find("#link").AttrOr("value", ""); got != want || a.heading() != "Not sent" {
		t.Errorf("%q has the link %q, want %q", a.heading(), got, want)
	}
	if text := a.mainText(); !strings.Contains(text, "an administrator has to set PUBLIC_URL. The request itself is valid: send the link below yourself.") {
		t.Errorf("the page does not say what is missing: %s", text)
	}
}
