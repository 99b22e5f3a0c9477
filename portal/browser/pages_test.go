//go:build browser

package browser

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

const (
	bob   = "bob@example.com"
	carol = "carol@example.com"
	dave  = "dave@example.com"
	erin  = "erin@example.com"
	grace = "grace@example.com"
)

// unreadable is the project whose policy the portal may not read, silent the one for which Google
// does not answer, and moved the one that has left the scope.
const (
	moved     = "data-warehouse"
	forbidden = "observability"
	silent    = "edge-network"
)

// longLimit is a resource condition of 300 characters.
var longLimit = `resource.name.startsWith("projects/_/buckets/` + strings.Repeat("payments-", 27) + `archived/1")`

// preparePages lays out what the pages show. Each page that is changed by opening it has a person
// of its own, so that pages may be opened side by side.
func preparePages(t *testing.T, w *world.World) {
	t.Helper()
	now := w.Now().Truncate(time.Second)
	everybody := []string{"user:" + alice, "user:" + bob, "user:" + dave, "user:" + grace}
	grant(t, w, "projects/"+project,
		eligible("compute.admin", selfApproval, everybody...),
		eligible("container.admin", selfApproval, everybody...),
		eligible("storage.objectAdmin", selfApproval+" && "+longLimit, everybody...),
		eligible("cloudsql.admin", multiParty, everybody...),
		eligible("spanner.admin", selfApproval+" && has({}.jitAccessTerms)", everybody...),
		activation("compute.admin", grace, "jit-AAAAAAAAAAAAAAAA", "CASE-1041", now.Add(-50*time.Minute), now.Add(70*time.Minute)),
		activation("container.admin", grace, "jit-BBBBBBBBBBBBBBBB", "CASE-1042 disk full", now.Add(-25*time.Minute), now.Add(5*time.Minute)),
		activation("bigquery.admin", grace, "jit-CCCCCCCCCCCCCCCC", "CASE-1043", now.Add(-time.Minute), now.Add(29*time.Minute)),
	)
	for i := range 12 {
		p := w.Projects()[i]
		for j := range 26 {
			grant(t, w, "projects/"+p.ID, eligible(fmt.Sprintf("custom.role%02d", j), selfApproval, "user:"+carol))
		}
	}
	grant(t, w, "projects/"+forbidden, eligible("logging.admin", selfApproval, "user:"+alice))
	grant(t, w, "projects/"+moved, activation("bigquery.admin", dave, "jit-DDDDDDDDDDDDDDDD", "CASE-1044", now.Add(-time.Minute), now.Add(29*time.Minute)))
	grant(t, w, "projects/"+silent, eligible("compute.networkAdmin", selfApproval, "user:"+alice))
}

// page is one page in one state.
type page struct {
	email  string
	status int64
	reach  func(*tab, *scene) int64 // goes there from home and returns the status
}

func (p page) open(t *testing.T, s *scene) *tab {
	t.Helper()
	b := s.signedIn(t, p.email)
	if got := p.reach(b, s); got != p.status {
		t.Fatalf("the page has status %d, want %d", got, p.status)
	}
	return b
}

func visiting(address string) func(*tab, *scene) int64 {
	return func(b *tab, _ *scene) int64 { return b.visit(address).Status }
}

// pages are all pages, in the states that differ in structure.
var pages = map[string]page{
	"home":               {alice, http.StatusOK, visiting("/")},
	"home, active":       {grace, http.StatusOK, visiting("/")},
	"home, empty":        {erin, http.StatusOK, visiting("/")},
	"home, many":         {carol, http.StatusOK, visiting("/")},
	"home, search":       {carol, http.StatusOK, visiting("/?q=role07&constraint=self")},
	"project":            {alice, http.StatusOK, visiting("/projects/" + project)},
	"project, active":    {grace, http.StatusOK, visiting("/projects/" + project)},
	"project, nothing":   {alice, http.StatusUnprocessableEntity, nothingChosen},
	"activate":           {alice, http.StatusOK, activateForm},
	"activate, errors":   {alice, http.StatusUnprocessableEntity, activateErrors},
	"extend":             {grace, http.StatusOK, extendForm},
	"activated":          {bob, http.StatusOK, activated},
	"end":                {grace, http.StatusOK, endForm},
	"ended":              {dave, http.StatusOK, ended},
	"not eligible":       {erin, http.StatusForbidden, visiting("/projects/" + project)},
	"outside the scope":  {dave, http.StatusForbidden, outsideScope},
	"guarded":            {alice, http.StatusForbidden, visiting("/projects/jit-access")},
	"not found":          {alice, http.StatusNotFound, visiting("/there-is-no-such-page")},
	"outage":             {alice, http.StatusServiceUnavailable, outage(silent, http.StatusServiceUnavailable)},
	"permission missing": {alice, http.StatusServiceUnavailable, outage(forbidden, http.StatusForbidden)},
}

func nothingChosen(b *tab, _ *scene) int64 {
	b.visit("/projects/" + project)
	return b.follow(at("form[data-pick] .act")).Status
}

// activateForm is the form for two roles, one with a long resource condition.
func activateForm(b *tab, _ *scene) int64 {
	b.visit("/projects/" + project)
	b.choose(inEntry("form[data-pick]", "roles/compute.admin", "input"))
	b.choose(inEntry("form[data-pick]", "roles/storage.objectAdmin", "input"))
	return b.follow(at("form[data-pick] .act")).Status
}

// activateErrors sends a blank justification and too many minutes, which a browser would refuse if
// validation were not turned off.
func activateErrors(b *tab, s *scene) int64 {
	activateForm(b, s)
	b.do(evaluated(`document.querySelector("form[method=post]").noValidate = true`))
	b.write("#justification", "   ")
	b.choose(at(`input[name=duration][value=other]`))
	b.write("#minutes", "9999")
	return b.follow(at("form[method=post] .act")).Status
}

func extendForm(b *tab, _ *scene) int64 {
	b.visit("/")
	return b.follow(inEntry("section[aria-labelledby=active]", "roles/compute.admin", `a[href*="/activate"]`)).Status
}

func activated(b *tab, s *scene) int64 {
	activateForm(b, s)
	b.write("#justification", "CASE-1041 the disk of node-3 is full")
	return b.follow(at("form[method=post] .act")).Status
}

func endForm(b *tab, _ *scene) int64 {
	b.visit("/")
	return b.follow(inEntry("section[aria-labelledby=active]", "roles/compute.admin", `a[href*="/end"]`)).Status
}

func ended(b *tab, s *scene) int64 {
	activated(b, s)
	endForm(b, s)
	return b.follow(at("form[method=post] .act")).Status
}

// outsideScope sends the form that ends an activation on a project that the index does not know any
// more. A page with that form would have located the project.
func outsideScope(b *tab, s *scene) int64 {
	s.Inject(func(c wire.Call) wire.Fault {
		if c.Method == "BatchGetEffectiveIamPolicies" && strings.HasSuffix(c.Resource, "projects/"+moved) {
			return wire.Fault{Kind: wire.Refuse, Status: http.StatusNotFound}
		}
		return wire.Fault{}
	})
	return b.navigate(evaluated(`{
		const link = new URL(document.querySelector('a[href^="/projects/`+moved+`/end?"]').href);
		const form = document.createElement("form");
		form.method = "post";
		form.action = link.pathname;
		for (const [name, value] of [["role", link.searchParams.get("role")], ["id", "jit-DDDDDDDDDDDDDDDD"]]) {
			const input = document.createElement("input");
			input.name = name;
			input.value = value;
			form.append(input);
		}
		document.body.append(form);
		form.submit();
	}`), "sending the form").Status
}

// outage makes every call about a project fail with a status from now on.
func outage(project string, status int) func(*tab, *scene) int64 {
	return func(b *tab, s *scene) int64 {
		name, _ := s.World().Resolve("projects/" + project)
		s.Inject(func(c wire.Call) wire.Fault {
			if resolved, ok := s.World().Resolve(c.Resource); ok && resolved == name && c.Method == "GetIamPolicy" {
				return wire.Fault{Kind: wire.Refuse, Status: status}
			}
			return wire.Fault{}
		})
		return b.visit("/projects/" + project).Status
	}
}
