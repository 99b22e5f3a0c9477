package client

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

func placeOf(email string) Place {
	return Place{
		Key:   eligibility.Key{Resource: "projects/payments-prod", Role: "roles/viewer"},
		Title: "Eligible", Member: eligibility.Principal{Kind: eligibility.User, Email: email},
	}
}

func TestPlaces_AreLeftToTheirNewOwnerOnly(t *testing.T) {
	t.Parallel()
	alice, bob := placeOf("alice@example.com"), placeOf("bob@example.com")
	otherTitle := alice
	otherTitle.Title = "By hand"
	var p Places
	old := p.Begin(nil, []Place{alice, bob, otherTitle})
	newer := p.Begin([]Place{alice}, nil)
	for at, want := range map[Place]bool{alice: true, bob: false, otherTitle: false} {
		if got := old.Leave(at); got != want {
			t.Errorf("the place of %s under %q is left: %t, want %t", at.Member, at.Title, got, want)
		}
	}
	if newer.Leave(alice) {
		t.Error("a resource leaves a place to itself")
	}
}

// What becomes of a place depends on both of its owners, whichever ends first.
func TestPlaces_AreInExactlyOneStateAfterAFailure(t *testing.T) {
	t.Parallel()
	alice := placeOf("alice@example.com")
	type ends struct{ older, newer outcome }
	for at, want := range map[ends]Handover{ // of the older and the newer owner together
		{done, done}:        {},
		{done, failed}:      {Left: []Place{alice}},
		{done, unsettled}:   {Left: []Place{alice}},
		{failed, done}:      {Passed: []Place{alice}},
		{unsettled, done}:   {Passed: []Place{alice}},
		{failed, failed}:    {}, // the state of the older names her
		{failed, unsettled}: {},
	} {
		for _, newerFirst := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				var p Places
				older, newer := p.Begin(nil, []Place{alice}), p.Begin([]Place{alice}, nil)
				older.Leave(alice)
				given := make(chan Handover, 2)
				end := func(w *Write, o outcome) {
					switch o {
					case failed:
						given <- w.Failed(t.Context())
					case unsettled:
						given <- w.Unsettled(t.Context())
					default:
						w.Done()
						given <- Handover{}
					}
				}
				first, second := func() { end(older, at.older) }, func() { end(newer, at.newer) }
				if newerFirst {
					first, second = second, first
				}
				go first()
				synctest.Wait()
				go second()
				var got Handover
				for range 2 {
					g := <-given
					got.Left, got.Lost, got.Passed = append(got.Left, g.Left...), append(got.Lost, g.Lost...), append(got.Passed, g.Passed...)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("older %d, newer %d, newer first: %t (-want +got):\n%s", at.older, at.newer, newerFirst, diff)
				}
			})
		}
	}
}

func TestPlaces_AFailedOwnerIsToldWhatItLost(t *testing.T) {
	t.Parallel()
	gone, back, untouched := placeOf("gone@example.com"), placeOf("back@example.com"), placeOf("untouched@example.com")
	var p Places
	p.Begin(nil, []Place{gone, back}).Done()
	p.Begin([]Place{back}, nil).Done() // by a third resource
	failed := p.Begin([]Place{gone, back, untouched}, nil)
	if diff := cmp.Diff(Handover{Lost: []Place{gone}}, failed.Failed(t.Context())); diff != "" {
		t.Errorf("given (-want +got):\n%s", diff)
	}
	if p.Begin(nil, []Place{gone}).Leave(gone) {
		t.Error("a place is left to an owner that failed")
	}
}

// The new owner announces itself while the old one's write is under way.
func TestPlaces_AMemberThatWasBeingRemovedIsLost(t *testing.T) {
	t.Parallel()
	alice := placeOf("alice@example.com")
	var p Places
	older := p.Begin(nil, []Place{alice})
	if older.Leave(alice) {
		t.Fatal("left to nobody")
	}
	newer := p.Begin([]Place{alice}, nil)
	older.Done()
	if diff := cmp.Diff(Handover{Lost: []Place{alice}}, newer.Failed(t.Context())); diff != "" {
		t.Errorf("given (-want +got):\n%s", diff)
	}
}

// Two resources that swap their members wait for each other, and neither for ever.
func TestPlaces_ASwapThatFailsEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		alice, bob := placeOf("alice@example.com"), placeOf("bob@example.com")
		var p Places
		a, b := p.Begin([]Place{bob}, []Place{alice}), p.Begin([]Place{alice}, []Place{bob})
		a.Leave(alice)
		b.Leave(bob)
		given := make(chan Handover)
		go func() { given <- a.Failed(t.Context()) }()
		go func() { given <- b.Failed(t.Context()) }()
		for range 2 {
			if diff := cmp.Diff(Handover{}, <-given); diff != "" {
				t.Errorf("given (-want +got):\n%s", diff)
			}
		}
		// Nor for one that never ends, once Terraform is interrupted.
		p.Begin(nil, []Place{bob}).Leave(bob)
		stuck := p.Begin([]Place{bob}, nil)
		p.writes[2].Leave(bob)
		interrupted, cancel := context.WithCancel(t.Context())
		cancel()
		stuck.Failed(interrupted)
	})
}

// The second half of a replacement finds its members under another title alone.
func TestPlaces_AreLetGoByTheWritesThatDidNotFail(t *testing.T) {
	t.Parallel()
	alice, bob, renamed := placeOf("alice@example.com"), placeOf("bob@example.com"), placeOf("alice@example.com")
	renamed.Title = "New"
	otherKind := alice
	otherKind.Constraint = eligibility.MultiPartyApproval
	var p Places
	p.Begin(nil, []Place{bob}).Failed(t.Context())
	if p.LetGo(renamed) {
		t.Error("a place is let go that nobody abandoned")
	}
	p.Begin(nil, []Place{alice})
	for at, want := range map[Place]bool{alice: true, renamed: true, bob: false, otherKind: false} {
		if got := p.LetGo(at); got != want {
			t.Errorf("the place of %s under %q is let go: %t, want %t", at.Member, at.Title, got, want)
		}
	}
}
