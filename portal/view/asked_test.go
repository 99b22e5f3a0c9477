package view_test

import (
	"strings"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

func TestAsked_SaysTheState(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		page          view.AskedPage
		h1, badge     string
		says          string
		asksAgain     int
		link, actions int
	}{
		{askedPage(), "Waiting for approval", "Waiting for approval", "bob@example.com and carol@example.com were sent an e-mail. You get one too when somebody decides.", 1, 1, 2},
		{unreachedRequest(), "Not sent", "Waiting for approval", "No e-mail was sent; tried again at 02:14 UTC. The mail server did not take it.", 1, 1, 2},
		{partlyReached(), "Waiting for approval", "Waiting for approval", "The e-mail to carol@example.com was not sent.", 1, 1, 2},
		{uncertainRequest(), "Waiting for approval", "Waiting for approval", "It is not known at the moment whether you are still eligible", 1, 1, 2},
		{approvedRequest(), "Active until 03:04 UTC", "Active", "Approved by bob@example.com, justification", 0, 0, 0},
		{decidedRequest(view.Over), "Approved, and over", "Ended", "its window has ended", 0, 0, 0},
		{declinedRequest(), "Declined", "Declined", "Use the read replica; the primary is frozen until Friday.", 0, 0, 0},
		{tooLateRequest(), "Declined", "Declined", "This was decided before, by bob@example.com, at 02:09 UTC; nothing was changed now.", 0, 0, 0},
		{endedRequest(), "Approved, and over", "Ended", "It was approved, and ended early, at 02:09 UTC. The audit log says who ended it. It cannot be approved any more.", 0, 0, 0},
		{endedRequest(), "Approved, and over", "Ended", "It had ended before; nothing was changed now.", 0, 0, 0},
		{decidedRequest(view.Withdrawn), "Withdrawn", "Withdrawn", "alice@example.com withdrew it.", 0, 0, 0},
		{decidedRequest(view.Spent), "This request is over", "Closed", "can no longer be approved", 0, 0, 0},
		{decidedRequest(view.Expired), "Expired", "Expired", "Nobody approved it in time", 0, 0, 0},
		{voidRequest(), "This request is over", "Closed", "The rules for justifications or durations have changed since it was asked for. It has to be asked for again. Nothing was activated.", 0, 0, 0},
		{decidedRequest(view.Ineligible), "No longer eligible", "No longer eligible", "cannot be approved", 0, 0, 0},
	} {
		doc := render(t, view.Asked(layout(), test.page))
		if got := text(doc.Find("h1")); got != test.h1 {
			t.Errorf("the heading is %q, want %q", got, test.h1)
		}
		if got := text(doc.Find(".facts .badge")); got != test.badge {
			t.Errorf("%s: the state is %q, want %q", test.h1, got, test.badge)
		}
		if !strings.Contains(text(doc.Find("main")), test.says) {
			t.Errorf("%s: the page does not say %q", test.h1, test.says)
		}
		if n := doc.Find("[data-ask-again] [data-as-of]").Length(); n != test.asksAgain {
			t.Errorf("%s: the script asks again %d times, want %d", test.h1, n, test.asksAgain)
		}
		if n := doc.Find("#link").Length(); n != test.link {
			t.Errorf("%s: %d links to copy, want %d", test.h1, n, test.link)
		}
		if n := doc.Find("form[method=post]:has([name=hint])").Length(); n != test.actions {
			t.Errorf("%s: %d forms carry the hints, want %d", test.h1, n, test.actions)
		}
	}
}

func TestAsked_ShowsNoControlWithoutAnAddress(t *testing.T) {
	t.Parallel()
	for _, m := range []view.AskedPage{askedPage(), unreachedRequest(), approvedRequest(), declinedRequest()} {
		m.WithdrawAction, m.ResendAction, m.AgainLink, m.RevokeLink, m.EndLink = "", "", "", "", ""
		l := layout()
		l.Person = "bob@example.com"
		doc := render(t, view.Asked(l, m))
		if n := doc.Find("form, [disabled]").Length(); n != 0 {
			t.Errorf("%s: %d forms, want none", m.State, n)
		}
		if got := text(doc.Find("main .row > a.button")); got != "Your access" {
			t.Errorf("%s: the controls are %q, want the way home", m.State, got)
		}
	}
}

func TestAsked_ClaimsNoMailThatItDoesNotKnowOf(t *testing.T) {
	t.Parallel()
	m := askedPage()
	m.Mail = nil
	doc := render(t, view.Asked(layout(), m))
	if got := doc.Find(".notice").Length(); got != 0 || strings.Contains(text(doc.Find("main")), "in your mail") {
		t.Errorf("%d notices about mail, want none: %s", got, text(doc.Find("main")))
	}
	if doc.Find("form[action='"+m.ResendAction+"']").Length() != 1 {
		t.Error("the e-mail cannot be sent again from the plain address")
	}
}

func TestAsked_NamesEverybodyWhoWasNotReached(t *testing.T) {
	t.Parallel()
	m := askedPage()
	m.Reviewers = []string{"bob@example.com", "carol@example.com", "dan@example.com", "erin@example.com", "frank@example.com"}
	m.Mail = &view.Mail{Unreached: m.Reviewers[1:], Reason: "The mail server did not take it."}
	checkSays(t, render(t, view.Asked(layout(), m)).Find(".notice.wait"),
		"The e-mail to carol@example.com, dan@example.com, erin@example.com and frank@example.com was not sent. "+
			"bob@example.com was sent one. The mail server did not take it. The request itself is valid")
	m.Mail.Unreached = m.Reviewers
	if got := text(render(t, view.Asked(layout(), m)).Find(".notice.wait")); strings.Contains(got, "sent one") {
		t.Errorf("the page says %q, although nobody was sent an e-mail", got)
	}
}

func TestAsked_SpeaksToItsReader(t *testing.T) {
	t.Parallel()
	reviewer := layout()
	reviewer.Person = "bob@example.com"
	approved := approvedRequest()
	approved.DecidedBy = "carol@example.com"
	for _, test := range []struct {
		layout view.Layout
		page   view.AskedPage
		notice string
	}{
		{layout(), askedPage(), "You get one too when somebody decides."},
		{layout(), approved, "Google Cloud needs about 2 minutes until this works everywhere,"},
		{reviewer, approved, "alice@example.com has the role until 03:04 UTC. It ends by itself. If it should not be so, revoke it."},
	} {
		doc := render(t, view.Asked(test.layout, test.page))
		checkSays(t, doc.Find(".notice.good"), test.notice)
		if test.page.State == view.Approved {
			checkSays(t, doc.Find(".lead"), "Cloud SQL Admin on payments-prod, for alice@example.com. carol@example.com approved it.")
		}
	}
}

func TestAsked_AFixedWindowIsShownWhileItWaits(t *testing.T) {
	t.Parallel()
	m := askedPage()
	m.Fixed, m.Start, m.End = true, now, until(45)
	facts := render(t, view.Asked(layout(), m)).Find(".facts")
	checkSays(t, facts, "02:14 UTC to 02:59 UTC")
	if strings.Contains(text(facts), "from the approval") {
		t.Errorf("the page promises a window from the approval: %q", text(facts))
	}
}
