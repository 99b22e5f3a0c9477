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
	asking     = "/projects/" + payments + "/request"
	theRequest = "/requests/" + token
)

func newPartyScene(t *testing.T) *scene {
	t.Helper()
	s := newScene(t)
	s.asParty = true
	return s
}

func peerReference() string {
	return eligibility.Reference{Role: admin, Constraint: eligibility.MultiPartyApproval}.Encode()
}

// reviewerField is how the form names somebody.
func (s *scene) reviewerField(t *testing.T, email string) string {
	t.Helper()
	a := s.get(t, asking+"?role="+peerReference())
	for _, box := range a.Find("input[name=reviewer]").EachIter() {
		if value := box.AttrOr("value", ""); strings.HasPrefix(value, email+" ") {
			return value
		}
	}
	t.Fatalf("the form, headed %q, does not offer %s", a.heading(), email)
	return ""
}

func (s *scene) ask(t *testing.T, reviewers ...string) url.Values {
	t.Helper()
	form := url.Values{"role": {peerReference()}, "id": {requestID}, "justification": {"CASE-1042"}, "duration": {"1h0m0s"}}
	for _, r := range reviewers {
		form.Add("reviewer", s.reviewerField(t, r))
	}
	return form
}

// open is a window that is open now.
func open() eligibility.Window {
	return eligibility.Window{Start: opening.Add(-30 * time.Second), End: opening.Add(time.Hour)}
}

// Each address of a request has an answer for nobody, for those whom the request does not name, and for those whom it does.
func TestParty_EveryPageForTheAnonymousTheForbiddenAndTheAllowed(t *testing.T) {
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
		{http.MethodGet, asking + roles, nil, alice, false, 200, mallory, "You have no access to this role"},
		{http.MethodPost, asking, form, alice, false, 303, mallory, "You have no access to this role"},
		{http.MethodGet, theRequest, nil, alice, false, 200, mallory, "You were not asked to review this"},
		{http.MethodGet, theRequest, nil, bob, false, 200, mallory, "You were not asked to review this"},
		{http.MethodPost, theRequest + "/approve", nil, bob, false, 303, mallory, "You were not asked to review this"},
		{http.MethodPost, theRequest + "/decline", url.Values{"reason": {"no"}}, bob, false, 303, mallory, "You were not asked to review this"},
		{http.MethodPost, theRequest + "/withdraw", nil, alice, false, 303, mallory, "You were not asked to review this"},
		{http.MethodPost, theRequest + "/resend", nil, alice, false, 303, mallory, "You were not asked to review this"},
		{http.MethodPost, theRequest + "/resend", nil, alice, false, 303, bob, "You were not asked to review this"},
		{http.MethodGet, theRequest + "/revoke", nil, bob, true, 200, mallory, "You were not asked to review this"},
		{http.MethodPost, theRequest + "/revoke", nil, bob, true, 303, mallory, "You were not asked to review this"},
		{http.MethodGet, administration + "/holdings", nil, carol, true, 200, bob, "You have no access here"},
		{http.MethodGet, administration + "/revoke?" + held.Encode(), nil, carol, true, 200, bob, "You have no access to this role"},
		{http.MethodPost, administration + "/revoke", held, carol, true, 303, bob, "You have no access to this role"},
	} {
		t.Run(c.method+" "+strings.ReplaceAll(c.address, token, "TOKEN")+" by "+c.allowed, func(t *testing.T) {
			t.Parallel()
			scenes := [3]*scene{newPartyScene(t), newPartyScene(t), newPartyScene(t)}
			for _, s := range scenes {
				if c.approved {
					s.decided("Approved by "+bob, open())
					s.party.holdings = s.party.access[alice].Activations
				}
			}
			anonymous, forbidden, allowed := scenes[0], scenes[1].as(c.forbidden), scenes[2].as(c.allowed)
			anonymous.stranger = &identity.Error{Reason: identity.Missing}
			if a := anonymous.send(t, c.method, c.address, c.fields); a.Code != http.StatusForbidden || a.heading() != "Sign in to continue" || len(anonymous.party.done) > 0 {
				t.Errorf("nobody gets %d, %q, and has done %q", a.Code, a.heading(), anonymous.party.done)
			}
			switch {
			case c.heading == "You have no access to this role":
				forbidden.party.peers, forbidden.actError = eligibility.Peers{}, &activation.Refusal{Reason: activation.NotEligible}
			case c.forbidden == bob && !strings.HasPrefix(c.address, theRequest):
				forbidden.actError = &activation.Refusal{Reason: activation.NotReviewer} // the desk knows administrators
			}
			a := forbidden.send(t, c.method, c.address, c.fields)
			if a.Code != http.StatusForbidden || a.heading() != c.heading || strings.Contains(a.Body.String(), "CASE-1042") || strings.Contains(a.Body.String(), requestID) {
				t.Errorf("who may not gets %d, %q:\n%s", a.Code, a.heading(), a.Body)
			}
			if slices.ContainsFunc(forbidden.party.done, func(s string) bool { return strings.HasPrefix(s, "notifier") }) || len(forbidden.refusals) != 1 {
				t.Errorf("who may not has done %q, with the refusals %+v", forbidden.party.done, forbidden.refusals)
			}
			if a := allowed.send(t, c.method, c.address, c.fields); a.Code != c.status {
				t.Errorf("who may gets %d, %q, want %d", a.Code, a.heading(), c.status)
			}
		})
	}
}

// A session that expires between a form and its sending makes a GET of the POST. So does a mail scanner.
func TestParty_AGetOfAnAddressToPostToLeadsBackAndDoesNothing(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		asking:                              "/projects/" + payments + "?lost=request",
		theRequest + "/approve":             theRequest + "?lost=approve",
		theRequest + "/decline":             theRequest + "?lost=decline",
		theRequest + "/withdraw":            theRequest + "?lost=withdraw",
		theRequest + "/resend":              theRequest + "?lost=resend",
		theRequest + "/revoke":              theRequest, // nothing is open
		theRequest + "/anything":            theRequest,
		"/projects/" + payments + "/revoke": "/projects/" + payments + "/holdings?lost=revoke",
		"/?activation=" + request.Obscure(token) + "&projectId=" + payments: theRequest,
		"/?activation=" + request.Obscure(token):                            theRequest,
	} {
		for _, person := range []string{alice, bob, carol} {
			s := newPartyScene(t).as(person)
			a := s.get(t, address)
			if a.Code != http.StatusSeeOther || a.Header().Get("Location") != want || len(s.party.done) > 0 {
				t.Errorf("GET %s by %s answers %d to %q and does %q, want a redirect to %s", address, person, a.Code, a.Header().Get("Location"), s.party.done, want)
			}
		}
	}
}

func TestAsk_TellsTheAuditorThenTheNotifierAndLeadsToTheRequest(t *testing.T) {
	t.Parallel()
	s := newPartyScene(t)
	a := s.send(t, http.MethodPost, asking, s.ask(t, bob, carol))
	if want := theRequest + "?done=asked&told=0%2C1%2C2"; a.Code != http.StatusSeeOther || a.Header().Get("Location") != want {
		t.Fatalf("answers %d to %q, want 303 to %s", a.Code, a.Header().Get("Location"), want)
	}
	if diff := cmp.Diff([]string{"desk asks", "auditor asked", "notifier asked"}, s.party.done); diff != "" {
		t.Errorf("what was done (-want +got):\n%s", diff)
	}
	hint := s.party.peers.People[0].Evidence
	want := []activation.Ask{{
		Order: activation.Order{
			Person: alice, Project: payments, ID: requestID, Justification: "CASE-1042", Duration: time.Hour,
			Roles: []eligibility.Reference{{Role: admin, Constraint: eligibility.MultiPartyApproval}},
		},
		Reviewers: []activation.Reviewer{{Email: bob, Hint: hint}, {Email: carol, Hint: hint}},
	}}
	if diff := cmp.Diff(want, s.party.asks); diff != "" {
		t.Errorf("what the desk was asked (-want +got):\n%s", diff)
	}
	link := event.Addresses{Request: publicURL + "/?activation=" + request.Obscure(token) + "&projectId=" + payments, Home: publicURL + "/", GrantsMore: true}
	if diff := cmp.Diff([]event.Addresses{link}, s.party.at); diff != "" {
		t.Errorf("links of the mail (-want +got):\n%s", diff)
	}
	page := s.get(t, a.Header().Get("Location"))
	if page.heading() != "Waiting for approval" || !strings.Contains(page.Text(), link.Request) && page.Find("input[value='"+link.Request+"']").Length() == 0 {
		t.Errorf("the request is headed %q, and does not show its link", page.heading())
	}
}

func TestAsk_FaultsComeBackInTheFormWithTheChosenReviewers(t *testing.T) {
	t.Parallel()
	s := newPartyScene(t)
	form := s.ask(t, bob, carol)
	form.Set("justification", `"><script>alert(1)</script>`)
	s.actError = activation.Faults{
		{Field: activation.FieldReviewers, Message: "Choose at most 1 reviewer; these are 2."},
		{Field: activation.FieldJustification, Message: "Write what is asked for: Bug or case number."},
	}
	a := s.send(t, http.MethodPost, asking, form)
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
	s := newPartyScene(t)
	s.party.token = token[:strings.LastIndex(token, ".")] + "." + strings.Repeat("A", request.MaxLink)
	a := s.send(t, http.MethodPost, asking, s.ask(t, bob, carol))
	link := publicURL + "/?activation=" + request.Obscure(s.party.token) + "&projectId=" + payments
	want := "with these 2 the link would have " + strconv.Itoa(len(link)) + " characters, and at most 1900 travel safely."
	if a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), want) {
		t.Errorf("answers %d, %q, without %q", a.Code, a.heading(), want)
	}
	if diff := cmp.Diff([]string{"desk asks"}, s.party.done); diff != "" {
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
		s := newPartyScene(t)
		form := s.ask(t)
		form.Set("reviewer", text)
		if a := s.send(t, http.MethodPost, asking, form); a.Code != http.StatusBadRequest || len(s.party.done) > 0 {
			t.Errorf("%s: answers %d and does %q, want 400 and nothing", name, a.Code, s.party.done)
		}
	}
	s := newPartyScene(t)
	form := s.ask(t)
	form["reviewer"] = slices.Repeat([]string{bob}, request.MaxReviewers+1)
	if a := s.send(t, http.MethodPost, asking, form); a.Code != http.StatusBadRequest || len(s.party.done) > 0 {
		t.Errorf("more than %d reviewers: answers %d and does %q", request.MaxReviewers, a.Code, s.party.done)
	}
}

// Whom nobody could tell is on the page, and access or a request is no error because of it.
func TestParty_AMailThatFailsIsSaidAndChangesNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, person, address string
		fields                url.Values
		description           string // in the policy after it
		untold                []string
		location, says        string
		heading               string
	}{
		{"nobody is asked", alice, "", nil, "", []string{alice, bob, carol}, "?done=asked&untold=0%2C1%2C2&why=server", "The mail server did not take it.", "Not sent"},
		{"one is not asked", alice, "", nil, "", []string{carol}, "?done=asked&told=0%2C1&untold=2&why=server", carol, "Waiting for approval"},
		{"asked again, in vain", alice, "/resend", nil, "", []string{alice, bob, carol}, "?again=1795054470&done=asked&untold=0%2C1%2C2&why=server", "No e-mail was sent; tried again at 02:14 UTC.", "Not sent"},
		{"approved", bob, "/approve", nil, describes(activation.Approved, bob), []string{alice, carol}, "?done=approved&told=1&untold=0%2C2&why=server", "The e-mail to alice@example.com, carol@example.com was not sent. The mail server did not take it.", "Approved. alice@example.com has"},
		{"of a stranger", bob, "/approve", nil, describes(activation.Approved, bob), []string{mallory}, "?done=approved&told=0%2C1%2C2", "", "Approved. alice@example.com has"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newPartyScene(t)
			address, fields := theRequest+c.address, c.fields
			if c.address == "" {
				address, fields = asking, s.ask(t, bob, carol)
			}
			s.party.untold, s.party.why = c.untold, event.WhyServer
			a := s.as(c.person).send(t, http.MethodPost, address, fields)
			if a.Code != http.StatusSeeOther || a.Header().Get("Location") != theRequest+c.location {
				t.Fatalf("answers %d to %q, want 303 to %s", a.Code, a.Header().Get("Location"), theRequest+c.location)
			}
			if c.description != "" {
				s.decided(c.description, open())
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
