//go:build browser

package browser

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// otherSite serves a page of another site than the portal's, and returns its address. Ports of one
// host are one site to a browser; localhost and 127.0.0.1 are two.
func otherSite(t *testing.T, page string) string {
	t.Helper()
	server, _ := otherOrigin(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!DOCTYPE html><title>Other</title>"+page)
	})
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
}

// victim opens a tab in which somebody is signed in, and whose session goes along with what other
// sites ask for, as that of Identity-Aware Proxy can.
func (s *scene) victim(t *testing.T, email string) *tab {
	t.Helper()
	b := s.signedIn(t, email)
	b.allowCrossSiteCookies()
	b.seen.check(t)
	b.seen.abroad = true
	return b
}

// refusals are the events of one person that were refused for a reason.
func (s *scene) refusals(email, reason string) []testbed.Event {
	var found []testbed.Event
	for _, e := range s.portal.Events("") {
		if e.Labels["user"] == email && e.Labels["error"] == reason {
			found = append(found, e)
		}
	}
	return found
}

// waitForRefusals waits until the portal has logged so many refusals.
func (s *scene) waitForRefusals(t *testing.T, email, reason string, n int) {
	t.Helper()
	eventually(t, func() error {
		if got := len(s.refusals(email, reason)); got < n {
			return fmt.Errorf("the log has %d refusals for %s, want %d", got, reason, n)
		}
		return nil
	})
}

// Whatever another site builds of the portal's pages, nothing is asked for it and nothing is
// counted against its reader.
func TestBrowser_NoOtherSiteBuildsPagesOfThePortal(t *testing.T) {
	t.Parallel()
	page := "PORTAL/projects/" + project
	for name, c := range map[string]struct {
		page   string // PORTAL is the portal
		n      int
		reason string
		event  string
	}{
		"images":        {`<script>for (let i = 0; i < 140; i++) new Image().src = "` + page + `?" + i</script>`, 140, "FOREIGN_PAGE", "api.listEligibleRoles"},
		"fetch":         {`<script>fetch("` + page + `", {mode: "no-cors", credentials: "include"})</script>`, 1, "FOREIGN_PAGE", "api.listEligibleRoles"},
		"HEAD":          {`<script>fetch("` + page + `", {method: "HEAD", mode: "no-cors", credentials: "include"})</script>`, 1, "FOREIGN_PAGE", "api.listEligibleRoles"},
		"a frame":       {`<iframe src="` + page + `"></iframe>`, 1, "FOREIGN_PAGE", "api.listEligibleRoles"},
		"an object":     {`<object data="` + page + `"></object>`, 1, "FOREIGN_PAGE", "api.listEligibleRoles"},
		"embedded":      {`<embed src="` + page + `">`, 1, "FOREIGN_PAGE", "api.listEligibleRoles"},
		"a style sheet": {`<link rel="stylesheet" href="` + page + `">`, 1, "FOREIGN_PAGE", "api.listEligibleRoles"},
		"fetched ahead": {`<link rel="prefetch" href="` + page + `">`, 1, "FOREIGN_PAGE", "api.listEligibleRoles"},
		"a script":      {`<script src="` + page + `"></script>`, 1, "FOREIGN_PAGE", "api.listEligibleRoles"},
		"a form": {`<script>fetch("` + page + `/activate", {method: "POST", mode: "no-cors", credentials: "include", body: new URLSearchParams("role=x")})</script>`,
			1, "FOREIGN_FORM", "api.activateRole"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, options{prepare: prepareJourney})
			b := s.victim(t, alice)
			s.Journal().Reset()
			b.visit(otherSite(t, strings.ReplaceAll(c.page, "PORTAL", s.base)))
			s.waitForRefusals(t, alice, c.reason, c.n)
			for _, e := range s.refusals(alice, c.reason) {
				if e.Labels["event"] != c.event || e.Labels["project"] != project {
					t.Fatalf("it is logged as %+v, want %s on %s", e, c.event, project)
				}
			}
			if calls := s.Journal().Calls(); len(calls) > 0 {
				t.Errorf("Google was asked: %+v", calls)
			}
			b.seen.forgive()
		})
	}
}

// A link on another site opens the page that it leads to, for somebody whose session goes along.
func TestBrowser_ALinkInAMailOpensItsRequest(t *testing.T) {
	t.Parallel()
	s := newScene(t, options{prepare: prepareRequest})
	link := askBoth(s.signedIn(t, alice))
	b := s.victim(t, bob)
	b.visit(otherSite(t, `<a href="`+link+`">Review the request</a>`))
	b.follow(at("a"))
	b.wantPrefix("the heading", b.heading(), alice+" asks for Cloud SQL Admin on "+project)
	b.follow(at(`form[action$="/approve"] .act`))
	b.wantPrefix("the heading", b.heading(), "Approved. ")
	b.seen.forgive()
}

// A page that opens one window of the portal after the other cannot keep its reader from approving.
func TestBrowser_ALoopOfWindowsKeepsNobodyFromApproving(t *testing.T) {
	t.Parallel()
	s := newScene(t, options{prepare: prepareRequest})
	link := askBoth(s.signedIn(t, alice))
	b := s.victim(t, bob)
	loop := otherSite(t, `<a href="`+link+`">Review the request</a><script>
		let n = 0;
		const windows = setInterval(() => n++ < 200 ? open("`+s.base+`/projects/" + n) : clearInterval(windows), 50);
	</script>`)
	b.visit(loop)
	s.waitForRefusals(t, bob, "TOO_MANY_LINKS", 2)
	const counted = "Other sites have opened the portal many times"
	b.follow(at("a"))
	for tries := 0; b.heading() != counted; tries++ { // one link comes back in two seconds, and this one may have got it
		if tries == 5 {
			t.Fatalf("the link leads to %q, want %q", b.heading(), counted)
		}
		b.visit(loop)
		b.follow(at("a"))
	}
	b.follow(at("main a.button"))
	b.wantPrefix("the heading", b.heading(), alice+" asks for Cloud SQL Admin on "+project)
	b.follow(at(`form[action$="/approve"] .act`))
	b.wantPrefix("the heading", b.heading(), "Approved. ")
	b.seen.forgive()
}
