package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

func (a response) mainText() string { return strings.Join(strings.Fields(a.Find("main").Text()), " ") }

// endedWindow is a window that was over before now, as if ended early.
func endedWindow() eligibility.Window {
	return eligibility.Window{Start: now.Add(-30 * time.Minute), End: now.Add(-10 * time.Minute)}
}

// Once a late decision was recorded as a repetition of the one that holds, by whoever sent it.
func TestDecide_WhatComesAfterADecisionIsNoRepetitionOfIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		person, act, decider string
		state                activation.State
		want                 string
	}{
		{bob, "approve", bob, activation.Approved, "auditor decided"},
		{bob, "approve", bob, activation.Over, "auditor decided"},
		{bob, "approve", carol, activation.Approved, "auditor overtaken"},
		{bob, "approve", carol, activation.Over, "auditor overtaken"},
		{bob, "approve", carol, activation.Declined, "auditor overtaken"},
		{bob, "approve", bob, activation.Declined, "auditor overtaken"},
		{bob, "approve", alice, activation.Withdrawn, "auditor overtaken"},
		{bob, "decline", bob, activation.Declined, "auditor decided"},
		{bob, "decline", carol, activation.Declined, "auditor overtaken"},
		{alice, "withdraw", alice, activation.Withdrawn, "auditor decided"},
		{alice, "withdraw", bob, activation.Approved, "auditor overtaken"},
	} {
		s := newRequestScene(t).as(c.person)
		s.request.state, s.request.decider, s.request.repeated = c.state, c.decider, true
		a := s.send(t, http.MethodPost, requestAddress+"/"+c.act, url.Values{"reason": {"no"}})
		if got := s.request.calls[len(s.request.calls)-1]; got != c.want || a.Header().Get("Location") != requestAddress+"?before=decided" {
			t.Errorf("%s: %s after %s by %s: the last that is done is %q, want %q; it leads to %q",
				c.person, c.act, c.state, c.decider, got, c.want, a.Header().Get("Location"))
		}
	}
}

// Once whoever came second read that they had decided, and that people had been notified.
func TestDecide_WhoeverComesSecondSeesWhoDecidedAndWhen(t *testing.T) {
	t.Parallel()
	for heading, c := range map[string]struct {
		state  activation.State
		window eligibility.Window
		says   string
	}{
		"Active until 03:14 UTC": {activation.Approved, openWindow(), "This was decided before, by bob@example.com, at " + openWindow().Start.Format("15:04") + " UTC; nothing was changed now."},
		"Declined":               {activation.Declined, eligibility.Window{Start: now, End: now}, "This was decided before, by bob@example.com, at 02:14 UTC; nothing was changed now."},
		"Withdrawn":              {activation.Withdrawn, eligibility.Window{Start: now, End: now}, "This was decided before, by alice@example.com, at 02:14 UTC; nothing was changed now."},
		"Approved, and over":     {activation.Over, endedWindow(), "This was decided before, by bob@example.com, at 01:44 UTC; nothing was changed now."},
	} {
		s := newRequestScene(t).as(carol)
		s.setDecision(descriptionOf(c.state, bob), c.window)
		a := s.get(t, requestAddress+"?before=decided&done=approved&told=0,1,2")
		if !strings.Contains(a.mainText(), c.says) || strings.Contains(a.mainText(), "told by e-mail") || c.state != activation.Approved && a.heading() != heading {
			t.Errorf("headed %q, want %q, it does not say %q: %s", a.heading(), heading, c.says, a.mainText())
		}
	}
	s := newRequestScene(t).as(carol)
	if text := s.get(t, requestAddress+"?before=decided").mainText(); strings.Contains(text, "decided before") {
		t.Errorf("a request that waits: %s", text)
	}
}

// The page that its address describes is shown only to the person who acted, and only while the
// policy agrees.
func TestRequest_APageOfWhatWasDoneIsForWhoDidIt(t *testing.T) {
	t.Parallel()
	revoked := "?done=revoked&told=0,1,2&by=" + bob
	for name, c := range map[string]struct {
		person, address string
		state           activation.State
		window          eligibility.Window
		heading         string
		notified        bool
	}{
		"who approved":                   {bob, "?done=approved&told=0,1,2", activation.Approved, openWindow(), "Approved. alice@example.com has", true},
		"who approved, by hand":          {bob, "?done=approved", activation.Approved, openWindow(), "Approved. alice@example.com has", false},
		"another reviewer":               {carol, "?done=approved&told=0,1,2", activation.Approved, openWindow(), "Active until", false},
		"the beneficiary":                {alice, "?done=approved&told=0,1,2", activation.Approved, openWindow(), "Active until", false},
		"the beneficiary who waited":     {alice, "?done=asked&told=0,1&untold=2", activation.Approved, openWindow(), "Active until", false},
		"approved, and ended since":      {bob, "?done=approved&told=0,1,2", activation.Over, endedWindow(), "Approved, and over", false},
		"who declined":                   {bob, "?done=declined&told=0,2", activation.Declined, eligibility.Window{Start: now, End: now}, "Declined. Nothing", true},
		"a declined one as approved":     {bob, "?done=approved&told=0,2", activation.Declined, eligibility.Window{Start: now, End: now}, "Declined", false},
		"who withdrew":                   {alice, "?done=withdrawn&told=1,2", activation.Withdrawn, eligibility.Window{Start: now, End: now}, "Withdrawn. Nothing", true},
		"a reviewer of a withdrawn one":  {bob, "?done=withdrawn&told=1,2", activation.Withdrawn, eligibility.Window{Start: now, End: now}, "Withdrawn", false},
		"who revoked":                    {bob, revoked, activation.Over, endedWindow(), "Revoked: ", true},
		"who did not revoke":             {carol, revoked, activation.Over, endedWindow(), "Approved, and over", false},
		"revoked by nobody in it":        {bob, "?done=revoked&told=0,1,2", activation.Over, endedWindow(), "Approved, and over", false},
		"one that ended by itself":       {bob, revoked, activation.Over, eligibility.Window{Start: now.Add(-2 * time.Hour), End: now.Add(-time.Hour)}, "Approved, and over", false},
		"one that is active, as revoked": {bob, revoked, activation.Approved, openWindow(), "Active until", false},
	} {
		s := newRequestScene(t).as(c.person)
		s.setDecision(descriptionOf(c.state, bob), c.window)
		a := s.get(t, requestAddress+c.address)
		if !strings.HasPrefix(a.heading(), c.heading) || strings.Contains(a.mainText(), "told by e-mail") != c.notified || strings.Contains(a.mainText(), "was not sent") {
			t.Errorf("%s: headed %q, want %q; want it to say who was notified: %t; %s", name, a.heading(), c.heading, c.notified, a.mainText())
		}
	}
}

// Once a revocation that came too late was shown as one, and people as notified of it.
func TestRevoke_AnActivationThatHadEndedBeforeIsShownSo(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t).as(bob)
	s.request.repeated = true
	a := s.send(t, http.MethodPost, requestAddress+"/revoke", nil)
	s.setDecision(descriptionOf(activation.Over, bob), endedWindow())
	page := s.get(t, a.Header().Get("Location"))
	if page.heading() != "Approved, and over" || !strings.Contains(page.mainText(), "It had ended before; nothing was changed now.") || strings.Contains(page.mainText(), "told by e-mail") {
		t.Errorf("headed %q: %s", page.heading(), page.mainText())
	}
	if want := "It was approved, and ended early, at 02:04 UTC. The audit log says who ended it."; !strings.Contains(page.mainText(), want) {
		t.Errorf("the page does not say %q: %s", want, page.mainText())
	}
}

// Once everybody read who was sent the e-mail, whatever had become of the request.
func TestAsked_ShowsTheMailToTheBeneficiaryWhileTheRequestWaits(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"":                       "",
		"?done=asked":            "", // nobody is named
		"?done=asked&told=1,2":   "", // one recipient is not named
		"?done=asked&told=0,1,2": "were sent an e-mail. You get one too",
		"?done=asked&told=0,1,2&again=1795054470":             "were sent an e-mail, again at 02:14 UTC. You get one too",
		"?done=asked&told=0,1,2&again=1795054471":             "were sent an e-mail. You get one too", // the future
		"?done=asked&told=0,1&untold=2&why=server":            "The e-mail to carol@example.com was not sent. bob@example.com was sent one. The mail server did not take it.",
		"?done=asked&told=0,1&untold=2&why=limit":             "So many e-mails went there lately that the limit is reached; try again in a few minutes.",
		"?done=asked&untold=0,1,2&why=limit&again=1795054470": "No e-mail was sent; tried again at 02:14 UTC. You reached the limit of e-mails; try again in a few minutes.",
		"?done=asked&untold=0,1,2&why=<b>":                    "No e-mail was sent. The request itself is valid",
	} {
		s := newRequestScene(t)
		a := s.get(t, requestAddress+address)
		notices := a.Find("main .notice").Length()
		if !strings.Contains(a.mainText(), want) || (notices > 0) != (want != "") {
			t.Errorf("%s: %d notices, want %q: %s", address, notices, want, a.mainText())
		}
		if a.Find(`form[action$="/resend"]`).Length() != 1 || !strings.Contains(a.mainText(), "Keep this page's address") {
			t.Errorf("%s: no way to send it again, or to find it again: %s", address, a.mainText())
		}
		if copied := strings.Contains(address, "&told=0,1"); strings.Contains(a.mainText(), "The copy in your mail has it too.") != copied {
			t.Errorf("%s: a copy was sent: %t: %s", address, copied, a.mainText())
		}
	}
}

// A beneficiary at their limit reaches nobody, so if anybody failed for another reason the limit
// was not the beneficiary's.
func TestAsk_TheLimitIsTheirsOnlyWhereItIsEverybodysReason(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		whys map[string]event.Why
		says string
	}{
		"the limit of alice":    {nil, "You reached the limit of e-mails; try again in a few minutes."},
		"the limit of bob":      {map[string]event.Why{alice: event.WhyServer, carol: event.WhyServer}, "The mail server did not take it."},
		"carol has no address":  {map[string]event.Why{carol: event.WhySetUp}, "The portal is not set up to send it; tell an administrator."},
		"no address to link to": {map[string]event.Why{alice: event.WhyAddress, bob: event.WhyAddress, carol: event.WhyAddress}, "The portal does not know its own address: an administrator has to set PUBLIC_URL."},
		"the server, but carol": {map[string]event.Why{alice: event.WhyServer, bob: event.WhyServer}, "The mail server did not take it."},
	} {
		s := newRequestScene(t)
		s.request.unreached, s.request.reason, s.request.reasons = []string{alice, bob, carol}, event.WhyLimit, c.whys
		a := s.send(t, http.MethodPost, askAddress, s.requestForm(t, bob, carol))
		if text := s.get(t, a.Header().Get("Location")).mainText(); !strings.Contains(text, "No e-mail was sent. "+c.says) {
			t.Errorf("%s: the page does not say %q: %s", name, c.says, text)
		}
	}
}
