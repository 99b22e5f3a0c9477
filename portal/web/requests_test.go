package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/identity"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

const (
	askAddress     = "/projects/" + payments + "/request"
	requestAddress = "/requests/" + token
)

func newRequestScene(t *testing.T) *scene {
	t.Helper()
	s := newScene(t)
	s.hasRequest = true
	return s
}

func peerReference() string {
	return eligibility.Reference{Role: admin, Constraint: eligibility.MultiPartyApproval}.Encode()
}

// reviewerField is the value by which the form names somebody.
func (s *scene) reviewerField(t *testing.T, email string) string {
	t.Helper()
	a := s.get(t, askAddress+"?role="+peerReference())
	for _, box := range a.Find("input[name=reviewer]").EachIter() {
		if value := box.AttrOr("value", ""); strings.HasPrefix(value, email+" ") {
			return value
		}
	}
	t.Fatalf("the form, headed %q, does not offer %s", a.heading(), email)
	return ""
}

func (s *scene) requestForm(t *testing.T, reviewers ...string) url.Values {
	t.Helper()
	form := url.Values{"role": {peerReference()}, "id": {requestID}, "justification": {"CASE-1042"}, "duration": {"1h0m0s"}}
	for _, r := range reviewers {
		form.Add("reviewer", s.reviewerField(t, r))
	}
	return form
}

// openWindow is a window that is open now.
func openWindow() eligibility.Window {
	return eligibility.Window{Start: now.Add(-30 * time.Second), End: now.Add(time.Hour)}
}

// Every address of a request is tested for somebody who is not signed in, somebody whom the request
// does not name, and somebody whom it names.
func TestRequest_EveryPageForTheAnonymousTheForbiddenAndTheAllowed(t *testing.T) {
	t.Parallel()
	roles := "?role=" + url.QueryEscape(peerReference())
	held := url.Values{"role": {peerReference()}, "user": {alice}, "id": {requestID}}
	form := url.Values{"role": {peerReference()}, "id": {requestID}, "justification": {"CASE-1042"}, "duration": {"30m"}, "reviewer": {bob + " x"}}
	administration := "/projects/" + payments
	for _, c := range []struct {
		method, address    string
		fields             url.Values
		allowed            string
		approved           bool
		status             int
		forbidden, heading string // who may not, and what they read
	}{
		{http.MethodGet, askAddress + roles, nil, alice, false, 200, mallory, "You have no access to this role"},
		{http.MethodPost, askAddress, form, alice, false, 303, mallory, "You have no access to this role"},
		{http.MethodGet, requestAddress, nil, alice, false, 200, mallory, "You were not asked to review this"},
		{http.MethodGet, requestAddress, nil, bob, false, 200, mallory, "You were not asked to review this"},
		{http.MethodPost, requestAddress + "/approve", nil, bob, false, 303, mallory, "You were not asked to review this"},
		{http.MethodPost, requestAddress + "/decline", url.Values{"reason": {"no"}}, bob, false, 303, mallory, "You were not asked to review this"},
		{http.MethodPost, requestAddress + "/withdraw", nil, alice, false, 303, mallory, "You were not asked to review this"},
		{http.MethodPost, requestAddress + "/resend", nil, alice, false, 303, mallory, "You were not asked to review this"},
		{http.MethodPost, requestAddress + "/resend", nil, alice, false, 303, bob, "You were not asked to review this"},
		{http.MethodGet, requestAddress + "/revoke", nil, bob, true, 200, mallory, "You were not asked to review this"},
		{http.MethodPost, requestAddress + "/revoke", nil, bob, true, 303, mallory, "You were not asked to review this"},
		{http.MethodGet, administration + "/holdings", nil, carol, true, 200, bob, "You have no access here"},
		{http.MethodGet, administration + "/revoke?" + held.Encode(), nil, carol, true, 200, bob, "You have no access to this role"},
		{http.MethodPost, administration + "/revoke", held, carol, true, 303, bob, "You have no access to this role"},
	} {
		t.Run(c.method+" "+strings.ReplaceAll(c.address, token, "TOKEN")+" by "+c.allowed, func(t *testing.T) {
			t.Parallel()
			scenes := [3]*scene{newRequestScene(t), newRequestScene(t), newRequestScene(t)}
			for _, s := range scenes {
				if c.approved {
					s.setDecision("Approved by "+bob, openWindow())
					s.request.holdings = s.request.access[alice].Activations
				}
			}
			anonymous, forbidden, allowed := scenes[0], scenes[1].as(c.forbidden), scenes[2].as(c.allowed)
			anonymous.identityError = &identity.Error{Reason: identity.Missing}
			if a := anonymous.send(t, c.method, c.address, c.fields); a.Code != http.StatusForbidden || a.heading() != "Sign in to continue" || len(anonymous.request.calls) > 0 {
				t.Errorf("nobody gets %d, %q, and has done %q", a.Code, a.heading(), anonymous.request.calls)
			}
			switch {
			case c.heading == "You have no access to this role":
				forbidden.request.peers, forbidden.actError = eligibility.Peers{}, &activation.Refusal{Reason: activation.NotEligible}
			case c.forbidden == bob && !strings.HasPrefix(c.address, requestAddress):
				forbidden.actError = &activation.Refusal{Reason: activation.NotReviewer} // the desk knows administrators
			}
			a := forbidden.send(t, c.method, c.address, c.fields)
			if a.Code != http.StatusForbidden || a.heading() != c.heading || strings.Contains(a.Body.String(), "CASE-1042") || strings.Contains(a.Body.String(), requestID) {
				t.Errorf("who may not gets %d, %q:\n%s", a.Code, a.heading(), a.Body)
			}
			if slices.ContainsFunc(forbidden.request.calls, func(s string) bool { return strings.HasPrefix(s, "notifier") }) || len(forbidden.refusals) != 1 {
				t.Errorf("who may not has done %q, with the refusals %+v", forbidden.request.calls, forbidden.refusals)
			}
			if a := allowed.send(t, c.method, c.address, c.fields); a.Code != c.status {
				t.Errorf("who may gets %d, %q, want %d", a.Code, a.heading(), c.status)
			}
		})
	}
}

// Signing in again after an expired session repeats a POST as a GET, and a mail scanner sends a
// GET.
func TestRequest_AGetOfAnAddressToPostToLeadsBackAndDoesNothing(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		askAddress:                          "/projects/" + payments + "?lost=request",
		requestAddress + "/approve":         requestAddress + "?lost=approve",
		requestAddress + "/decline":         requestAddress + "?lost=decline",
		requestAddress + "/withdraw":        requestAddress + "?lost=withdraw",
		requestAddress + "/resend":          requestAddress + "?lost=resend",
		requestAddress + "/revoke":          requestAddress, // nothing is open
		requestAddress + "/anything":        requestAddress,
		"/projects/" + payments + "/revoke": "/projects/" + payments + "/holdings?lost=revoke",
		"/?activation=" + request.Obscure(token) + "&projectId=" + payments: requestAddress,
		"/?activation=" + request.Obscure(token):                            requestAddress,
	} {
		for _, person := range []string{alice, bob, carol} {
			s := newRequestScene(t).as(person)
			a := s.get(t, address)
			if a.Code != http.StatusSeeOther || a.Header().Get("Location") != want || len(s.request.calls) > 0 {
				t.Errorf("GET %s by %s answers %d to %q and does %q, want a redirect to %s", address, person, a.Code, a.Header().Get("Location"), s.request.calls, want)
			}
		}
	}
}

func TestAsk_RecordsThenNotifiesAndLeadsToTheRequest(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t)
	a := s.send(t, http.MethodPost, askAddress, s.requestForm(t, bob, carol))
	if want := requestAddress + "?done=asked&told=0%2C1%2C2"; a.Code != http.StatusSeeOther || a.Header().Get("Location") != want {
		t.Fatalf("answers %d to %q, want 303 to %s", a.Code, a.Header().Get("Location"), want)
	}
	if diff := cmp.Diff([]string{"desk asks", "auditor asked", "notifier asked"}, s.request.calls); diff != "" {
		t.Errorf("what was done (-want +got):\n%s", diff)
	}
	hint := s.request.peers.People[0].Evidence
	want := []activation.Ask{{
		Order: activation.Order{
			Person: alice, Project: payments, ID: requestID, Justification: "CASE-1042", Duration: time.Hour,
			Roles: []eligibility.Reference{{Role: admin, Constraint: eligibility.MultiPartyApproval}},
		},
		Subject:   "accounts.google.com:1",
		Reviewers: []activation.Reviewer{{Email: bob, Hint: hint}, {Email: carol, Hint: hint}},
	}}
	if diff := cmp.Diff(want, s.request.asks); diff != "" {
		t.Errorf("what the desk was asked (-want +got):\n%s", diff)
	}
	link := event.Addresses{Request: publicURL + "/?activation=" + request.Obscure(token) + "&projectId=" + payments, Home: publicURL + "/", GrantsMore: true}
	if diff := cmp.Diff([]event.Addresses{link}, s.request.addresses); diff != "" {
		t.Errorf("links of the mail (-want +got):\n%s", diff)
	}
	page := s.get(t, a.Header().Get("Location"))
	if page.heading() != "Waiting for approval" || !strings.Contains(page.Text(), link.Request) && page.Find("input[value='"+link.Request+"']").Length() == 0 {
		t.Errorf("the request is headed %q, and does not show its link", page.heading())
	}
}

func TestAsk_FaultsComeBackInTheFormWithTheChosenReviewers(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t)
	form := s.requestForm(t, bob, carol)
	form.Set("justification", `"><script>alert(1)</script>`)
	s.actError = activation.Faults{
		{Field: activation.FieldReviewers, Message: "Choose at most 1 reviewer; these are 2."},
		{Field: activation.FieldJustification, Message: "Write what is asked for: Bug or case number."},
	}
	a := s.send(t, http.MethodPost, askAddress, form)
	if a.Code != http.StatusUnprocessableEntity || a.Find("main script").Length() > 0 {
		t.Fatalf("answers %d, %q", a.Code, a.heading())
	}
	chosen := []string{}
	for _, box := range a.Find("input[name=reviewer][checked]").EachIter() {
		chosen = append(chosen, box.AttrOr("value", ""))
	}
	if diff := cmp.Diff(form["reviewer"], chosen); diff != "" {
		t.Errorf("chosen reviewers (-want +got):\n%s", diff)
	}
	if got := a.Find("input[name=id]").AttrOr("value", ""); got != requestID {
		t.Errorf("the form has the id %q, want the one that was sent", got)
	}
	if got := a.Find("#justification").AttrOr("value", ""); got != form.Get("justification") {
		t.Errorf("the justification is %q, want %q", got, form.Get("justification"))
	}
	for _, link := range a.Find(`[aria-labelledby=summary] a`).EachIter() {
		if target := link.AttrOr("href", ""); a.Find(target).Length() != 1 {
			t.Errorf("the summary leads to %s, which is not there", target)
		}
	}
	if text := a.Text(); !strings.Contains(text, "Choose at most 1 reviewer; these are 2.") || len(s.refusals) != 1 {
		t.Errorf("the page does not say what to correct, or the refusals are %+v", s.refusals)
	}
}

func TestAsk_ALinkTooLongForMailIsTheFormAgainWithTheNumber(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t)
	s.request.token = token[:strings.LastIndex(token, ".")] + "." + strings.Repeat("A", request.MaxLink)
	a := s.send(t, http.MethodPost, askAddress, s.requestForm(t, bob, carol))
	link := publicURL + "/?activation=" + request.Obscure(s.request.token) + "&projectId=" + payments
	want := "with these 2 the link would have " + strconv.Itoa(len(link)) + " characters, and at most 1900 travel safely."
	if a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), want) {
		t.Errorf("answers %d, %q, without %q", a.Code, a.heading(), want)
	}
	if diff := cmp.Diff([]string{"desk asks"}, s.request.calls); diff != "" {
		t.Errorf("what was done (-want +got):\n%s", diff)
	}
	if a.Find("input[name=reviewer][checked]").Length() != 2 {
		t.Error("the reviewers are not chosen any more")
	}
}

func TestAsk_AReviewerThatIsNoAddressIsRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"line breaks": "bob@example.com\r\nBcc: mallory@example.com", "markup": "<b>bob@example.com</b>", "nothing": "",
		"two": "bob@example.com,mallory@example.com", "10,000 characters": strings.Repeat("b", 10_000) + "@example.com",
	} {
		s := newRequestScene(t)
		form := s.requestForm(t)
		form.Set("reviewer", text)
		if a := s.send(t, http.MethodPost, askAddress, form); a.Code != http.StatusBadRequest || len(s.request.calls) > 0 {
			t.Errorf("%s: answers %d and does %q, want 400 and nothing", name, a.Code, s.request.calls)
		}
	}
	s := newRequestScene(t)
	form := s.requestForm(t)
	form["reviewer"] = slices.Repeat([]string{bob}, request.MaxReviewers+1)
	if a := s.send(t, http.MethodPost, askAddress, form); a.Code != http.StatusBadRequest || len(s.request.calls) > 0 {
		t.Errorf("more than %d reviewers: answers %d and does %q", request.MaxReviewers, a.Code, s.request.calls)
	}
}

// The page says who was not reached. That makes neither an activation nor a request an error.
func TestRequest_AMailThatFailsIsShownAndChangesNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, person, address string
		fields                url.Values
		description           string // in the policy after it
		unreached             []string
		location, says        string
		heading               string
	}{
		{"nobody is asked", alice, "", nil, "", []string{alice, bob, carol}, "?done=asked&untold=0%2C1%2C2&why=server", "The mail server did not take it.", "Not sent"},
		{"one is not asked", alice, "", nil, "", []string{carol}, "?done=asked&told=0%2C1&untold=2&why=server", carol, "Waiting for approval"},
		{"asked again, and nobody is reached", alice, "/resend", nil, "", []string{alice, bob, carol}, "?again=1795054470&done=asked&untold=0%2C1%2C2&why=server", "No e-mail was sent; tried again at 02:14 UTC.", "Not sent"},
		{"approved", bob, "/approve", nil, descriptionOf(activation.Approved, bob), []string{alice, carol}, "?done=approved&told=1&untold=0%2C2&why=server", "The e-mail to alice@example.com, carol@example.com was not sent. The mail server did not take it.", "Approved. alice@example.com has"},
		{"somebody whom the request does not name", bob, "/approve", nil, descriptionOf(activation.Approved, bob), []string{mallory}, "?done=approved&told=0%2C1%2C2", "", "Approved. alice@example.com has"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newRequestScene(t)
			address, fields := requestAddress+c.address, c.fields
			if c.address == "" {
				address, fields = askAddress, s.requestForm(t, bob, carol)
			}
			s.request.unreached, s.request.reason = c.unreached, event.WhyServer
			a := s.as(c.person).send(t, http.MethodPost, address, fields)
			if a.Code != http.StatusSeeOther || a.Header().Get("Location") != requestAddress+c.location {
				t.Fatalf("answers %d to %q, want 303 to %s", a.Code, a.Header().Get("Location"), requestAddress+c.location)
			}
			if c.description != "" {
				s.setDecision(c.description, openWindow())
			}
			page := s.get(t, a.Header().Get("Location"))
			if page.Code != http.StatusOK || !strings.HasPrefix(page.heading(), c.heading) || !strings.Contains(strings.Join(strings.Fields(page.Text()), " "), c.says) {
				t.Errorf("the page answers %d, %q, want %q with %q", page.Code, page.heading(), c.heading, c.says)
			}
			if strings.Contains(page.Text(), mallory) {
				t.Error("the page names somebody whom the request does not")
			}
		})
	}
}
