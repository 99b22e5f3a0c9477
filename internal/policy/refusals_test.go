package policy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
)

const (
	alice   = "user:alice@example.com"
	mallory = "user:mallory@example.com"
)

var notSupported = &googleapi.Error{Code: http.StatusBadRequest, Message: "Role roles/bad is not supported for this resource."}

// orderedBy is a change of a person's to a role.
func orderedBy(owner, role, words string) Change {
	c := grantChange(role, owner)
	c.ID, c.Reason, c.Owner, c.Content = words, words, owner, owner+" "+role
	return c
}

// refusesRoles has a store refuse policies that hold one of these roles.
func refusesRoles(s *store, err error, roles ...string) {
	s.onSet = func(_ int, p *Policy) error {
		if slices.ContainsFunc(p.Bindings, func(b *Binding) bool { return slices.Contains(roles, b.Role) }) {
			return err
		}
		return nil
	}
}

func TestModify_WhatGoogleHasJustRefusedIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		refusesRoles(s, notSupported, "roles/bad")
		w := NewWriter(s, testOptions())
		for _, c := range []struct {
			name   string
			before func()
			change Change
			sets   int
		}{
			{"the first time", func() {}, orderedBy(mallory, "roles/bad", "x"), 1},
			{"again, in other words", func() {}, orderedBy(mallory, "roles/bad", "y"), 0},
			{"somebody else's", func() {}, orderedBy(alice, "roles/bad", "x"), 1},
			{"once the policy has changed", func() { s.edit(project, func(*Policy) {}) }, orderedBy(mallory, "roles/bad", "x"), 1},
			{"and again", func() {}, orderedBy(mallory, "roles/bad", "x"), 0},
			{"after a minute", func() { time.Sleep(time.Minute) }, orderedBy(mallory, "roles/bad", "x"), 1},
		} {
			c.before()
			sets := s.sets
			_, err := w.Modify(t.Context(), project, c.change)
			if cause.Of(err).Kind != cause.RoleNotGrantable || errors.Is(err, ErrUnsettled) || s.sets-sets != c.sets {
				t.Errorf("%s: %v after %d writes, want Google's refusal after %d", c.name, err, s.sets-sets, c.sets)
			}
		}
		s.onSet = nil
		time.Sleep(time.Minute)
		if _, err := w.Modify(t.Context(), project, orderedBy(mallory, "roles/bad", "x")); err != nil {
			t.Errorf("once Google takes the role: %v", err)
		}
	})
}

// What is refused to the writer, or for another reason than its content, may be taken a moment
// later.
func TestModify_OnlyWhatIsRefusedForItsContentIsRemembered(t *testing.T) {
	for _, refusal := range []error{statusError(http.StatusForbidden), statusError(http.StatusBadRequest)} {
		synctest.Test(t, func(t *testing.T) {
			s := newStore(project)
			refusesRoles(s, refusal, "roles/bad")
			w := NewWriter(s, testOptions())
			for n := range 3 {
				if _, err := w.Modify(t.Context(), project, orderedBy(mallory, "roles/bad", "x")); err == nil || s.sets != n+1 {
					t.Errorf("%v: %v after %d writes, want it refused after %d", refusal, err, s.sets, n+1)
				}
			}
		})
	}
}

// twentyBad are changes of one person, to a role each, with these roles.
func twentyBad() (changes []Change, roles []string) {
	for i := range 20 {
		roles = append(roles, fmt.Sprintf("roles/bad-%d", i))
		changes = append(changes, orderedBy(mallory, roles[i], fmt.Sprint(i)))
	}
	return changes, roles
}

// Once twenty forms of one person, for roles that Google refuses, were searched in one batch with
// others' changes, which waited for seconds.
func TestModify_OnePersonsRefusedChangesHoldUpNobody(t *testing.T) {
	for name, known := range map[string]bool{"whose change was just refused": true, "of whom nothing is known": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStore(project)
				changes, roles := twentyBad()
				refusesRoles(s, notSupported, append(roles, "roles/bad")...)
				o := testOptions()
				o.Sweep = func(*Policy) {}
				w := NewWriter(s, o)
				most := 4 // trips: all, without the sweep, mallory's, alice's
				if known {
					most = 1
					if _, err := w.Modify(t.Context(), project, orderedBy(mallory, "roles/bad", "x")); err == nil {
						t.Fatal("a bad role was taken")
					}
					synctest.Wait()
				}
				var refused sync.WaitGroup
				for _, c := range changes {
					refused.Go(func() {
						if _, err := w.Modify(t.Context(), project, c); cause.Of(err).Kind != cause.RoleNotGrantable || errors.Is(err, ErrUnsettled) {
							t.Errorf("a bad role: %v", err)
						}
					})
				}
				start := time.Now()
				out, err := w.Modify(t.Context(), project, orderedBy(alice, "roles/viewer", "alice's"))
				if trips := int(time.Since(start)/s.trip) - 1; err != nil || !out.Written || trips > most {
					t.Errorf("alice's change: %v, written %v, in %d writes after the read, want at most %d", err, out.Written, trips, most)
				}
				refused.Wait()
				if !slices.Equal(s.reasons, []string{"alice's"}) {
					t.Errorf("written with the reasons %q, want alice's change alone", s.reasons)
				}
				if most := most + 1 + len(roles) + 2; s.sets > most {
					t.Errorf("%d writes, want at most %d", s.sets, most)
				}
			})
		})
	}
}

// Whoever comes while a refused person's changes are under way waits for one write of theirs at
// most, and they are served in between.
func TestModify_APersonRefusedTakesTurnsWithOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		changes, roles := twentyBad()
		refusesRoles(s, notSupported, append(roles, "roles/bad")...)
		w := NewWriter(s, testOptions())
		modifyAll(t, w, orderedBy(mallory, "roles/bad", "x"))
		var refused, served sync.WaitGroup
		refused.Go(func() { modifyAll(t, w, append(changes, orderedBy(mallory, "roles/viewer", "hers"))...) })
		for i := range 40 {
			served.Go(func() {
				time.Sleep(time.Duration(i) * s.trip * 2 / 3)
				start := time.Now()
				if _, err := w.Modify(t.Context(), project, orderedBy(fmt.Sprintf("user:person-%d@example.com", i), "roles/editor", "x")); err != nil {
					t.Errorf("change %d: %v", i, err)
				}
				// A batch of others and one write of mallory's may be under way, each behind its
				// read.
				if took := time.Since(start); took > 6*s.trip {
					t.Errorf("change %d took %v, want at most 6 round trips", i, took)
				}
			})
		}
		served.Wait()
		s.mu.Lock()
		tried := s.sets - s.writes
		s.mu.Unlock()
		if tried < 5 {
			t.Errorf("%d of mallory's changes were tried meanwhile, want that they take turns", tried)
		}
		refused.Wait()
		wantMembers(t, s, "roles/viewer", mallory)
	})
}

// Their good changes are written too, each alone.
func TestModify_GoodChangesOfSomebodyRefusedAreWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		refusesRoles(s, notSupported, "roles/bad")
		w := NewWriter(s, testOptions())
		errs := modifyAll(t, w, orderedBy(mallory, "roles/bad", "x"), orderedBy(mallory, "roles/viewer", "y"), orderedBy(mallory, "roles/editor", "z"))
		if errs[0] == nil || errs[1] != nil || errs[2] != nil {
			t.Errorf("errors = %v, want the first alone refused", errs)
		}
		wantMembers(t, s, "roles/viewer", mallory)
		wantMembers(t, s, "roles/editor", mallory)
	})
}

// A change that may have been written is settled where it was tried.
func TestModify_ARefusalAfterALostWriteIsUnsettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		s.onSet = func(n int, _ *Policy) error {
			if n == 1 {
				return errBroken
			}
			return notSupported
		}
		w := NewWriter(s, testOptions())
		for i, err := range modifyAll(t, w, orderedBy(mallory, "roles/a", "x"), orderedBy(mallory, "roles/b", "y")) {
			if !errors.Is(err, ErrUnsettled) {
				t.Errorf("change %d: %v, want it unsettled", i, err)
			}
		}
		_, err := w.Modify(t.Context(), project, orderedBy(mallory, "roles/a", "x"))
		if cause.Of(err).Kind != cause.RoleNotGrantable || errors.Is(err, ErrUnsettled) {
			t.Errorf("again: %v, want Google's refusal", err)
		}
	})
}

// A caller whose changes are written apart takes them along, too.
func TestModify_SomebodyRefusedCanLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		refusesRoles(s, notSupported, "roles/bad")
		w := NewWriter(s, testOptions())
		modifyAll(t, w, orderedBy(mallory, "roles/bad", "x"))
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, err := w.Modify(ctx, project, orderedBy(mallory, "roles/viewer", "y"))
			left <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnsettled) {
			t.Errorf("the caller that left got %v, want its context's error", err)
		}
		time.Sleep(time.Second) // the batch ends
		wantMembers(t, s, "roles/viewer")
	})
}

func TestRefusals_AreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRefusals()
		for i := range 3 * maxRefusals {
			r.add(project, "etag", Change{Owner: fmt.Sprint(i), Content: fmt.Sprint(i)}, notSupported)
		}
		if len(r.changes) != maxRefusals || len(r.owners) != maxRefusals {
			t.Errorf("%d changes and %d people are remembered, want %d", len(r.changes), len(r.owners), maxRefusals)
		}
		last := fmt.Sprint(3*maxRefusals - 1)
		if !r.isSuspect(last) || r.find(project, "etag", Change{Content: last}) == nil {
			t.Error("the last one is not remembered")
		}
		time.Sleep(2 * refusalMemory)
		r.add(project, "etag", Change{Owner: "x", Content: "x"}, notSupported)
		if r.isSuspect(last) || len(r.owners) != 1 || len(r.changes) != 1 {
			t.Errorf("later %d changes and %d people are remembered, want the new ones", len(r.changes), len(r.owners))
		}
	})
}

// Changes of theirs that are alike are refused together, but each is a write where it is not
// refused.
func TestModify_WhoWaitsForSomebodyRefusedWaitsForOneWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		refusesRoles(s, notSupported, "roles/bad")
		w := NewWriter(s, testOptions())
		modifyAll(t, w, orderedBy(mallory, "roles/bad", "x"))
		synctest.Wait()
		var changes sync.WaitGroup
		for i := range 8 {
			again := orderedBy(mallory, "roles/viewer", fmt.Sprint(i))
			again.Apply = func(p *Policy) error { // as an activation that is extended again and again
				p.Bindings = append(p.Bindings, &Binding{Role: "roles/viewer", Members: []string{fmt.Sprintf("user:%d@example.com", i)}})
				return nil
			}
			changes.Go(func() {
				if out, err := w.Modify(t.Context(), project, again); err != nil || !out.Written {
					t.Errorf("change %d: %v, written %v", i, err, out.Written)
				}
			})
		}
		time.Sleep(3 * s.trip / 2) // the first is being written
		start := time.Now()
		if _, err := w.Modify(t.Context(), project, orderedBy(alice, "roles/editor", "alice's")); err != nil {
			t.Errorf("alice's change: %v", err)
		}
		if took := time.Since(start); took > 3*s.trip { // what is left of hers, a read and a write
			t.Errorf("alice waits for %v, want at most 3 round trips", took)
		}
		changes.Wait()
	})
}
