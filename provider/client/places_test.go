package client

import (
	"testing"

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
	var p Places
	p.Own([]Place{alice})
	otherTitle := alice
	otherTitle.Title = "By hand"
	for at, want := range map[Place]bool{alice: true, bob: false, otherTitle: false} {
		if got := p.Leave(at); got != want {
			t.Errorf("the place of %s under %q is left: %t, want %t", at.Member, at.Title, got, want)
		}
	}
}

func TestPlaces_AFailedOwnerIsToldWhatBecameOfThem(t *testing.T) {
	t.Parallel()
	left, gone, back, untouched := placeOf("left@example.com"), placeOf("gone@example.com"), placeOf("back@example.com"), placeOf("untouched@example.com")
	all := []Place{left, gone, back, untouched}
	var p Places
	p.Done(nil, []Place{gone, back})
	p.Own([]Place{back})
	p.Done([]Place{back}, nil) // by a third resource
	p.Own(all)
	p.Leave(left)
	gotLeft, gotRemoved := p.Failed(all)
	if diff := cmp.Diff([][]Place{{left}, {gone}}, [][]Place{gotLeft, gotRemoved}); diff != "" {
		t.Errorf("left and removed (-want +got):\n%s", diff)
	}
	// What was left stays, for the state of the failed resource may name it. The rest is as it was.
	for at, want := range map[Place]bool{left: true, gone: false, back: true, untouched: false} {
		if got := p.Leave(at); got != want {
			t.Errorf("%s is left: %t, want %t", at.Member, got, want)
		}
	}
}
