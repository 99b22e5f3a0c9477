package activation

import (
	"errors"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// The limits of an entitlement are checked once more when it has been found.
func TestRules_AreCheckedAgainOnTheEntitlement(t *testing.T) {
	for name, act := range map[string]func(*scene) error{
		"self": func(s *scene) error { _, err := s.Self(s.t.Context(), order(viewer)); return err },
		"ask":  func(s *scene) error { _, err := s.Ask(s.t.Context(), ask(bob)); return err },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, sharedBinding(), selfEligible(viewer))
			s.onConfirm = func(*eligibility.Confirmation) { s.rules.Maximum = 30 * time.Minute }
			err := act(s)
			var faults Faults
			if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Field != FieldDuration || s.writes != 0 || len(s.signed) != 0 {
				t.Errorf("%v after %d writes and %d signatures, want a fault of the duration and nothing done", err, s.writes, len(s.signed))
			}
		})
	}
}

// What needs no entitlement is checked before any call.
func TestRules_AreCheckedBeforeAnyCall(t *testing.T) {
	s := newScene(t, sharedBinding(), selfEligible(viewer))
	for name, change := range map[string]func(*Order){
		"the duration":      func(o *Order) { o.Duration = 3 * time.Hour },
		"the justification": func(o *Order) { o.Justification = "a\nb" },
	} {
		o, a := order(viewer), ask(bob)
		change(&o)
		change(&a.Order)
		_, self := s.Self(t.Context(), o)
		_, asked := s.Ask(t.Context(), a)
		var faults Faults
		if !errors.As(self, &faults) || !errors.As(asked, &faults) || s.confirms != 0 {
			t.Errorf("%s: %v and %v after %d confirmations, want faults and none", name, self, asked, s.confirms)
		}
	}
}
