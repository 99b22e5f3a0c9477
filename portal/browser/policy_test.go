//go:build browser

package browser

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// otherOrigin is a server of another origin. It counts requests.
func otherOrigin(t *testing.T, response http.HandlerFunc) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var visits atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visits.Add(1)
		response(w, r)
	}))
	t.Cleanup(server.Close)
	return server, &visits
}

// Markup that somebody injects into a page does nothing and sends nothing.
func TestBrowser_ThePolicyBlocksWhatIsNotThePortals(t *testing.T) {
	t.Parallel()
	other, visits := otherOrigin(t, func(http.ResponseWriter, *http.Request) {})
	s := newScene(t, options{prepare: prepareJourney})
	b := s.signedIn(t, alice)
	b.seen.check(t)
	for script, directive := range map[string]string{
		`const e = document.createElement("script"); e.textContent = "window.smuggled = 1"; document.head.append(e)`:        "script-src",
		`const e = document.createElement("script"); e.src = "` + other.URL + `/a.js"; document.head.append(e)`:             "script-src",
		`document.querySelector("h1").setAttribute("onclick", "window.smuggled = 1"); document.querySelector("h1").click()`: "script-src",
		`document.querySelector("h1").setAttribute("style", "color: red")`:                                                  "style-src",
		`const e = document.createElement("style"); e.textContent = "h1 { color: red }"; document.head.append(e)`:           "style-src",
		`new Image().src = "` + other.URL + `/pixel.png"`:                                                                   "img-src",
		`fetch("` + other.URL + `/collect").catch(() => {})`:                                                                "connect-src",
		`const e = document.createElement("iframe"); e.src = "` + other.URL + `/frame"; document.body.append(e)`:            "frame-src",
		`const e = document.createElement("base"); e.href = "` + other.URL + `/"; document.head.append(e)`:                  "base-uri",
		`const e = document.createElement("form"); e.action = "` + other.URL + `/"; document.body.append(e); e.submit()`:    "form-action",
	} {
		b.visit("/")
		b.seen.clear()
		evaluate[chromedp.Void](b, "{ "+script+" }; undefined")
		b.waitForViolation(directive)
		if evaluate[bool](b, "window.smuggled !== undefined") || b.color("h1") == "rgb(255, 0, 0)" {
			t.Errorf("the policy let this happen: %s", script)
		}
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("%d requests reached another origin, want none", n)
	}
	b.seen.clear()
}

// waitForViolation waits until a violation of the directive was reported.
func (b *tab) waitForViolation(directive string) {
	b.t.Helper()
	eventually(b.t, func() error {
		all := b.seen.problems()
		if slices.ContainsFunc(all, func(c string) bool { return strings.Contains(c, directive) }) {
			return nil
		}
		return fmt.Errorf("the policy complained of %q only, want %s", all, directive)
	})
}

// waitForRefusal waits until the portal has logged a refusal for that reason.
func (s *scene) waitForRefusal(t *testing.T, reason string) {
	t.Helper()
	eventually(t, func() error {
		if slices.ContainsFunc(s.portal.Events(""), func(e testbed.Event) bool { return e.Labels["error"] == reason }) {
			return nil
		}
		return fmt.Errorf("the log has no refusal for %s", reason)
	})
}

// eventually waits until a check finds nothing wrong: events of the browser and of the portal's
// process come a moment later.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(stepTimeout); ; {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		<-tick.C
	}
}

func (b *tab) color(selector string) string {
	b.t.Helper()
	return evaluate[string](b, "getComputedStyle(document.querySelector("+quoted(selector)+")).color")
}

// Nobody can show the portal in a frame of their own page.
func TestBrowser_NoOtherSiteFramesThePortal(t *testing.T) {
	t.Parallel()
	s := newScene(t, options{prepare: prepareJourney})
	other, _ := otherOrigin(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!DOCTYPE html><title>Other</title><iframe src="%s/"></iframe>`, s.base)
	})
	b := s.signedIn(t, alice)
	b.seen.abroad = true
	b.visit(other.URL)
	b.waitForViolation("frame-ancestors")
	b.seen.forgive()
}

// A form that another origin sends is refused. From another port the browser sends the session
// along, and from another site it does once the session's cookie says so, as the cookies of
// Identity-Aware Proxy can.
func TestBrowser_AFormOfAnotherOriginIsRefused(t *testing.T) {
	t.Parallel()
	for name, host := range map[string]string{"another port": "127.0.0.1", "another site": "localhost"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, options{prepare: prepareJourney})
			b := s.signedIn(t, alice)
			b.allowCrossSiteCookies()
			b.visit("/projects/" + project)
			role := evaluate[string](b, string(inEntry("form", "roles/container.admin", "input"))+".value")
			other, _ := otherOrigin(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				fmt.Fprintf(w, foreignForm, s.base+"/projects/"+project+"/activate", role)
			})
			b.seen.abroad = true
			b.visit(strings.Replace(other.URL, "127.0.0.1", host, 1))
			s.waitForRefusal(t, "FOREIGN_FORM")
			eventually(t, func() error {
				there, err := ask[bool](b, `location.origin === `+quoted(s.base)+` && document.readyState === "complete"`)
				if err == nil && !there {
					err = errors.New("the form led to no page of the portal")
				}
				return err
			})
			b.wantPrefix("the heading", b.heading(), "This came from another site")
			if status := evaluate[int](b, `performance.getEntriesByType("navigation")[0].responseStatus`); status != 403 {
				t.Errorf("the form was answered with %d, want 403", status)
			}
			for _, c := range s.Journal().Calls() {
				if c.Method == "SetIamPolicy" {
					t.Errorf("a policy was written: %+v", c)
				}
			}
			b.seen.forgive()
		})
	}
}

// foreignForm sends itself. It has what the portal's own form has.
const foreignForm = `<!DOCTYPE html><title>Other</title>
<form method="post" action="%s">
<input name="role" value="%s"><input name="id" value="jit-AAAAAAAAAAAAAAAA">
<input name="justification" value="CASE-1041"><input name="duration" value="30m">
</form>
<script>document.forms[0].submit()</script>`

// allowCrossSiteCookies lets every site send the tab's cookies along.
func (b *tab) allowCrossSiteCookies() {
	b.t.Helper()
	for _, c := range send(b, network.GetCookies, network.GetCookiesParams{}).Cookies {
		send(b, network.SetCookie, network.SetCookieParams{
			Name: c.Name, Value: c.Value, URL: b.base, HTTPOnly: new(true), Secure: new(true), SameSite: network.CookieSameSiteNone,
		})
	}
}
