package activation

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// The gate is the only way to change a policy: nothing else of the portal calls Modify.
func TestGate_IsTheOnlyWayToAPolicy(t *testing.T) {
	t.Parallel()
	calls := map[string]int{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Modify" {
				calls[path]++
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if gate := filepath.Join("..", "activation", "gate.go"); len(calls) != 1 || calls[gate] != 1 {
		t.Errorf("policies are changed by %v, want %s alone", calls, gate)
	}
}

// takings are all orders that take something away, each about an activation of alice or about a
// request of hers that waits.
var takings = map[string]func(s *scene, active, waiting request.Claims) (event.Event, error){
	"end": func(s *scene, active, _ request.Claims) (event.Event, error) {
		ended, err := s.End(s.t.Context(), EndOrder{Person: alice, Key: adminKey, ID: active.ID})
		return ended.Event(event.End, nil), err
	},
	"a reviewer's revocation": func(s *scene, active, _ request.Claims) (event.Event, error) {
		ended, err := s.Revoke(s.t.Context(), Revocation{By: bob, User: alice, Key: adminKey, ID: active.ID, Claims: &active})
		return ended.Event(event.Revoke, &active), err
	},
	"an administrator's revocation": func(s *scene, active, _ request.Claims) (event.Event, error) {
		ended, err := s.Revoke(s.t.Context(), Revocation{By: administrator, User: alice, Key: adminKey, ID: active.ID})
		return ended.Event(event.Revoke, nil), err
	},
	"decline": func(s *scene, _, waiting request.Claims) (event.Event, error) {
		decided, err := s.Decline(s.t.Context(), DecisionOrder{By: bob, Claims: waiting, Reason: "no"})
		return decided.Event(), err
	},
	"withdraw": func(s *scene, _, waiting request.Claims) (event.Event, error) {
		decided, err := s.Withdraw(s.t.Context(), alice, waiting)
		return decided.Event(), err
	},
}

// takingScene has an activation of alice, a request of hers that waits, and an activation of
// somebody else that is due to be swept.
func takingScene(t *testing.T) (s *scene, active, waiting request.Claims) {
	t.Helper()
	s = newScene(t, sharedBinding(), selfEligible(viewer))
	active = s.activeRequest()
	waiting = s.makeRequest(bob)
	expired := activeBinding(t, carol, viewer, startTime.Add(-24*time.Hour), startTime.Add(-23*time.Hour))
	s.edit(func(p *policy.Policy) { p.Bindings = append(p.Bindings, expired) })
	return s, active, waiting
}

// expired counts the activations that are due to be swept.
func (s *scene) expired() int {
	all, _ := eligibility.Activations("projects/"+project, policy.BindingsOf(s.policy), carol)
	return len(all)
}

// Once every order that takes access away was carried out in projects outside the scope, and the
// sweep went along.
func TestGate_NothingIsChangedOutsideTheScope(t *testing.T) {
	for name, take := range takings {
		s, active, waiting := takingScene(t)
		s.standing = eligibility.OutsideScope
		writes := s.writes
		_, err := take(s, active, waiting)
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Reason != OutOfScope || s.writes != writes || s.expired() != 1 {
			t.Errorf("%s: %v after %d more writes, want %s without one", name, err, s.writes-writes, OutOfScope)
			continue
		}
		var want []eligibility.Binding
		if name != "decline" && name != "withdraw" {
			want = []eligibility.Binding{policy.BindingOf(s.policy.Bindings[2])}
		}
		if diff := cmp.Diff(want, refusal.Remaining); diff != "" {
			t.Errorf("%s: what remains (-want +got):\n%s", name, diff)
		}
	}
}

func TestGate_AccessIsTakenAwayWhereTheScopeCannotBeAsked(t *testing.T) {
	for name, take := range takings {
		for standing, unproven := range map[eligibility.Standing]bool{eligibility.InsideScope: false, eligibility.StandingUnknown: true} {
			s, active, waiting := takingScene(t)
			s.standing = standing
			writes := s.writes
			done, err := take(s, active, waiting)
			if err != nil || done.ScopeUnproven != unproven || s.writes != writes+1 {
				t.Errorf("%s, standing %d: %+v, %v after %d more writes; want one, unproven %t", name, standing, done, err, s.writes-writes, unproven)
			}
			if swept := s.expired() == 0; swept == unproven {
				t.Errorf("%s, standing %d: the sweep went along: %t", name, standing, swept)
			}
			if again, err := take(s, active, waiting); err != nil || again.ScopeUnproven {
				t.Errorf("%s, standing %d, again: %+v, %v; want a repetition, which changes nothing", name, standing, again, err)
			}
		}
	}
}

func TestGate_NothingIsGrantedWhereTheScopeIsNotProven(t *testing.T) {
	for standing, want := range map[eligibility.Standing]func(error) bool{
		eligibility.OutsideScope: func(err error) bool { return errors.Is(err, upstream.ErrNotYours) },
		eligibility.StandingUnknown: func(err error) bool {
			var outage *upstream.Outage
			return errors.As(err, &outage) && outage.Service == "Cloud Asset Inventory"
		},
	} {
		s := newScene(t, sharedBinding(), selfEligible(viewer))
		waiting := s.makeRequest(bob)
		s.standing = standing
		_, activated := s.Self(t.Context(), order(viewer))
		_, approved := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: waiting})
		if !want(activated) || !want(approved) || s.writes != 0 {
			t.Errorf("standing %d: %v and %v after %d writes", standing, activated, approved, s.writes)
		}
	}
}

// What stands in a project outside the scope is as secret as in any other.
func TestGate_OthersLearnNothingOfAProjectOutsideTheScope(t *testing.T) {
	for _, standing := range []eligibility.Standing{eligibility.InsideScope, eligibility.OutsideScope, eligibility.StandingUnknown} {
		s, active, _ := takingScene(t)
		s.standing = standing
		writes := s.writes
		if _, err := s.End(t.Context(), EndOrder{Person: bob, Key: adminKey, ID: active.ID}); reason(err) != NotActive || s.writes != writes {
			t.Errorf("standing %d: %v after %d more writes, want %s", standing, err, s.writes-writes, NotActive)
		}
	}
}

// Somebody has run the command of the page.
func TestGate_WhatHasEndedOutsideTheScopeIsRepeated(t *testing.T) {
	s, active, _ := takingScene(t)
	end := EndOrder{Person: alice, Key: adminKey, ID: active.ID}
	if _, err := s.End(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	s.standing = eligibility.OutsideScope
	if ended, err := s.End(t.Context(), end); err != nil || !ended.Repeated {
		t.Errorf("ending again: %+v, %v, want a repetition", ended, err)
	}
}

// What JIT Access 1.8.1 granted there, or the portal before the project was guarded, can be taken
// away.
func TestGate_AccessIsTakenAwayOnAGuardedProject(t *testing.T) {
	for name, take := range takings {
		s, active, waiting := takingScene(t)
		s.rules.Guarded = append(s.rules.Guarded, project)
		writes := s.writes
		if done, err := take(s, active, waiting); err != nil || done.Repeated || s.writes != writes+1 {
			t.Errorf("%s: %+v, %v after %d more writes, want it done", name, done, err, s.writes-writes)
		}
	}
}
