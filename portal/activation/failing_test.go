package activation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// failing decides on a policy and then fails to write it.
type failing struct {
	policy *policy.Policy
	err    error
}

func (f failing) Modify(_ context.Context, _ string, c policy.Change) (policy.Outcome, error) {
	if err := c.Apply(policy.Clone(f.policy)); err != nil {
		return policy.Outcome{}, err
	}
	return policy.Outcome{}, f.err
}

// What stands in the policy that was read is no secret: what keeps its end from being written is said as it is.
func TestEnd_TellsARefusedWriteFromAProjectThatIsNotTheirs(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	o := order(admin)
	s.activate(o)
	s.policies = failing{s.policy, &googleapi.Error{Code: http.StatusForbidden}}
	_, err := s.End(t.Context(), EndOrder{Person: alice, Key: adminKey, ID: o.ID})
	var outage *upstream.Outage
	if !errors.As(err, &outage) || outage.Permission != "resourcemanager.projects.setIamPolicy" {
		t.Errorf("err = %v, want an outage that names the permission", err)
	}
}

// A write that hangs outlasts what was confirmed. It may still arrive, so nobody is told that nothing was changed.
func TestSelf_AWriteThatHangsForEverIsUnsettled(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	s.policies = failing{s.policy, fmt.Errorf("%w: %w", policy.ErrUnsettled, errConfirmAgain)}
	_, err := s.Self(t.Context(), order(admin))
	var outage *upstream.Outage
	if !errors.As(err, &outage) || !outage.Unsettled {
		t.Errorf("err = %v, want an outage that leaves it open", err)
	}
	if s.confirms != confirmations {
		t.Errorf("%d confirmations, want %d", s.confirms, confirmations)
	}
}
