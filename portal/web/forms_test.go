package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
)

func activateForm(t *testing.T) url.Values {
	t.Helper()
	return url.Values{"role": {reference(admin)}, "id": {id(t)}, "justification": {"CASE-1041"}, "duration": {"30m"}}
}

func TestActivate_HandsTheOrderOverAndLeadsToTheResult(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	form := activateForm(t)
	a := s.send(t, http.MethodPost, "/projects/"+payments+"/activate", form)
	if want := "/projects/" + payments + "/activations/" + form.Get("id"); a.Code != http.StatusSeeOther || a.Header().Get("Location") != want {
		t.Errorf("answers %d to %q, want 303 to %s", a.Code, a.Header().Get("Location"), want)
	}
	want := []activation.Order{{
		Person: alice, Project: payments, ID: form.Get("id"), Justification: "CASE-1041", Duration: 30 * time.Minute,
		Roles: []eligibility.Reference{{Role: admin, Constraint: eligibility.SelfApproval}},
	}}
	if diff := cmp.Diff(want, s.orders); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
}

func TestActivate_FaultsComeBackInTheFormWithWhatWasWritten(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.actError = activation.Faults{
		{Field: activation.FieldJustification, Message: "Write what is asked for: Bug or case number."},
		{Field: activation.FieldDuration, Message: "At most 120 minutes."},
	}
	form := activateForm(t)
	form.Set("justification", `"><script>alert(1)</script>`)
	form.Set("duration", "other")
	form.Set("minutes", "500")
	a := s.send(t, http.MethodPost, "/projects/"+payments+"/activate", form)
	if a.Code != http.StatusUnprocessableEntity {
		t.Fatalf("answers %d, want 422", a.Code)
	}
	values := map[string]string{}
	for _, name := range []string{"role", "id", "justification", "minutes"} {
		values[name] = a.Find("form[method=post] [name="+name+"]").AttrOr("value", "")
	}
	if diff := cmp.Diff(map[string]string{"role": form.Get("role"), "id": form.Get("id"), "justification": form.Get("justification"), "minutes": "500"}, values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	var summary []string
	for _, link := range a.Find(`[aria-labelledby=summary] a`).EachIter() {
		target := link.AttrOr("href", "")
		if a.Find(target).Length() != 1 {
			t.Errorf("the summary leads to %s, which is not there", target)
		}
		summary = append(summary, link.Text())
	}
	if diff := cmp.Diff([]string{"Write what is asked for: Bug or case number", "At most 120 minutes"}, summary); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if a.Find("main script").Length() > 0 {
		t.Error("the justification became markup")
	}
	if len(s.refusals) != 1 || s.refusals[0].Refusal.Reason != string(activation.Malformed) {
		t.Errorf("refusals = %+v, want one MALFORMED", s.refusals)
	}
}

func TestActivate_ErrorsArePagesThatSayNothingOfTheCause(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err     error
		status  int
		heading string
		reason  string
	}{
		{&activation.Refusal{Reason: activation.NotEligible, Err: errUpstream}, http.StatusForbidden, "You have no access to this role", "NOT_ELIGIBLE"},
		{&activation.Refusal{Reason: activation.Guarded, Err: errUpstream}, http.StatusForbidden, "The portal activates nothing on " + payments, "GUARDED"},
		{&activation.Refusal{Reason: activation.OutOfScope, Err: errUpstream}, http.StatusForbidden, "The portal does not manage " + payments, "OUT_OF_SCOPE"},
		{&activation.Refusal{Reason: activation.Conflict, Err: errUpstream}, http.StatusConflict, "Somebody else changed the policy at the same time", "CONFLICT"},
		{&activation.Refusal{Reason: activation.StaleForm, Err: errUpstream}, http.StatusConflict, "This has changed since the page was shown", "STALE_FORM"},
		{&activation.Refusal{Reason: activation.NotGrantable, Err: errUpstream}, http.StatusConflict, "This has changed since the page was shown", "NOT_GRANTABLE"},
		{&upstream.Outage{Service: "Resource Manager", Err: errUpstream}, http.StatusServiceUnavailable, "Resource Manager did not answer", "NO_ANSWER"},
		{&upstream.Outage{Service: "Resource Manager", Unsettled: true, Err: errUpstream}, http.StatusServiceUnavailable, "It is not certain whether this worked", "UNSETTLED"},
		{&upstream.Outage{Service: "Resource Manager", Permission: "a.b.c", Resource: "projects/x", Err: errUpstream}, http.StatusServiceUnavailable, "The portal lacks a permission", "NOT_PERMITTED"},
		{errUpstream, http.StatusInternalServerError, "Something went wrong in the portal", "UNEXPECTED"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			s.actError = c.err
			a := s.send(t, http.MethodPost, "/projects/"+payments+"/activate", activateForm(t))
			if a.Code != c.status || a.heading() != c.heading {
				t.Errorf("answers %d, %q, want %d, %q", a.Code, a.heading(), c.status, c.heading)
			}
			if strings.Contains(a.Body.String(), "upstream said") || strings.Contains(a.Body.String(), "bob@") {
				t.Errorf("the page says the cause:\n%s", a.Body)
			}
			if len(s.refusals) != 1 || s.refusals[0].Refusal.Reason != c.reason || !strings.Contains(s.refusals[0].Refusal.Cause, secret) {
				t.Errorf("refusals = %+v, want one %s with its cause", s.refusals, c.reason)
			}
			if !strings.Contains(a.Body.String(), s.refusals[0].By.Request) {
				t.Error("the page does not show the request's number, which the log has")
			}
		})
	}
}

// The page names the resource that a permission is missing on only if it is the project of the
// address. The scope and the portal's own account are for the log.
func TestActivate_NamesNoResourceThatThePersonDidNot(t *testing.T) {
	t.Parallel()
	for resource, shown := range map[string]bool{"projects/" + payments: true, "organizations/1": false, "portal@jit-access.iam.gserviceaccount.com": false} {
		s := newScene(t)
		s.actError = &upstream.Outage{Service: "Resource Manager", Permission: "a.b.c", Resource: resource}
		a := s.send(t, http.MethodPost, "/projects/"+payments+"/activate", activateForm(t))
		if body := a.Find("main").Text(); strings.Contains(body, resource) != shown || !strings.Contains(body, "a.b.c") {
			t.Errorf("about %s the page says %q; names it: want %t", resource, body, shown)
		}
	}
}

// A form that lost the race against another change can be sent again as it was.
func TestActivate_AConflictOffersTheFormOnceMore(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.actError = &activation.Refusal{Reason: activation.Conflict}
	form := activateForm(t)
	a := s.send(t, http.MethodPost, "/projects/"+payments+"/activate", form)
	again := url.Values{}
	for _, input := range a.Find("form#again input").EachIter() {
		again.Add(input.AttrOr("name", ""), input.AttrOr("value", ""))
	}
	if diff := cmp.Diff(form, again); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestForms_OfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for name, modify := range map[string]func(*http.Request){
		"cross-site": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"origin":     func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
	} {
		a := s.send(t, http.MethodPost, "/projects/"+payments+"/activate", activateForm(t), modify)
		if a.Code != http.StatusForbidden || a.heading() != "This came from another site" {
			t.Errorf("%s answers %d, %q", name, a.Code, a.heading())
		}
	}
	if len(s.orders) > 0 {
		t.Errorf("orders: %+v", s.orders)
	}
	own := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }
	if a := s.send(t, http.MethodPost, "/projects/"+payments+"/activate", activateForm(t), own); a.Code != http.StatusSeeOther {
		t.Errorf("the portal's own form answers %d", a.Code)
	}
}
