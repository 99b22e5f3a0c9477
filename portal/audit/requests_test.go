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
