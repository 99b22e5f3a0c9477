package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// People and systems are notified of the event that was recorded, under the name of who did it.
func TestEvents_AreNotifiedAsTheyWereRecorded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		person, address string
		fields          func(*scene) url.Values
		verb            event.Verb
		request         bool
	}{
		{alice, "/projects/" + payments + "/activate", func(*scene) url.Values { return activateForm(t) }, event.Activate, false},
		{alice, "/projects/" + payments + "/end", func(*scene) url.Values { return url.Values{"role": {reference(admin)}, "id": {requestID}} }, event.End, false},
		{carol, "/projects/" + payments + "/revoke", func(*scene) url.Values { return revokeForm() }, event.Revoke, false},
		{alice, askAddress, func(s *scene) url.Values { return s.requestForm(t, bob, carol) }, event.Request, true},
		{bob, requestAddress + "/approve", nil, event.Approve, true},
		{bob, requestAddress + "/decline", func(*scene) url.Values { return url.Values{"reason": {"no"}} }, event.Decline, true},
		{alice, requestAddress + "/withdraw", nil, event.Withdraw, true},
		{bob, requestAddress + "/revoke", nil, event.Revoke, true},
	} {
		s := newRequestScene(t).as(c.person)
		var fields url.Values
		if c.fields != nil {
			fields = c.fields(s)
		}
		if a := s.send(t, http.MethodPost, c.address, fields); a.Code != http.StatusSeeOther {
			t.Errorf("%s answers %d", c.address, a.Code)
		}
		if diff := cmp.Diff(s.recorded, s.notified); diff != "" || len(s.notified) != 1 {
			t.Fatalf("%s: the events (-recorded +notified):\n%s", c.address, diff)
		}
		e := s.notified[0]
		if e.Verb != c.verb || e.By.Email != c.person || e.By.Subject != "accounts.google.com:1" || e.By.Request == "" || e.HasRequest() != c.request {
			t.Errorf("%s: the event is %+v", c.address, e)
		}
	}
}

// Sending a request again notifies its reviewers, but nothing has happened that could be recorded.
func TestResend_NotifiesOfTheRequestAndRecordsNothing(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t)
	s.send(t, http.MethodPost, requestAddress+"/resend", nil)
	if len(s.recorded) > 0 || len(s.notified) != 1 || s.notified[0].Verb != event.Request || s.notified[0].By.Email != alice || s.notified[0].ID != requestID {
		t.Errorf("recorded %+v, notified %+v", s.recorded, s.notified)
	}
}

// A refusal is recorded with the request that it refused, and with the signed binding of that
// request.
func TestRefusals_OfARequestSayWhichOne(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t).as(bob)
	s.actError = &activation.Refusal{Reason: activation.LostEligibility}
	s.send(t, http.MethodPost, requestAddress+"/approve", nil)
	want := activation.RequestEvent(s.request.claims)
	want.Verb, want.Refusal = event.Approve, &event.Refusal{Reason: "LOST_ELIGIBILITY"}
	if len(s.refusals) != 1 {
		t.Fatalf("refusals = %+v, want one", s.refusals)
	}
	want.By = s.refusals[0].By
	if diff := cmp.Diff(want, s.refusals[0]); diff != "" || want.Grants[0].Digest != digest || want.By.Email != bob {
		t.Errorf("refusal of %s (-want +got):\n%s", want.By.Email, diff)
	}
}

// The desk's own reason is recorded, also where the form shows it as something to correct.
func TestRefusals_AreRecordedAsTheDeskRefused(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.actError = &activation.Refusal{Reason: activation.Shortens, Message: "It is active until 03:04 UTC."}
	a := s.send(t, http.MethodPost, "/projects/"+payments+"/activate", activateForm(t))
	want := &event.Refusal{Reason: "SHORTENS", Cause: "It is active until 03:04 UTC."}
	if a.Code != http.StatusUnprocessableEntity || len(s.refusals) != 1 || *s.refusals[0].Refusal != *want {
		t.Errorf("answers %d, with the refusals %+v; want 422 and %+v", a.Code, s.refusals, want)
	}
	s.actError = activation.Faults{{Field: activation.FieldDuration, Message: "At least 1 minute."}}
	s.send(t, http.MethodPost, "/projects/"+payments+"/activate", activateForm(t))
	want = &event.Refusal{Reason: "MALFORMED", Cause: "1 thing to correct: duration At least 1 minute."}
	if len(s.refusals) != 2 || *s.refusals[1].Refusal != *want {
		t.Errorf("refusals %+v, want %+v", s.refusals, want)
	}
}

// What a person sent is refused once, for the reason of the page that they got.
func TestRefusals_AreRecordedOnceIfTheFormCannotBeShown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		person, address string
		fields          func(*scene) url.Values
	}{
		{alice, "/projects/" + payments + "/activate", func(*scene) url.Values { return activateForm(t) }},
		{alice, askAddress, func(s *scene) url.Values { return s.requestForm(t, bob) }},
		{bob, requestAddress + "/decline", func(*scene) url.Values { return url.Values{"reason": {""}} }},
	} {
		s := newRequestScene(t).as(c.person)
		fields := c.fields(s)
		s.actError = activation.Faults{{Field: activation.FieldDuration, Message: "At least 1 minute."}}
		s.readError = &upstream.Outage{Service: "Cloud Asset Inventory"}
		a := s.send(t, http.MethodPost, c.address, fields)
		if a.Code != http.StatusServiceUnavailable || len(s.refusals) != 1 || s.refusals[0].Refusal.Reason != "NO_ANSWER" {
			t.Errorf("%s answers %d, with the refusals %+v; want 503 and one NO_ANSWER", c.address, a.Code, s.refusals)
		}
	}
}

// The binding that a form names is a hint that nobody has verified, so it is not recorded.
func TestRefusals_OfAFormNameRolesAndNoBinding(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.actError = &activation.Refusal{Reason: activation.Conflict}
	form := activateForm(t)
	hinted := eligibility.Reference{Role: admin, ResourceCondition: "true", Constraint: eligibility.SelfApproval, Hint: s.request.peers.People[0].Evidence}
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
