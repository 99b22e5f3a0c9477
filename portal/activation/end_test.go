package activation

import (
	"errors"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

var adminKey = eligibility.Key{Resource: "projects/" + project, Role: admin}

func TestEnd_SetsTheEndAndKeepsTheBinding(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	o := order(admin)
	s.activate(o)
	s.advance(10 * time.Minute)
	ended, err := s.End(t.Context(), EndOrder{Person: alice, Key: adminKey, ID: o.ID})
	if err != nil || ended.Repeated || !ended.PreviousEnd.Equal(startTime.Add(time.Hour)) {
		t.Fatalf("End = %+v, %v", ended, err)
	}
	got := s.activations()
	want := eligibility.Window{Start: startTime, End: startTime.Add(10 * time.Minute)}
	if len(got) != 1 || got[0].ID != o.ID || got[0].Window != want || got[0] != ended.Activation {
		t.Errorf("activations = %+v, want the same with its end at %v", got, want.End)
	}
}

func TestEnd_TwiceIsTheSame(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	o := order(admin)
	s.activate(o)
	s.advance(time.Minute)
	first, _ := s.End(t.Context(), EndOrder{Person: alice, Key: adminKey, ID: o.ID})
	s.advance(time.Minute)
	second, err := s.End(t.Context(), EndOrder{Person: alice, Key: adminKey, ID: o.ID})
	if err != nil || !second.Repeated || second.Activation != first.Activation || s.writes != 2 {
		t.Errorf("ending again = %+v, %v after %d writes; want %+v, repeated", second, err, s.writes, first)
	}
}

func TestEnd_EndsWhat181Wrote(t *testing.T) {
	s := newScene(t, &policy.Binding{Role: admin, Members: []string{"user:" + alice}, Condition: &policy.Expr{
		Title: "JIT access activation", Description: "Self-approved, justification: x",
		Expression: `(request.time >= timestamp("2026-11-19T02:00:00Z") && request.time < timestamp("2026-11-19T04:00:00Z"))`,
	}})
	if _, err := s.End(t.Context(), EndOrder{Person: alice, Key: adminKey}); err != nil {
		t.Fatal(err)
	}
	got := s.policy.Bindings[0].Condition
	if got.Description != "Self-approved, justification: x" ||
		got.Expression != `(request.time >= timestamp("2026-11-19T02:00:00Z") && request.time < timestamp("2026-11-19T02:14:00Z"))` {
		t.Errorf("condition = %+v", got)
	}
}

func TestEnd_RefusesWhatIsNotTheirs(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	s.activate(order(admin))
	for name, o := range map[string]EndOrder{
		"somebody else": {Person: "bob@example.com", Key: adminKey},
		"another role":  {Person: alice, Key: eligibility.Key{Resource: "projects/" + project, Role: viewer}},
		"a condition":   {Person: alice, Key: eligibility.Key{Resource: "projects/" + project, Role: admin, ResourceCondition: `resource.name == "x"`}},
		"a number":      {Person: alice, Key: eligibility.Key{Resource: "projects/418230117", Role: admin}},
	} {
		_, err := s.End(t.Context(), o)
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Reason != NotActive || s.writes != 1 {
			t.Errorf("%s: %v after %d writes, want NOT_ACTIVE and no further write", name, err, s.writes)
		}
	}
}

func TestEnd_DoesNotEndWhatWasExtendedSince(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	seen := order(admin)
	s.activate(seen)
	s.advance(time.Minute)
	s.activate(order(admin))
	_, err := s.End(t.Context(), EndOrder{Person: alice, Key: adminKey, ID: seen.ID})
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Reason != StaleForm || s.writes != 2 {
		t.Errorf("err = %v after %d writes, want STALE_FORM", err, s.writes)
	}
}

func TestEnd_LeavesOthersActive(t *testing.T) {
	bob := activeBinding(t, "bob@example.com", admin, startTime, startTime.Add(time.Hour))
	s := newScene(t, selfEligible(admin), selfEligible(viewer), bob)
	both := order(admin, viewer)
	s.activate(both)
	s.advance(time.Minute)
	if _, err := s.End(t.Context(), EndOrder{Person: alice, Key: adminKey, ID: both.ID}); err != nil {
		t.Fatal(err)
	}
	open := 0
	for _, who := range []string{alice, "bob@example.com"} {
		all, _ := eligibility.Activations("projects/"+project, policy.BindingsOf(s.policy), who)
		for _, a := range all {
			if a.Window.Contains(s.clock()) {
				open++
			}
		}
	}
	if open != 2 {
		t.Errorf("%d activations are open, want alice's other role and bob's", open)
	}
}

func activeBinding(t *testing.T, who, role string, start, end time.Time) *policy.Binding {
	t.Helper()
	b, err := temporaryBinding(eligibility.Activation{
		Key: eligibility.Key{Resource: "projects/" + project, Role: role}, User: who, Window: eligibility.Window{Start: start, End: end},
		Description: eligibility.SelfApprovedDescription("x"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSweep_RemovesExpiredActivationsExceptTheLedger(t *testing.T) {
	const bob = "bob@example.com"
	now := startTime.Add(24 * time.Hour)
	ago := func(start, end time.Duration) (time.Time, time.Time) { return now.Add(-start), now.Add(-end) }
	binding := func(who, role string, start, end time.Duration) *policy.Binding {
		from, to := ago(start, end)
		return activeBinding(t, who, role, from, to)
	}
	foreign := activeBinding(t, bob, viewer, startTime, startTime.Add(time.Hour))
	foreign.Condition.Title = "Mine"
	several := activeBinding(t, bob, viewer, startTime, startTime.Add(time.Hour))
	several.Members = append(several.Members, "user:carol@example.com")
	remaining := []*policy.Binding{
		binding(alice, admin, time.Hour, 30*time.Minute), // newest: the ledger
		binding(bob, admin, 2*time.Hour, 4*time.Minute),  // newest
		binding(bob, viewer, time.Hour, -time.Hour),      // open
		foreign, several, selfEligible(admin),
	}
	removed := []*policy.Binding{
		binding(alice, admin, 3*time.Hour, 2*time.Hour),    // not the newest
		binding(alice, viewer, 13*time.Hour, 12*time.Hour), // newest, but older than any request
	}
	p := &policy.Policy{Bindings: append(append([]*policy.Binding{}, remaining...), removed...)}
	Sweep(func() time.Time { return now })(p)
	if len(p.Bindings) != len(remaining) {
		t.Fatalf("%d bindings are left, want %d", len(p.Bindings), len(remaining))
	}
	for i, b := range p.Bindings {
		if b != remaining[i] {
			t.Errorf("binding %d is %+v, want %+v", i, b, remaining[i])
		}
	}
}

func TestSweep_LeavesExpiredActivationsForFiveMinutes(t *testing.T) {
	old := activeBinding(t, alice, admin, startTime, startTime.Add(time.Minute))
	newer := activeBinding(t, alice, admin, startTime.Add(time.Second), startTime.Add(2*time.Minute))
	for after, left := range map[time.Duration]int{5 * time.Minute: 2, 7 * time.Minute: 1} {
		p := &policy.Policy{Bindings: []*policy.Binding{old, newer}}
		Sweep(func() time.Time { return startTime.Add(after) })(p)
		if len(p.Bindings) != left {
			t.Errorf("%v later %d bindings are left, want %d", after, len(p.Bindings), left)
		}
	}
}
