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

// failing runs a change and then fails to write it.
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

// An activation that was found in the policy is no secret, so the reason why its end was not
// written is reported.
func TestEnd_DistinguishesARefusedWriteFromAProjectThatIsNotTheirs(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	o := order(admin)
	s.activate(o)
	s.gate.policies = failing{s.policy, &googleapi.Error{Code: http.StatusForbidden}}
	_, err := s.End(t.Context(), EndOrder{Person: alice, Key: adminKey, ID: o.ID})
	var outage *upstream.Outage
	if !errors.As(err, &outage) || outage.Permission != "resourcemanager.projects.setIamPolicy" {
		t.Errorf("err = %v, want an outage that names the permission", err)
	}
}

// A defect of the portal is no outage of Google's.
func TestSelf_APanicIsUnexpected(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	s.gate.policies = failing{s.policy, fmt.Errorf("writing: %w", &policy.PanicError{Value: "nil map"})}
	_, err := s.Self(t.Context(), order(admin))
	var panicked *policy.PanicError
	var outage *upstream.Outage
	if !errors.As(err, &panicked) || errors.As(err, &outage) {
		t.Errorf("err = %v, want the panic itself", err)
	}
}

// A write that hangs longer than a confirmation is valid may still arrive, so it is not reported as
// nothing changed.
func TestSelf_AWriteThatHangsForEverIsUnsettled(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	s.gate.policies = failing{s.policy, fmt.Errorf("%w: %w", policy.ErrUnsettled, errConfirmationOutdated)}
	_, err := s.Self(t.Context(), order(admin))
	var outage *upstream.Outage
	if !errors.As(err, &outage) || !outage.Unsettled {
		t.Errorf("err = %v, want an outage that leaves it open", err)
	}
	if s.confirms != maxConfirmations {
		t.Errorf("%d confirmations, want %d", s.confirms, maxConfirmations)
	}
}
