package activation

import (
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// Who holds a role by self-approval too was offered as a reviewer and refused, and a request died once one of its people
// gained that.
func TestParty_SelfApprovalBesideItChangesNothing(t *testing.T) {
	for _, who := range []string{alice, bob} {
		both := eligible(admin, eligibility.SelfApproval, "", "user:"+who)
		s := newScene(t, shared(), both)
		if _, err := s.Ask(t.Context(), ask(bob)); err != nil {
			t.Errorf("asking, when %s holds both: %v", who, err)
		}
		s = newScene(t, shared())
		c := s.asked(bob)
		s.edit(func(p *policy.Policy) { p.Bindings = append(p.Bindings, both) })
		s.later(time.Minute)
		if done, err := s.Approve(t.Context(), Decision{By: bob, Claims: c}); err != nil || done.Status.State != Approved {
			t.Errorf("approving, when %s has come to hold both: %+v, %v", who, done.Status, err)
		}
	}
}
