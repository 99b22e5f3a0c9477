//go:build browser

package browser

import (
	"net/http"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// requestPages are the pages of a request, in the states that differ in structure. Each request has
// a beneficiary of its own.
var requestPages = map[string]page{
	"request":                    {alice, http.StatusOK, requestForm(multiPartyRole)},
	"request, few peers":         {alice, http.StatusOK, requestForm("roles/storage.objectAdmin")},
	"request, no peer":           {alice, http.StatusOK, requestForm("roles/spanner.databaseAdmin")},
	"request, errors":            {alice, http.StatusUnprocessableEntity, requestErrors},
	"waiting":                    {person(0), http.StatusOK, after(0, noAct)},
	"sent":                       {person(1), http.StatusOK, after(1, func(r request) string { return r.page + "?done=asked&told=0,1" })},
	"not sent":                   {person(2), http.StatusOK, after(2, func(r request) string { return r.madePage })},
	"approved":                   {person(3), http.StatusOK, after(3, afterAct(bob, "approve"))},
	"approved, for the reviewer": {bob, http.StatusOK, after(4, afterAct(carol, "approve"))},
	"over":                       {person(5), http.StatusOK, after(5, afterAct(bob, "approve"), afterAct(bob, "revoke"))},
	"declined":                   {person(6), http.StatusOK, after(6, afterAct(carol, "decline"))},
	"withdrawn":                  {bob, http.StatusOK, after(7, afterAct(person(7), "withdraw"))},
	"spent":                      {person(8), http.StatusOK, after(8, closedByAnother)},
	"expired":                    {person(9), http.StatusGone, after(9, expired)},
	"expired, decided":           {bob, http.StatusGone, sendDecision("approve", after(10, expired))},
	"ineligible":                 {person(11), http.StatusOK, after(11, func(r request) string { r.s.removeEligibility(r.t, person(11)); return r.page })},
	"review":                     {bob, http.StatusOK, after(12, noAct)},
	"review, errors":             {bob, http.StatusUnprocessableEntity, reviewErrors},
	"decided, approved":          {bob, http.StatusOK, after(14, rightAfterAct(bob, "approve"))},
	"decided, declined":          {carol, http.StatusOK, after(15, rightAfterAct(carol, "decline"))},
	"decided, withdrawn":         {person(16), http.StatusOK, after(16, rightAfterAct(person(16), "withdraw"))},
	"decided, revoked":           {bob, http.StatusOK, after(17, afterAct(bob, "approve"), rightAfterAct(bob, "revoke"))},
	"revoke":                     {bob, http.StatusOK, after(18, afterAct(bob, "approve"), func(r request) string { return r.page + "/revoke" })},
	"own request":                {person(0), http.StatusForbidden, sendDecision("approve", after(0, noAct))},
	"not a reviewer":             {erin, http.StatusForbidden, after(0, noAct)},
	"reviewer not eligible":      {dave, http.StatusForbidden, reviewerLeft},
	"damaged link":               {bob, http.StatusBadRequest, visiting("/?activation=damaged")},
	"holdings":                   {testbed.Administrator, http.StatusOK, holdings},
	"holdings, none":             {testbed.Administrator, http.StatusOK, visiting("/projects/" + forbidden + "/holdings")},
	"holdings, revoke":           {testbed.Administrator, http.StatusOK, holdingsRevoke},
	"holdings, revoked":          {testbed.Administrator, http.StatusOK, holdingsRevoked},
}

// requestHeadings are how their headings begin, so that no state is taken for another.
var requestHeadings = map[string]string{
	"request":                    "Request Cloud SQL Admin",
	"request, few peers":         "Request Storage Object Admin",
	"request, no peer":           "Request Cloud Spanner Database Admin",
	"request, errors":            "Request Cloud SQL Admin",
	"waiting":                    "Waiting for approval",
	"sent":                       "Waiting for approval",
	"not sent":                   "Not sent",
	"approved":                   "Active until ",
	"approved, for the reviewer": "Active until ",
	"over":                       "Approved, and over",
	"declined":                   "Declined",
	"withdrawn":                  "Withdrawn",
	"spent":                      "This request is over",
	"expired":                    "Expired",
	"expired, decided":           "This request has expired",
	"ineligible":                 "No longer eligible",
	"review":                     person(12) + " asks for Cloud SQL Admin",
	"review, errors":             person(13) + " asks for Cloud SQL Admin",
	"decided, approved":          "Approved. " + person(14) + " has Cloud SQL Admin until ",
	"decided, declined":          "Declined",
	"decided, withdrawn":         "Withdrawn",
	"decided, revoked":           "Revoked",
	"revoke":                     "Revoke Cloud SQL Admin",
	"own request":                "This is your own request",
	"not a reviewer":             "You were not asked to review this",
	"reviewer not eligible":      "You can no longer approve this",
	"damaged link":               "The link is damaged",
	"holdings":                   "Who has access to " + project,
	"holdings, none":             "Who has access to " + forbidden,
	"holdings, revoke":           "Revoke Cloud SQL Admin",
	"holdings, revoked":          "Who has access to " + project,
}

func TestBrowser_EveryPageOfARequestIsAccessibleInEachLook(t *testing.T) {
	t.Parallel()
	headed := map[string]page{}
	for name, p := range requestPages {
		heading, ok := requestHeadings[name]
		if !ok {
			t.Fatalf("the page %q has no heading to expect", name)
		}
		headed[name] = page{p.email, p.status, func(b *tab, s *scene) int64 {
			status := p.reach(b, s)
			b.wantPrefix("the heading", b.heading(), heading)
			return status
		}}
	}
	checkPages(t, newScene(t, options{prepare: prepareRequests}), headed)
}

// after lets the person of that number ask, and takes steps with the request. The last step returns
// the address that is then shown.
func after(number int, steps ...func(request) string) func(*tab, *scene) int64 {
	return func(b *tab, s *scene) int64 {
		r, address := s.ask(b.t, person(number)), ""
		for _, step := range steps {
			address = step(r)
		}
		return b.visit(address).Status
	}
}

func noAct(r request) string { return r.page }

// afterAct is a step that shows the request's page at any later time, rightAfterAct one that shows
// the page to which the act redirects.
func afterAct(email, act string) func(request) string {
	return func(r request) string {
		r.act(email, act)
		return r.page
	}
}

func rightAfterAct(email, act string) func(request) string {
	return func(r request) string { return r.act(email, act) }
}

func expired(r request) string { return r.expire().page }

func closedByAnother(r request) string {
	r.s.ask(r.t, person(8)).act(bob, "approve")
	return r.page
}

// sendDecision sends a decision that the page no longer offers, as from a page that was left open.
func sendDecision(act string, reach func(*tab, *scene) int64) func(*tab, *scene) int64 {
	return func(b *tab, s *scene) int64 {
		reach(b, s)
		b.do(evaluated(`const form = document.createElement("form"), button = document.createElement("button");
			form.method = "post"; form.action = location.pathname + "/` + act + `"; button.id = "late"; button.textContent = "Send";
			form.append(button); document.querySelector("main").prepend(form)`))
		return b.follow(at("#late")).Status
	}
}

// requestForm is the form that asks for a role, with the others of the project at hand.
func requestForm(role string) func(*tab, *scene) int64 {
	return func(b *tab, _ *scene) int64 {
		b.visit("/projects/" + project)
		b.choose(inEntry("form[method=get]", role, "input"))
		return b.follow(at("form[method=get] .act")).Status
	}
}

func requestErrors(b *tab, s *scene) int64 {
	requestForm(multiPartyRole)(b, s)
	b.do(evaluated(`document.querySelector("form[method=post]").noValidate = true`))
	b.write("#justification", "   ")
	b.choose(at(`input[name=duration][value=other]`))
	b.write("#minutes", "9999")
	return b.follow(at("form[method=post] .act")).Status
}

// reviewErrors declines without a reason.
func reviewErrors(b *tab, s *scene) int64 {
	after(13, noAct)(b, s)
	b.choose(at("aside details summary"))
	b.do(evaluated(`document.querySelector("aside details form").noValidate = true`))
	return b.follow(at("aside details button")).Status
}

func reviewerLeft(b *tab, s *scene) int64 {
	r := s.ask(b.t, person(19), dave, carol)
	s.removeEligibility(b.t, dave)
	return b.visit(r.page).Status
}

func holdings(b *tab, s *scene) int64 {
	s.ask(b.t, alice).act(bob, "approve")
	return b.visit("/projects/" + project + "/holdings").Status
}

func holdingsRevoke(b *tab, s *scene) int64 {
	s.ask(b.t, carol, bob, dave).act(bob, "approve")
	b.visit("/projects/" + project + "/holdings")
	return b.follow(inEntry("main", carol, `a[href*="/revoke"]`)).Status
}

func holdingsRevoked(b *tab, s *scene) int64 {
	s.ask(b.t, person(20)).act(bob, "approve")
	b.visit("/projects/" + project + "/holdings")
	b.follow(inEntry("main", person(20), `a[href*="/revoke"]`))
	status := b.follow(at("main form[method=post] .act")).Status
	b.wantPrefix("what was revoked", evaluate[string](b, `document.querySelector("main .stack p strong").textContent`), "Revoked: Cloud SQL Admin")
	return status
}
