package activation

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// losing drops the first write on its way, while somebody else acts.
type losing struct {
	*scene
	meanwhile func()
}

func (l *losing) Set(ctx context.Context, resource string, p *policy.Policy, reason string) (*policy.Policy, error) {
	if meanwhile := l.meanwhile; meanwhile != nil {
		l.meanwhile = nil
		meanwhile()
		return nil, errors.New("the connection broke")
	}
	return l.scene.Set(ctx, resource, p, reason)
}

// through returns the desk of another instance, which reaches the policy through u.
func (s *scene) through(u policy.Upstream) *Desk {
	other := *s.Desk
	other.policies = policy.NewWriter(u, policy.Options{Retry: policy.PortalRetry(), Timeout: 5 * time.Second})
	return &other
}

// Once the answer to a write was lost, another decision on the request was told
// as the one that this order wrote: two events said who won.
func TestDecisions_AnotherOneIsNotToldAsOnesOwnAfterALostWrite(t *testing.T) {
	for name, decide := range map[string]func(context.Context, *Desk, Decision) (Decided, error){
		"approve": func(ctx context.Context, d *Desk, o Decision) (Decided, error) { return d.Approve(ctx, o) },
		"decline": func(ctx context.Context, d *Desk, o Decision) (Decided, error) {
			o.Reason = "no"
			return d.Decline(ctx, o)
		},
		"withdraw": func(ctx context.Context, d *Desk, o Decision) (Decided, error) {
			return d.Withdraw(ctx, alice, o.Claims)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScene(t, shared())
				c := s.asked(bob, carol)
				mine := s.through(&losing{s, func() {
					if _, err := s.Approve(t.Context(), Decision{By: carol, Claims: c}); err != nil {
						t.Fatal(err)
					}
				}})
				got, err := decide(t.Context(), mine, Decision{By: bob, Claims: c})
				if err != nil || !got.Repeated || got.Status.State != Approved || s.writes != 1 {
					t.Errorf("%+v, %v after %d writes; want carol's approval, repeated", got, err, s.writes)
				}
			})
		})
	}
}

// A write whose answer was lost is told as written when it is found.
func TestApprove_ItsOwnDecisionIsFoundAfterALostAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, shared())
		c := s.asked(bob)
		mine := s.through(&answerless{scene: s})
		got, err := mine.Approve(t.Context(), Decision{By: bob, Claims: c})
		if err != nil || got.Repeated || got.Status.State != Approved || s.writes != 1 {
			t.Errorf("%+v, %v after %d writes; want the approval, written once", got, err, s.writes)
		}
	})
}

// answerless writes, and loses the answer.
type answerless struct{ *scene }

func (a *answerless) Set(ctx context.Context, resource string, p *policy.Policy, reason string) (*policy.Policy, error) {
	if _, err := a.scene.Set(ctx, resource, p, reason); err != nil {
		return nil, err
	}
	return nil, errors.New("the connection broke")
}

// unsure leaves the first change open, whereupon something happens, and hands
// the next one on.
type unsure struct {
	Policies
	doubt error
	then  func()
}

func (u *unsure) Modify(ctx context.Context, resource string, c policy.Change) (policy.Outcome, error) {
	if doubt := u.doubt; doubt != nil {
		u.doubt = nil
		u.then()
		return policy.Outcome{}, doubt
	}
	return u.Policies.Modify(ctx, resource, c)
}

// What a write left open is not settled by a refusal, nor by one after confirming
// again: it may still arrive.
func TestApprove_ARefusalAfterAnUnsettledWriteIsUnsettled(t *testing.T) {
	again := fmt.Errorf("%w: %w", policy.ErrUnsettled, errConfirmAgain)
	for name, c := range map[string]struct {
		doubt error
		then  func(*scene)
	}{
		"at once":              {fmt.Errorf("%w: %w", policy.ErrUnsettled, &Refusal{Reason: RequestSpent}), func(*scene) {}},
		"when confirmed again": {again, func(s *scene) { s.edit(func(p *policy.Policy) { p.Bindings = nil }) }},
		"because it cannot be": {again, func(s *scene) { s.confirmer = errors.New("no directory") }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, shared())
			claims := s.asked(bob)
			s.policies = &unsure{s.policies, c.doubt, func() { c.then(s) }}
			_, err := s.Approve(t.Context(), Decision{By: bob, Claims: claims})
			var outage *upstream.Outage
			if !errors.As(err, &outage) || !outage.Unsettled {
				t.Errorf("err = %v, want an outage that leaves it open", err)
			}
		})
	}
}

// The approval that an earlier round wrote, and nobody answered, was told as
// somebody's earlier one: nobody was told who won.
func TestApprove_WhatAnUnsettledWriteWroteIsItsOwn(t *testing.T) {
	s := newScene(t, shared())
	c := s.asked(bob)
	first := *s.Desk
	s.policies = &unsure{s.policies, fmt.Errorf("%w: %w", policy.ErrUnsettled, errConfirmAgain), func() {
		if _, err := first.Approve(t.Context(), Decision{By: bob, Claims: c}); err != nil {
			t.Fatal(err)
		}
	}}
	got, err := s.Approve(t.Context(), Decision{By: bob, Claims: c})
	if err != nil || got.Repeated || s.writes != 1 {
		t.Errorf("%+v, %v after %d writes; want the approval, written once", got, err, s.writes)
	}
}

// An end that never arrived was told as written once the window had run out.
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
				s.later(time.Minute)
				got, err := end(t.Context(), s.through(&losing{s, func() { s.later(time.Hour) }}), o.ID)
				if err != nil || !got.Repeated || !got.Activation.Window.End.Equal(opening.Add(time.Hour)) {
					t.Errorf("%+v, %v; want the end that it had, repeated", got, err)
				}
			})
		})
	}
}
