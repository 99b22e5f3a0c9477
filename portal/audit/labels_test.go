package audit

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

func TestRequests_EachHasItsEventAndNamesBothPeople(t *testing.T) {
	const entitlement = "[iam] roles/compute.admin on payments-prod"
	for name, c := range map[string]struct {
		verb    event.Verb
		message string
	}{
		"api.requestRole":     {event.Request, "User alice@example.com requested '" + entitlement + "' for 60 minutes"},
		"api.activateRole":    {event.Approve, "User alice@example.com approved '" + entitlement + "' for carol@example.com"},
		"api.declineRequest":  {event.Decline, "User alice@example.com declined '" + entitlement + "' for carol@example.com"},
		"api.withdrawRequest": {event.Withdraw, "User alice@example.com withdrew the request for '" + entitlement + "'"},
		"api.revokeRole":      {event.Revoke, "User alice@example.com revoked '" + entitlement + "' of carol@example.com"},
	} {
		got := written(t, event.Event{
			Verb: c.verb, By: alice, ID: "mpa-Zm9vYmFyMTIzNDU2", Resource: payments, Justification: "CASE-1", Grants: []event.Grant{admin},
			Start: start, End: start.Add(time.Hour), Expiry: start.Add(2 * time.Hour),
			Beneficiary: "carol@example.com", Reviewers: []string{"alice@example.com", "bob@example.com"}, Reason: "no",
		})
		want := map[string]string{
			"event": name, "user": "alice@example.com", "user_id": "accounts.google.com:1", "device_id": "unknown", "request": "r-1",
			"project": "payments-prod", "activation_id": "mpa-Zm9vYmFyMTIzNDU2", "justification": "CASE-1", "entitlements": entitlement,
			"activation_start": "2026-11-19T02:14Z", "activation_end": "2026-11-19T03:14Z",
			"beneficiary": "carol@example.com", "reviewers": "alice@example.com, bob@example.com", "reason": "no",
			"request_expiry": "2026-11-19T04:14Z", "binding": "AbC-_9",
		}
		if diff := cmp.Diff(want, got.Labels); diff != "" || got.Message != c.message {
			t.Errorf("%s: message %q, labels (-want +got):\n%s", name, got.Message, diff)
		}
	}
}

// It was written down that somebody did what had been decided otherwise before.
func TestTooLate_IsARefusalOfWhatWasTried(t *testing.T) {
	for by, tail := range map[string]string{"bob@example.com": ", by bob@example.com", "": ""} {
		got := written(t, event.Event{
			Verb: event.Approve, By: alice, ID: "mpa-Zm9vYmFyMTIzNDU2", Resource: payments, Grants: []event.Grant{admin},
			Start: start, End: start, Expiry: start.Add(2 * time.Hour),
			Beneficiary: "carol@example.com", Reviewers: []string{"alice@example.com", "bob@example.com"},
			Refusal: &event.Refusal{Reason: "REQUEST_SPENT"}, Decision: event.Declined, DecidedBy: by,
		})
		want := map[string]string{
			"event": "api.activateRole", "error": "REQUEST_SPENT", "user": "alice@example.com", "user_id": "accounts.google.com:1",
			"device_id": "unknown", "request": "r-1", "project": "payments-prod", "activation_id": "mpa-Zm9vYmFyMTIzNDU2",
			"entitlements": admin.String(), "beneficiary": "carol@example.com", "reviewers": "alice@example.com, bob@example.com",
			"request_expiry": "2026-11-19T04:14Z", "binding": "AbC-_9",
		}
		message := "User alice@example.com tried to approve '" + admin.String() + "' for carol@example.com: it was declined before" + tail
		if diff := cmp.Diff(want, got.Labels); diff != "" || got.Message != message {
			t.Errorf("message %q, labels (-want +got):\n%s", got.Message, diff)
		}
	}
}

// Administrators look at these: the portal may have changed a project that is none of its own.
func TestScopeUnproven_IsALabelOfWhatWasDone(t *testing.T) {
	e := event.Event{Verb: event.End, By: alice, Resource: payments, Grants: []event.Grant{admin}, ScopeUnproven: true}
	if got := written(t, e).Labels["scope_unproven"]; got != "true" {
		t.Errorf("scope_unproven is %q, want true", got)
	}
	e.Refusal = &event.Refusal{Reason: "NO_ANSWER"}
	if got, ok := written(t, e).Labels["scope_unproven"]; ok {
		t.Errorf("scope_unproven of a refusal is %q, want none", got)
	}
}

// Who ended what had ended before, nobody knows: it need not have been who pressed it last.
func TestRepeated_AnEndIsNotSaidToBeTheirs(t *testing.T) {
	e := event.Event{By: alice, Resource: payments, Grants: []event.Grant{admin}, Beneficiary: "carol@example.com", Repeated: true}
	for verb, want := range map[event.Verb]string{
		event.End:    "User alice@example.com tried to end " + admin.String() + ", which had ended before",
		event.Revoke: "User alice@example.com tried to revoke '" + admin.String() + "' of carol@example.com, which had ended before",
	} {
		e.Verb = verb
		if got := written(t, e).Message; got != want {
			t.Errorf("the message is %q, want %q", got, want)
		}
	}
}
