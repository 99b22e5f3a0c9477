package web_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

func TestDecide_RecordsThenNotifiesUnlessItIsARepetition(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		person, act string
		fields      url.Values
		state       activation.State
		done        []string
	}{
		{bob, "approve", nil, activation.Approved, []string{"desk approves", "auditor decided", "notifier decided"}},
		{bob, "decline", url.Values{"reason": {"use the replica"}}, activation.Declined, []string{"desk declines", "auditor decided", "notifier decided"}},
		{alice, "withdraw", nil, activation.Withdrawn, []string{"desk withdraws", "auditor decided", "notifier decided"}},
		{bob, "revoke", nil, activation.Over, []string{"desk revokes", "auditor revoked", "notifier revoked"}},
	} {
		for _, repeated := range []bool{false, true} {
			s := newRequestScene(t).as(c.person)
			s.request.state, s.request.repeated = c.state, repeated
			want, location := c.done, requestAddress+"?done="
			if repeated {
				want, location = want[:2], requestAddress+"?before="
			}
			a := s.send(t, http.MethodPost, requestAddress+"/"+c.act, c.fields)
			if a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Header().Get("Location"), location) && !strings.HasPrefix(a.Header().Get("Location"), requestAddress+"?by=") {
				t.Errorf("%s answers %d to %q", c.act, a.Code, a.Header().Get("Location"))
			}
			if diff := cmp.Diff(want, s.request.calls); diff != "" {
				t.Errorf("what was done, %s, repeated %t (-want +got):\n%s", c.act, repeated, diff)
			}
		}
	}
}

// The review's form carries a hint for each of the two people.
func TestApprove_SendsTheHintsOfTheReview(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t).as(bob)
	review := s.get(t, requestAddress)
	fields := url.Values{}
	for _, input := range review.Find(`form[action$="/approve"] input`).EachIter() {
		fields.Add(input.AttrOr("name", ""), input.AttrOr("value", ""))
	}
	s.send(t, http.MethodPost, requestAddress+"/approve", fields)
	hint := s.request.access[alice].Entitlements[0].Reference().Hint
	want := []activation.DecisionOrder{{By: bob, Subject: "accounts.google.com:1", Claims: s.request.claims, ReviewerHint: hint, BeneficiaryHint: hint}}
	if diff := cmp.Diff(want, s.request.orders); diff != "" || hint == (eligibility.Evidence{}) {
		t.Errorf("what the desk was given (-want +got):\n%s", diff)
	}
	fields = url.Values{"mine": {"garbage"}, "theirs": {strings.Repeat("A", 10_000)}}
	if a := s.send(t, http.MethodPost, requestAddress+"/approve", fields); a.Code != http.StatusSeeOther || s.request.orders[1].ReviewerHint != (eligibility.Evidence{}) {
		t.Errorf("hints of garbage answer %d, with %+v; want to be approved without any", a.Code, s.request.orders[1:])
	}
}

func TestDecline_AFaultOfTheReasonComesBackInTheReview(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t).as(bob)
	s.actError = activation.Faults{{Field: activation.FieldReason, Message: "Write a reason, for the person who asked."}}
	reason := `<img src=x onerror=alert(1)>`
	a := s.send(t, http.MethodPost, requestAddress+"/decline", url.Values{"reason": {reason}})
	field := a.Find("#reason")
	if a.Code != http.StatusUnprocessableEntity || field.AttrOr("aria-invalid", "") != "true" || field.AttrOr("value", "") != reason {
		t.Errorf("answers %d, %q, with the reason %q", a.Code, a.heading(), field.AttrOr("value", ""))
	}
	if !strings.Contains(a.Find("main").Text(), "Write a reason, for the person who asked.") || a.Find("main img[src=x]").Length() > 0 {
		t.Errorf("the page does not say what is wrong, or has taken the reason for markup:\n%s", a.Find("main").Text())
	}
	if diff := cmp.Diff([]string{"desk declines"}, s.request.calls); diff != "" || len(s.refusals) != 1 || s.refusals[0].ID != requestID {
		t.Errorf("what was done (-want +got):\n%s refusals: %+v", diff, s.refusals)
	}
}

// Whatever is wrong with a link, its page says nothing of the request, and the log has the reason.
func TestRequest_LinksThatNobodyCanUse(t *testing.T) {
	t.Parallel()
	for _, reason := range []request.Reason{
		request.Malformed, request.WrongAlgorithm, request.Critical, request.UnknownKey, request.BadSignature, request.WrongIssuer,
		request.WrongAudience, request.WrongUse, request.WrongVersion, request.NotYetValid, request.BadContents, request.KeysUnavailable,
	} {
		for _, c := range []struct{ method, act string }{
			{http.MethodGet, ""}, {http.MethodPost, "/approve"}, {http.MethodPost, "/decline"}, {http.MethodPost, "/withdraw"},
			{http.MethodPost, "/resend"}, {http.MethodPost, "/revoke"}, {http.MethodGet, "/revoke"},
		} {
			s := newRequestScene(t).as(bob)
			s.request.redeemError = &request.Error{Reason: reason}
			status, heading := http.StatusBadRequest, "The link is damaged"
			if reason == request.KeysUnavailable {
				status, heading = http.StatusServiceUnavailable, "Google's key server did not answer"
			}
			a := s.send(t, c.method, requestAddress+c.act, nil)
			if a.Code != status || a.heading() != heading || strings.Contains(a.Text(), alice) || len(s.request.calls) > 0 {
				t.Errorf("%s: %s%s answers %d, %q, want %d, %q; it does %q", reason, c.method, c.act, a.Code, a.heading(), status, heading, s.request.calls)
			}
			if len(s.refusals) != 1 || !strings.Contains(s.refusals[0].Refusal.Cause, string(reason)) {
				t.Errorf("%s: refusals = %+v, want one with the reason", reason, s.refusals)
			}
		}
	}
	s := newRequestScene(t).as(bob)
	for _, text := range []string{"garbage", "~", "ABC", "%2e%2e"} {
		if a := s.get(t, "/?activation="+text+"&projectId="+payments); a.Code != http.StatusBadRequest || a.heading() != "The link is damaged" {
			t.Errorf("a link of 1.8.1 with %q answers %d, %q", text, a.Code, a.heading())
		}
	}
}

func TestRequest_AnExpiredOneIsShownToThoseWhomItNames(t *testing.T) {
	t.Parallel()
	for person, heading := range map[string]string{alice: "Expired", bob: "Expired", mallory: "You were not asked to review this"} {
		s := newRequestScene(t).as(person)
		s.request.claims.IssuedAt, s.request.claims.Expires = now.Add(-2*time.Hour), now.Add(-time.Hour)
		s.request.redeemError = &request.Error{Reason: request.Expired}
		status := http.StatusGone
		if person == mallory {
			status = http.StatusForbidden
		}
		if a := s.get(t, requestAddress); a.Code != status || a.heading() != heading || a.Find(`form[action$="/approve"]`).Length() > 0 {
			t.Errorf("%s gets %d, %q, want %d, %q", person, a.Code, a.heading(), status, heading)
		}
	}
	s := newRequestScene(t).as(bob)
	s.request.redeemError = &request.Error{Reason: request.Expired}
	s.actError = &activation.Refusal{Reason: activation.RequestExpired}
	if a := s.send(t, http.MethodPost, requestAddress+"/approve", nil); a.Code != http.StatusGone || a.heading() != "This request has expired" {
		t.Errorf("approving it answers %d, %q", a.Code, a.heading())
	}
}

func TestDecide_RefusalsArePagesThatSayNothingOfTheCause(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason  activation.Reason
		status  int
		heading string
	}{
		{activation.OwnRequest, http.StatusForbidden, "This is your own request"},
		{activation.NotReviewer, http.StatusForbidden, "You were not asked to review this"},
		{activation.LostEligibility, http.StatusConflict, "alice@example.com is no longer eligible for this role"},
		{activation.ReviewerLost, http.StatusForbidden, "You can no longer approve this"},
		{activation.GroupUnreadable, http.StatusServiceUnavailable, "A group could not be read"},
		{activation.BindingChanged, http.StatusConflict, "The rules of this role have changed"},
		{activation.RulesChanged, http.StatusConflict, "This has changed since the page was shown"},
		{activation.RequestSpent, http.StatusConflict, "This request is over"},
		{activation.WindowOver, http.StatusConflict, "This has changed since the page was shown"},
		{activation.RequestExpired, http.StatusGone, "This request has expired"},
		{activation.Guarded, http.StatusForbidden, "The portal activates nothing on " + payments},
	} {
		for _, act := range []string{"/approve", "/decline"} {
			s := newRequestScene(t).as(bob)
			s.actError = &activation.Refusal{Reason: c.reason, Err: errors.New(secret)}
			a := s.send(t, http.MethodPost, requestAddress+act, url.Values{"reason": {"no"}})
			if a.Code != c.status || a.heading() != c.heading || strings.Contains(a.Text(), "upstream said") {
				t.Errorf("%s: %s answers %d, %q, want %d, %q", c.reason, act, a.Code, a.heading(), c.status, c.heading)
			}
			if len(s.request.calls) != 1 || len(s.refusals) != 1 || s.refusals[0].Refusal.Reason != string(c.reason) || s.refusals[0].ID != requestID {
				t.Errorf("%s: it does %q, and the refusals are %+v", c.reason, s.request.calls, s.refusals)
			}
		}
	}
}

// A page shows the decision that the policy holds, whatever its address says.
func TestRequest_TheAddressOfAPageDecidesNothing(t *testing.T) {
	t.Parallel()
	for _, done := range []string{"approved", "declined", "revoked", "asked", "<b>"} {
		s := newRequestScene(t).as(bob)
		if a := s.get(t, requestAddress+"?done="+url.QueryEscape(done)+"&untold=0,9,-1,x"); !strings.Contains(a.heading(), "asks for") && a.Find(`form[action$="/approve"]`).Length() != 1 {
			t.Errorf("?done=%s shows a waiting request as %q", done, a.heading())
		}
		s.setDecision("Declined by "+carol+": no", eligibility.Window{Start: now, End: now})
		if a := s.get(t, requestAddress+"?done="+url.QueryEscape(done)); !strings.HasPrefix(a.heading(), "Declined") {
			t.Errorf("?done=%s shows a declined request as %q", done, a.heading())
		}
	}
}

func TestReview_IsOnlyForWhoCanApproveWhatWaits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		person string
		change func(*scene)
		want   bool
	}{
		"a reviewer":       {bob, func(*scene) {}, true},
		"the beneficiary":  {alice, func(*scene) {}, false},
		"lost by reviewer": {bob, func(s *scene) { delete(s.request.access, bob) }, false},
		"lost by both":     {bob, func(s *scene) { s.request.access = map[string]eligibility.ProjectAccess{bob: s.request.access[bob]} }, false},
		"another binding":  {bob, func(s *scene) { s.request.claims.Binding = strings.Repeat("B", 43) }, false},
		"approved":         {bob, func(s *scene) { s.setDecision("Approved by "+carol, openWindow()) }, false},
	} {
		s := newRequestScene(t).as(c.person)
		c.change(s)
		status := http.StatusOK
		if name == "lost by reviewer" { // they get a page that says so
			status = http.StatusForbidden
		}
		if a := s.get(t, requestAddress); a.Code != status || (a.Find(`form[action$="/approve"]`).Length() == 1) != c.want {
			t.Errorf("%s: answers %d, %q; want the form: %t", name, a.Code, a.heading(), c.want)
		}
	}
}

// Whoever looks at a request that nobody can approve any more reads why, instead of a time until
// which they could.
func TestRequest_SaysWhyNobodyCanApproveIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change       func(*scene)
		heading, why string
		again        bool
	}{
		"other rules for justifications": {func(s *scene) { s.request.claims.Justification = "" }, "This request is over", "The rules for justifications or durations have changed", true},
		"a window that is over": {func(s *scene) {
			s.request.claims.Fixed = &eligibility.Window{Start: now.Add(-time.Hour), End: now}
		}, "This request is over", "The time that was asked for is over.", true},
		"the portal's own project": {func(s *scene) { s.request.claims.Key.Resource = "projects/jit-access"; s.moveAccess() }, "This request is over", "The portal never activates a role on this project", false},
		"not eligible":             {func(s *scene) { s.request.access = nil }, "No longer eligible", "cannot be approved", false},
	} {
		for _, person := range []string{alice, bob} {
			s := newRequestScene(t).as(person)
			c.change(s)
			a := s.get(t, requestAddress)
			page := strings.Join(strings.Fields(a.Find("main").Text()), " ")
			if a.Code != http.StatusOK || a.heading() != c.heading || !strings.Contains(page, c.why) || strings.Contains(page, "can be approved until") {
				t.Errorf("%s, for %s: answers %d, %q: %s", name, person, a.Code, a.heading(), page)
			}
			if again := a.Find(`a[href*="/request?role="]`).Length() > 0; again != (c.again && person == alice) || a.Find("form").Length() > 0 {
				t.Errorf("%s, for %s: offers to ask again: %t; forms: %d", name, person, again, a.Find("form").Length())
			}
		}
		s := newRequestScene(t)
		c.change(s)
		if s.send(t, http.MethodPost, requestAddress+"/resend", nil); len(s.notified) > 0 {
			t.Errorf("%s: the e-mail was sent again: %+v", name, s.notified)
		}
	}
}

func TestHoldings_ShowsTitlesAndFindings(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t).as(carol)
	s.setDecision(descriptionOf(activation.Approved, bob), openWindow())
	s.request.holdings, s.request.titles = s.request.access[alice].Activations, map[string]string{admin: "Compute Admin"}
	s.request.findings = []eligibility.Finding{{Seen: "The marker is misspelt.", Write: "Write it as it is.", Grants: true}}
	page := s.get(t, "/projects/"+payments+"/holdings")
	question := s.get(t, page.Find(`a[href*="/revoke?"]`).AttrOr("href", ""))
	for want, text := range map[string]string{
		"Compute Admin of alice@example.com": page.mainText(), "The marker is misspelt.": page.mainText(), "May grant access as it is written": page.mainText(),
		"Revoke Compute Admin on payments-prod from alice@example.com now?": question.heading(),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q: %s", want, text)
		}
	}
}

// Once no link led administrators to the list of who has access.
func TestProject_LeadsAdministratorsToWhoHasAccess(t *testing.T) {
	t.Parallel()
	for person, want := range map[string]int{carol: 1, bob: 0} {
		s := newRequestScene(t).as(person)
		if got := s.get(t, "/projects/"+payments).Find("main a[href='/projects/" + payments + "/holdings']").Length(); got != want {
			t.Errorf("%s gets %d links, want %d", person, got, want)
		}
	}
}

// A slow look-up of administrators costs the page its link, and keeps nobody waiting.
func TestProject_WaitsASecondForALink(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, start := newRequestScene(t).as(carol), time.Now()
		s.request.adminsUnanswered = true
		a := s.get(t, "/projects/"+payments)
		if links := a.Find("main a[href$='/holdings']").Length(); a.Code != http.StatusOK || links != 0 || time.Since(start) > time.Second {
			t.Errorf("answers %d with %d links after %v", a.Code, links, time.Since(start))
		}
	})
}

func TestHoldings_AreForAdministratorsAndRevokeWhatTheyShow(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t).as(carol)
	s.setDecision("Approved by "+bob, openWindow())
	over := eligibility.Activation{Key: eligibility.Key{Resource: "projects/" + payments, Role: "roles/over"}, User: bob, Window: eligibility.Window{Start: now.Add(-2 * time.Hour), End: now.Add(-time.Hour)}}
	s.request.holdings = slices.Concat(s.request.access[alice].Activations, []eligibility.Activation{over})
	page := s.get(t, "/projects/"+payments+"/holdings")
	links := page.Find(`a[href*="/revoke?"]`)
	if !strings.Contains(page.Text(), alice) || strings.Contains(page.Text(), "roles/over") || links.Length() != 1 {
		t.Fatalf("the page, headed %q, has %d links to revoke", page.heading(), links.Length())
	}
	question := s.get(t, links.AttrOr("href", ""))
	form := question.Find("main form[method=post]")
	fields := url.Values{}
	for _, input := range form.Find("input").EachIter() {
		fields.Add(input.AttrOr("name", ""), input.AttrOr("value", ""))
	}
	a := s.send(t, http.MethodPost, form.AttrOr("action", ""), fields)
	if want := "/projects/" + payments + "/holdings?by=" + url.QueryEscape(carol) + "&done=revoked&"; a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Header().Get("Location"), want) {
		t.Errorf("revoking answers %d, %q to %q", a.Code, a.heading(), a.Header().Get("Location"))
	}
	want := []activation.Revocation{{By: carol, Subject: "accounts.google.com:1", User: alice, Key: s.request.claims.Key, ID: requestID}}
	if diff := cmp.Diff(want, s.request.revoke); diff != "" {
		t.Errorf("what the desk was given (-want +got):\n%s", diff)
	}
	for name, change := range map[string]url.Values{"no user": {"user": {""}}, "a user of markup": {"user": {"<b>"}}, "a foreign id": {"id": {"x] [y"}}, "no role": {"role": {"x"}}} {
		bad := url.Values{"role": fields["role"], "user": fields["user"], "id": fields["id"]}
		for field, value := range change {
			bad[field] = value
		}
		if a := s.send(t, http.MethodPost, "/projects/"+payments+"/revoke", bad); a.Code != http.StatusBadRequest || len(s.request.revoke) != 1 {
			t.Errorf("%s answers %d", name, a.Code)
		}
	}
}
