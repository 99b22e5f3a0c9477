//go:build browser

package browser

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/static"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// byHand ends an activation on a project that the portal does not manage.
const byHand = "gcloud projects remove-iam-policy-binding '" + longProject + "' \\\n  --member='user:alice@example.com' \\\n  --role='roles/bigquery.admin' \\\n" +
	`  --condition='^;^expression=(request.time >= timestamp("2026-11-19T02:13:00Z") && request.time < timestamp("2026-11-19T02:43:00Z"));` +
	"title=JIT access activation;description=Self-approved, justification: CASE-1044 [jit-DDDDDDDDDDDDDDDD]'"

var (
	reload = view.Again{Link: "/projects/" + longProject}
	resend = view.Again{Form: &view.Resend{Text: "Try again", Action: "/projects/" + longProject + "/activate"}}
)

// problemPages are those that a portal shows to hostile and unlucky people, and to those beside
// them.
var problemPages = map[string]view.ProblemPage{
	"busy":                     view.Busy("/projects/"+longProject, nil),
	"busy, for a form":         view.Busy("", resend.Form),
	"too many pages":           view.TooManyPages(4*time.Second, reload),
	"too much done":            view.TooMuchDone(90*time.Second, resend),
	"too many acts":            view.TooManyActs(6*time.Second, resend),
	"too many requests":        view.TooManyRequests(3*time.Minute, resend),
	"quota spent":              view.QuotaSpent(time.Second, reload),
	"quota spent, for a form":  view.QuotaSpent(time.Minute, resend),
	"too many links":           view.TooManyLinks("/projects/" + longProject),
	"a form of another site":   view.ForeignForm(),
	"a part of another site":   view.ForeignPage(),
	"guarded":                  view.Guarded(longProject),
	"outside, with a command":  view.OutOfScope(longProject, []string{byHand}),
	"outside, two to remove":   view.OutOfScope(longProject, []string{byHand, byHand}),
	"outside, for a request":   view.OutOfScope(longProject, nil),
	"an unreadable group":      view.GroupUnreadable("/projects/"+longProject, nil),
	"another account's":        view.OwnRequest([]string{bob, carol}, "/approvals/a", "a.very.long.former.name.of.alice@mail.example.com"),
	"not certain":              view.Unsettled(),
	"lost against other forms": view.Conflict(*resend.Form),
}

// What a portal says in each of these states is proved where it gets into them. Here are the pages,
// in each look.
func TestBrowser_ProblemPagesAreAccessibleInEachLook(t *testing.T) {
	t.Parallel()
	s := &scene{base: serveProblems(t)}
	source := axe(t)
	for name, p := range problemPages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := s.open(t)
			b.visit(problemAddress(name))
			b.wantPrefix("the heading", b.heading(), p.Title)
			checkPage(b, source)
		})
	}
}

func problemAddress(name string) string {
	return "/" + strings.NewReplacer(" ", "-", ",", "", "'", "").Replace(name)
}

// serveProblems serves the pages as a portal does, and returns where.
func serveProblems(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(static.Prefix, static.Handler())
	layout := view.Layout{
		Person: alice, Domain: "example.com", RequestID: "7f3c-21ab", Version: "0.1.0",
		Assets: view.Assets{
			Stylesheet: static.Asset(static.Stylesheet), Script: static.Asset(static.Script), Icons: static.Asset(static.Icons),
		},
	}
	for name, p := range problemPages {
		mux.HandleFunc(problemAddress(name), func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			if err := view.Problem(layout, p).Render(r.Context(), w); err != nil {
				t.Errorf("rendering the page %s: %v", name, err)
			}
		})
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
