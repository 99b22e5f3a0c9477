package audit

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRequests_EachHasItsEventAndNamesBothPeople(t *testing.T) {
	request := Request{
		Activation: Activation{
			Who: alice, ID: "mpa-Zm9vYmFyMTIzNDU2", Project: "payments-prod", Justification: "CASE-1",
			Entitlements: []Entitlement{admin}, Start: start, End: start.Add(time.Hour),
		},
		Beneficiary: "carol@example.com", Reviewers: []string{"alice@example.com", "bob@example.com"}, Reason: "no",
	}
	const entitlement = "[iam] roles/compute.admin on payments-prod"
	for event, c := range map[string]struct {
		write   func(*Log, context.Context, Request)
		message string
	}{
		"api.requestRole":     {(*Log).Requested, "User alice@example.com requested '" + entitlement + "' for 60 minutes"},
		"api.activateRole":    {(*Log).Approved, "User alice@example.com approved '" + entitlement + "' for carol@example.com"},
		"api.declineRequest":  {(*Log).Declined, "User alice@example.com declined '" + entitlement + "' for carol@example.com"},
		"api.withdrawRequest": {(*Log).Withdrawn, "User alice@example.com withdrew the request for '" + entitlement + "'"},
		"api.revokeRole":      {(*Log).Revoked, "User alice@example.com revoked '" + entitlement + "' of carol@example.com"},
	} {
		got := written(t, func(ctx context.Context, l *Log) { c.write(l, ctx, request) })
		want := map[string]string{
			"event": event, "user": "alice@example.com", "user_id": "accounts.google.com:1", "device_id": "unknown", "request": "r-1",
			"project": "payments-prod", "activation_id": "mpa-Zm9vYmFyMTIzNDU2", "justification": "CASE-1", "entitlements": entitlement,
			"activation_start": "2026-11-19T02:14Z", "activation_end": "2026-11-19T03:14Z",
			"beneficiary": "carol@example.com", "reviewers": "alice@example.com, bob@example.com", "reason": "no",
		}
		if diff := cmp.Diff(want, got.Labels); diff != "" || got.Message != c.message {
			t.Errorf("%s: message %q, labels (-want +got):\n%s", event, got.Message, diff)
		}
	}
}

// It was written down that somebody did what had been decided otherwise before.
func TestOvertaken_IsARefusalOfWhatWasPressed(t *testing.T) {
	request := Request{
		Activation:  Activation{Who: alice, ID: "mpa-Zm9vYmFyMTIzNDU2", Project: "payments-prod", Entitlements: []Entitlement{admin}, Start: start, End: start},
		Beneficiary: "carol@example.com", Reviewers: []string{"alice@example.com", "bob@example.com"},
	}
	for by, tail := range map[string]string{"bob@example.com": ", by bob@example.com", "": ""} {
		got := written(t, func(ctx context.Context, l *Log) {
			l.Overtaken(ctx, EventActivate, "REQUEST_SPENT", "approve", request, "declined", by)
		})
		want := map[string]string{
			"event": "api.activateRole", "error": "REQUEST_SPENT", "user": "alice@example.com", "user_id": "accounts.google.com:1",
			"device_id": "unknown", "request": "r-1", "project": "payments-prod", "activation_id": "mpa-Zm9vYmFyMTIzNDU2",
			"entitlements": admin.String(), "beneficiary": "carol@example.com", "reviewers": "alice@example.com, bob@example.com",
		}
		message := "User alice@example.com tried to approve '" + admin.String() + "' for carol@example.com: it was declined before" + tail
		if diff := cmp.Diff(want, got.Labels); diff != "" || got.Message != message {
			t.Errorf("message %q, labels (-want +got):\n%s", got.Message, diff)
		}
	}
}

// Who ended what had ended before, nobody knows: it need not have been who pressed it last.
func TestRepeated_AnEndIsNotSaidToBeTheirs(t *testing.T) {
	a := Activation{Who: alice, Project: "payments-prod", Entitlements: []Entitlement{admin}, Repeated: true}
	ended := written(t, func(ctx context.Context, l *Log) { l.Ended(ctx, a) })
	revoked := written(t, func(ctx context.Context, l *Log) {
		l.Revoked(ctx, Request{Activation: a, Beneficiary: "carol@example.com"})
	})
	for got, want := range map[string]string{
		ended.Message:   "User alice@example.com tried to end " + admin.String() + ", which had ended before",
		revoked.Message: "User alice@example.com tried to revoke '" + admin.String() + "' of carol@example.com, which had ended before",
	} {
		if got != want {
			t.Errorf("the message is %q, want %q", got, want)
		}
	}
}
