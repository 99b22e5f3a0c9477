package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// What people and systems are told is what was written down, under the name of who did it.
func TestEvents_WhatIsToldIsWhatWasWrittenDown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		person, address string
		fields          func(*scene) url.Values
		verb            event.Verb
		request         bool
	}{
		{alice, "/projects/" + payments + "/activate", func(*scene) url.Values { return order(t) }, event.Activate, false},
		{alice, "/projects/" + payments + "/end", func(*scene) url.Values { return url.Values{"role": {reference(admin)}, "id": {requestID}} }, event.End, false},
		{carol, "/projects/" + payments + "/revoke", func(*scene) url.Values { return takeForm() }, event.Revoke, false},
		{alice, asking, func(s *scene) url.Values { return s.ask(t, bob, carol) }, event.Request, true},
		{bob, theRequest + "/approve", nil, event.Approve, true},
		{bob, theRequest + "/decline", func(*scene) url.Values { return url.Values{"reason": {"no"}} }, event.Decline, true},
		{alice, theRequest + "/withdraw", nil, event.Withdraw, true},
		{bob, theRequest + "/revoke", nil, event.Revoke, true},
	} {
		s := newPartyScene(t).as(c.person)
		var fields url.Values
		if c.fields != nil {
			fields = c.fields(s)
		}
		if a := s.send(t, http.MethodPost, c.address, fields); a.Code != http.StatusSeeOther {
			t.Errorf("%s answers %d", c.address, a.Code)
		}
		if diff := cmp.Diff(s.recorded, s.told); diff != "" || len(s.told) != 1 {
			t.Fatalf("%s: what was told (-written down +told):\n%s", c.address, diff)
		}
		e := s.told[0]
		if e.Verb != c.verb || e.By.Email != c.person || e.By.Subject != "accounts.google.com:1" || e.By.Request == "" || e.HasRequest() != c.request {
			t.Errorf("%s: the event is %+v", c.address, e)
		}
	}
}

// To send a request again asks for it again; nothing new happened that is written down.
func TestResend_TellsOfTheRequestAndWritesNothingDown(t *testing.T) {
	t.Parallel()
	s := newPartyScene(t)
	s.send(t, http.MethodPost, theRequest+"/resend", nil)
	if len(s.recorded) > 0 || len(s.told) != 1 || s.told[0].Verb != event.Request || s.told[0].By.Email != alice || s.told[0].ID != requestID {
		t.Errorf("written down %+v, told %+v", s.recorded, s.told)
	}
}

// Whoever looks for what became of a request finds refusals too, with the binding that its signature vouches for.
func TestRefusals_OfARequestSayWhichOne(t *testing.T) {
	t.Parallel()
	s := newPartyScene(t).as(bob)
	s.actError = &activation.Refusal{Reason: activation.LostEligibility}
	s.send(t, http.MethodPost, theRequest+"/approve", nil)
	want := activation.RequestEvent(s.party.claims)
	want.Verb, want.Refusal = event.Approve, &event.Refusal{Reason: "LOST_ELIGIBILITY"}
	if len(s.refusals) != 1 {
		t.Fatalf("refusals = %+v, want one", s.refusals)
	}
	want.By = s.refusals[0].By
	if diff := cmp.Diff(want, s.refusals[0]); diff != "" || want.Grants[0].Digest != digest || want.By.Email != bob {
		t.Errorf("refusal of %s (-want +got):\n%s", want.By.Email, diff)
	}
}

// The binding that a form names is a hint, which nobody signed.
func TestRefusals_OfAFormNameRolesAndNoBinding(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.actError = &activation.Refusal{Reason: activation.Conflict}
	form := order(t)
	hinted := eligibility.Reference{Role: admin, ResourceCondition: "true", Constraint: eligibility.SelfApproval, Hint: s.party.peers.People[0].Evidence}
	form.Set("role", hinted.Encode())
	s.send(t, http.MethodPost, "/projects/"+payments+"/activate", form)
	want := []event.Grant{{Resource: "projects/" + payments, Role: admin, Condition: "true"}}
	if len(s.refusals) != 1 {
		t.Fatalf("refusals = %+v, want one", s.refusals)
	}
	if diff := cmp.Diff(want, s.refusals[0].Grants); diff != "" || s.refusals[0].ID != form.Get("id") || s.refusals[0].Justification != "CASE-1041" {
		t.Errorf("refusal of %q, grants (-want +got):\n%s", s.refusals[0].ID, diff)
	}
}
