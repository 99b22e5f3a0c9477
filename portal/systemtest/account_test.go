package systemtest

import (
	"net/http"
	"net/url"
	"testing"

	"google.golang.org/protobuf/proto"
)

// Assertions with one account and two addresses, as a person has while an account is renamed: who
// asked with the one approved with the other.
func TestRequest_OneAccountWithTwoAddressesDoesNotApproveItself(t *testing.T) {
	t.Parallel()
	const account = "accounts.google.com:118133858486581853996"
	s := newRequestScene(t, 1)
	portal, p := s.portal(), tenant{0}
	asker, other := s.client(portal, p.person()), s.client(portal, p.reviewer(0))
	asker.sub, other.sub = account, account
	request := asker.mustAsk(t, p, p.reviewer(0), p.reviewer(1))
	before := s.policy(p.project())
	if a := other.mustGet(t, request); a.heading() != "Waiting for approval" || a.Find("main form").Length() > 0 {
		t.Errorf("the other address is shown %q, with %d forms", a.heading(), a.Find("main form").Length())
	}
	refused := func(act string) {
		t.Helper()
		a := must(t)(other.post(t.Context(), request+"/"+act, url.Values{"reason": {"use the replica"}}))
		if a.status != http.StatusForbidden || a.heading() != "This is your own request" {
			t.Errorf("to %s answers %d, %q", act, a.status, a.heading())
		}
	}
	refused("approve")
	refused("decline")
	if !proto.Equal(before, s.policy(p.project())) {
		t.Error("the policy has changed")
	}
	if a := must(t)(s.client(portal, p.reviewer(1)).decide(t.Context(), request, "approve")); a.status != http.StatusSeeOther {
		t.Fatalf("approving answers %d, %q", a.status, a.heading())
	}
	before = s.policy(p.project())
	refused("revoke")
	if !proto.Equal(before, s.policy(p.project())) {
		t.Error("the policy has changed by a revocation")
	}
}
