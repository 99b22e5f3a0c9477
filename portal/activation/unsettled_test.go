package activation

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// dropsFirstWrite loses the first write before it arrives, while something else happens.
type dropsFirstWrite struct {
	*scene
	meanwhile func()
}

func (l *dropsFirstWrite) Set(ctx context.Context, resource string, p *policy.Policy, reason string) (*policy.Policy, error) {
	if meanwhile := l.meanwhile; meanwhile != nil {
		l.meanwhile = nil
		meanwhile()
		return nil, errors.New("the connection broke")
	}
	return l.scene.Set(ctx, resource, p, reason)
}

// deskOn returns the desk of another instance, which reads and writes the policy through u.
func (s *scene) deskOn(u policy.Upstream) *Desk {
	other := *s.Desk
	other.gate.policies = policy.NewWriter(u, policy.Options{Retry: policy.PortalRetry(), Timeout: 5 * time.Second})
	other.gate.locator = locatorOn{s, u}
	return &other
}

// locatorOn reads the policy through an upstream.
type locatorOn struct {
	*scene
	upstream policy.Upstream
}

func (l locatorOn) Locate(ctx context.Context, project string) (eligibility.Standing, *policy.Policy, error) {
	read, err := l.upstream.Get(ctx, resource(project))
	if err != nil {
		return l.standing, nil, &upstream.Outage{
			Service: resourceManager, Permission: "resourcemanager.projects.getIamPolicy", Resource: resource(project), Err: err,
		}
	}
	return l.standing, read, nil
}

// Once another decision on the request was reported as this one after the response to a write was
// lost, and two events said who had won.
func TestDecisions_AnotherOneIsNotReportedAsOnesOwnAfterALostWrite(t *testing.T) {
	for name, decide := range map[string]func(context.Context, *Desk, DecisionOrder) (Decided, error){
		"approve": func(ctx context.Context, d *Desk, o DecisionOrder) (Decided, error) { return d.Approve(ctx, o) },
		"decline": func(ctx context.Context, d *Desk, o DecisionOrder) (Decided, error) {
			o.Reason = "no"
			return d.Decline(ctx, o)
		},
		"withdraw": func(ctx context.Context, d *Desk, o DecisionOrder) (Decided, error) {
			return d.Withdraw(ctx, alice, o.Claims)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScene(t, sharedBinding())
				c := s.makeRequest(bob, carol)
				desk := s.deskOn(&dropsFirstWrite{s, func() {
					if _, err := s.Approve(t.Context(), DecisionOrder{By: carol, Claims: c}); err != nil {
						t.Fatal(err)
					}
				}})
				got, err := decide(t.Context(), desk, DecisionOrder{By: bob, Claims: c})
				if err != nil || !got.Repeated || got.Status.State != Approved || s.writes != 1 {
					t.Errorf("%+v, %v after %d writes; want carol's approval, repeated", got, err, s.writes)
				}
			})
		})
	}
}

// After a lost response, a write that is found in the policy is reported as written.
func TestApprove_ItsOwnDecisionIsFoundAfterALostResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, sharedBinding())
		c := s.makeRequest(bob)
		desk := s.deskOn(&losesResponse{scene: s})
		got, err := desk.Approve(t.Context(), DecisionOrder{By: bob, Claims: c})
		if err != nil || got.Repeated || got.Status.State != Approved || s.writes != 1 {
			t.Errorf("%+v, %v after %d writes; want the approval, written once", got, err, s.writes)
		}
	})
}

// losesResponse writes, and loses the response.
type losesResponse struct{ *scene }

func (a *losesResponse) Set(ctx context.Context, resource string, p *policy.Policy, reason string) (*policy.Policy, error) {
	if _, err := a.scene.Set(ctx, resource, p, reason); err != nil {
		return nil, err
	}
	return nil, errors.New("the connection broke")
}

// unsettledOnce leaves its first change unsettled, calls then, and passes on the next one.
type unsettledOnce struct {
	Policies
	err  error
	then func()
}

func (u *unsettledOnce) Modify(ctx context.Context, resource string, c policy.Change) (policy.Outcome, error) {
	if err := u.err; err != nil {
		u.err = nil
		u.then()
		return policy.Outcome{}, err
	}
	return u.Policies.Modify(ctx, resource, c)
}

// A refusal does not settle a write that may still arrive, not even after confirming again.
func TestApprove_ARefusalAfterAnUnsettledWriteIsUnsettled(t *testing.T) {
	again := fmt.Errorf("%w: %w", policy.ErrUnsettled, errConfirmationOutdated)
	for name, c := range map[string]struct {
		unsettled error
		then      func(*scene)
	}{
		"at once":              {fmt.Errorf("%w: %w", policy.ErrUnsettled, &Refusal{Reason: RequestSpent}), func(*scene) {}},
		"when confirmed again": {again, func(s *scene) { s.edit(func(p *policy.Policy) { p.Bindings = nil }) }},
		"because it cannot be": {again, func(s *scene) { s.confirmError = errors.New("no directory") }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, sharedBinding())
			claims := s.makeRequest(bob)
			s.gate.policies = &unsettledOnce{s.gate.policies, c.unsettled, func() { c.then(s) }}
			_, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: claims})
			var outage *upstream.Outage
			if !errors.As(err, &outage) || !outage.Unsettled {
				t.Errorf("err = %v, want an outage that leaves it open", err)
			}
		})
	}
}

// Once an approval that an earlier round had written without a response was reported as repeated,
// and nobody was notified.
func TestApprove_WhatAnUnsettledWriteWroteIsItsOwn(t *testing.T) {
	s := newScene(t, sharedBinding())
	c := s.makeRequest(bob)
	first := *s.Desk
	s.gate.policies = &unsettledOnce{s.gate.policies, fmt.Errorf("%w: %w", policy.ErrUnsettled, errConfirmationOutdated), func() {
		if _, err := first.Approve(t.Context(), DecisionOrder{By: bob, Claims: c}); err != nil {
			t.Fatal(err)
		}
	}}
	got, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: c})
	if err != nil || got.Repeated || s.writes != 1 {
		t.Errorf("%+v, %v after %d writes; want the approval, written once", got, err, s.writes)
	}
}

// Once an end that never arrived was reported as written because the window had run out.
func TestEnd_AWindowThatRanOutMeanwhileWasNotEnded(t *testing.T) {
	for name, end := range map[string]func(context.Context, *Desk, string) (Ended, error){
		"end": func(ctx context.Context, d *Desk, id string) (Ended, error) {
			return d.End(ctx, EndOrder{Person: alice, Key: adminKey, ID: id})
		},
		"revoke": func(ctx context.Context, d *Desk, id string) (Ended, error) {
			return d.Revoke(ctx, Revocation{By: "admin@example.com", User: alice, Key: adminKey, ID: id})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScene(t, selfEligible(admin))
				o := order(admin)
				s.activate(o)
				s.advance(time.Minute)
				got, err := end(t.Context(), s.deskOn(&dropsFirstWrite{s, func() { s.advance(time.Hour) }}), o.ID)
				if err != nil || !got.Repeated || !got.Activation.Window.End.Equal(startTime.Add(time.Hour)) {
					t.Errorf("%+v, %v; want the end that it had, repeated", got, err)
				}
			})
		})
	}
}
