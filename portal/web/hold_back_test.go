package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/web"
)

// step is what one call to Google takes.
const step = 102 * time.Millisecond

// slowDesk finds after some steps that nothing is the person's.
type slowDesk struct {
	desk
	steps *int
	err   error
}

func (d slowDesk) refuse(ctx context.Context) error {
	select {
	case <-time.After(time.Duration(*d.steps) * step):
	case <-ctx.Done():
	}
	return d.err
}

func (d slowDesk) ProjectAccess(ctx context.Context, _, _ string) (eligibility.ProjectAccess, error) {
	return eligibility.ProjectAccess{}, d.refuse(ctx)
}

func (d slowDesk) Holdings(ctx context.Context, _, _ string) (eligibility.Holdings, error) {
	return eligibility.Holdings{}, d.refuse(ctx)
}

func (d slowDesk) ChooseSelf(ctx context.Context, _, _ string, _ []eligibility.Reference) (activation.Choice, error) {
	return activation.Choice{}, d.refuse(ctx)
}

func (d slowDesk) ChoosePeer(ctx context.Context, _, _ string, _ eligibility.Reference) (activation.Choice, error) {
	return activation.Choice{}, d.refuse(ctx)
}

func (d slowDesk) Self(ctx context.Context, _ activation.Order) (activation.Activated, error) {
	return activation.Activated{}, d.refuse(ctx)
}

func (d slowDesk) Ask(ctx context.Context, _ activation.Ask) (activation.Asked, error) {
	return activation.Asked{}, d.refuse(ctx)
}

func (d slowDesk) End(ctx context.Context, _ activation.EndOrder) (activation.Ended, error) {
	return activation.Ended{}, d.refuse(ctx)
}

func (d slowDesk) Revoke(ctx context.Context, _ activation.Revocation) (activation.Ended, error) {
	return activation.Ended{}, d.refuse(ctx)
}

// newSlowScene is a site in a bubble of its own time, on which nothing is anybody's.
func newSlowScene(t *testing.T, steps *int, err error) *scene {
	t.Helper()
	s := newScene(t)
	slow := slowDesk{s.deps.Access.(desk), steps, err}
	s.deps.Access, s.deps.Activator, s.deps.Requests, s.deps.Revoker = slow, slow, slow, slow
	s.deps.Clock, s.deps.Wait = time.Now, nil
	s.Handler = web.New(s.deps)
	return s
}

// A project that does not exist was answered after no time, one that exists after one step, and one
// with eligible groups after two.
func TestNotYours_TakesTheSameTimeWhetherItExistsOrNot(t *testing.T) {
	t.Parallel()
	role := url.Values{"role": {reference(admin)}}
	query := "?" + role.Encode()
	form := func(more ...string) url.Values {
		fields := url.Values{"role": {reference(admin)}, "justification": {"CASE-1"}, "duration": {"1h"}}
		for i := 0; i < len(more); i += 2 {
			fields.Set(more[i], more[i+1])
		}
		return fields
	}
	for name, c := range map[string]struct {
		method, address string
		fields          url.Values
	}{
		"project page":       {http.MethodGet, "", nil},
		"activate form":      {http.MethodGet, "/activate" + query, nil},
		"activate":           {http.MethodPost, "/activate", form("id", id(t))},
		"activation":         {http.MethodGet, "/activations/" + id(t), nil},
		"end form":           {http.MethodGet, "/end" + query, nil},
		"end":                {http.MethodPost, "/end", role},
		"ended":              {http.MethodGet, "/ended" + query, nil},
		"request form":       {http.MethodGet, "/request" + query, nil},
		"request":            {http.MethodPost, "/request", form("reviewer", bob)},
		"who has access":     {http.MethodGet, "/holdings", nil},
		"revoke form":        {http.MethodGet, "/revoke" + query, nil},
		"revoke":             {http.MethodPost, "/revoke", form("user", bob)},
		"activate, no roles": {http.MethodGet, "/activate?", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var steps int
				refused := newSlowScene(t, &steps, upstream.ErrNotYours)
				notActive := newSlowScene(t, &steps, &activation.Refusal{Reason: activation.NotActive})
				for steps = range 5 {
					for _, s := range []*scene{refused, notActive} {
						start := time.Now()
						a := s.send(t, c.method, "/projects/"+payments+c.address, c.fields)
						if took := time.Since(start); a.Code != http.StatusForbidden || took != time.Second {
							t.Errorf("after %d steps it answers %d after %v, want 403 after a second", steps, a.Code, took)
						}
					}
				}
			})
		})
	}
}

// What takes longer waits for the next whole second.
func TestNotYours_IsAnsweredAtWholeSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var steps int
		s := newSlowScene(t, &steps, upstream.ErrNotYours)
		for _, c := range []struct {
			steps int
			want  time.Duration
		}{{9, time.Second}, {10, 2 * time.Second}, {19, 2 * time.Second}, {20, 3 * time.Second}} {
			steps = c.steps
			start := time.Now()
			if s.get(t, "/projects/"+payments); time.Since(start) != c.want {
				t.Errorf("%d steps are answered after %v, want %v", c.steps, time.Since(start), c.want)
			}
		}
	})
}

// Only that something is not theirs is held back: what says nothing about a project is not.
func TestNotYours_NothingElseIsHeldBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		address string
		err     error
		status  int
	}{
		"their own":                   {"/projects/" + payments, nil, http.StatusOK},
		"an outage":                   {"/projects/" + payments, &upstream.Outage{Err: errors.New("down")}, http.StatusServiceUnavailable},
		"an id that cannot exist":     {"/projects/" + strings.Repeat("x", 31), upstream.ErrNotYours, http.StatusForbidden},
		"a number":                    {"/projects/433637338589", upstream.ErrNotYours, http.StatusForbidden},
		"a link that nobody can read": {"/requests/eyJ", nil, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				steps := 1
				s := newSlowScene(t, &steps, c.err)
				start := time.Now()
				if a := s.get(t, c.address); a.Code != c.status || time.Since(start) > step {
					t.Errorf("answers %d after %v, want %d after one step at most", a.Code, time.Since(start), c.status)
				}
			})
		})
	}
}

// A browser that leaves keeps nothing waiting, unless it sent a form; its refusal is recorded all
// the same.
func TestNotYours_ABrowserThatLeavesEndsTheWait(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]time.Duration{http.MethodGet: 3 * step, http.MethodPost: time.Second} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				steps := 1
				s := newSlowScene(t, &steps, upstream.ErrNotYours)
				start := time.Now()
				s.send(t, method, fmt.Sprintf("/projects/%s/end?role=%s", payments, reference(admin)), url.Values{"role": {reference(admin)}}, func(r *http.Request) {
					ctx, leave := context.WithCancel(r.Context())
					time.AfterFunc(3*step, leave)
					*r = *r.WithContext(ctx)
				})
				if took := time.Since(start); took != want || len(s.refusals) != 1 {
					t.Errorf("it went on for %v and recorded %d refusals, want %v and one", took, len(s.refusals), want)
				}
			})
		})
	}
}

// Who opened a page more than they may have at a time saw by its start when the work for the others
// was over.
func TestNotYours_APersonsNextPageDoesNotTellWhenTheWorkWasOver(t *testing.T) {
	t.Parallel()
	for steps := range 5 {
		t.Run(fmt.Sprintf("%d steps", steps), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSlowScene(t, &steps, upstream.ErrNotYours)
				var all sync.WaitGroup
				for range 4 {
					all.Go(func() { s.get(t, "/projects/"+payments) })
				}
				synctest.Wait() // these have their slots
				start := time.Now()
				if s.get(t, "/projects/"+payments); time.Since(start) != 2*time.Second {
					t.Errorf("the fifth page is answered after %v, want a second after the others", time.Since(start))
				}
				all.Wait()
			})
		})
	}
}

// What is held back keeps no slot from others.
func TestNotYours_WhatIsHeldBackIsInNobodysWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		steps := 1
		s := newSlowScene(t, &steps, upstream.ErrNotYours)
		start := time.Now()
		var all sync.WaitGroup
		for i := range 40 { // an instance makes 32 at a time
			s.person = numberedPerson(i)
			all.Go(func() { s.get(t, "/projects/"+payments) })
			synctest.Wait()
		}
		all.Wait()
		if took := time.Since(start); took != time.Second+step {
			t.Errorf("the last of forty is answered after %v, want a second after the first step of others", took)
		}
	})
}

// What is held back for lack of calls may stand for what is not theirs.
func TestNotYours_IsAnsweredAsLateWhereFewCallsAreLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var steps int
		s := newSlowScene(t, &steps, &upstream.Throttled{Service: "Directory", Personal: true, RetryAfter: time.Second, StandsIn: true})
		for steps = range 3 {
			start := time.Now()
			if a := s.get(t, "/projects/"+payments); a.Code != http.StatusTooManyRequests || time.Since(start) != time.Second {
				t.Errorf("after %d steps it answers %d after %v, want 429 after a second", steps, a.Code, time.Since(start))
			}
		}
	})
}
