package activation

import (
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// Once a reviewer who also had self-approval for the role was offered and then refused, and a
// request failed once one of its people gained self-approval.
func TestRequest_SelfApprovalBesideItChangesNothing(t *testing.T) {
	for _, who := range []string{alice, bob} {
		both := eligible(admin, eligibility.SelfApproval, "", "user:"+who)
		s := newScene(t, sharedBinding(), both)
		if _, err := s.Ask(t.Context(), ask(bob)); err != nil {
			t.Errorf("asking, when %s holds both: %v", who, err)
		}
		s = newScene(t, sharedBinding())
		c := s.makeRequest(bob)
		s.edit(func(p *policy.Policy) { p.Bindings = append(p.Bindings, both) })
		s.advance(time.Minute)
		if done, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: c}); err != nil || done.Status.State != Approved {
			t.Errorf("approving, when %s has come to hold both: %+v, %v", who, done.Status, err)
		}
	}
}
