package binding

import (
	"reflect"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// attempts are the policies that a move is tried on, one after the other, until
// a write wins or nothing is left to write.
type attempts struct {
	edit
	stateKey []eligibility.Principal // who joins and stood in the last policy
	altered  []eligibility.Principal // who did in the last one that had to be altered
}

// apply makes the move, and remembers whom it found.
func (a *attempts) apply(p *policy.Policy) (err error) {
	before := policy.Clone(p)
	a.stateKey, err = a.edit.apply(p)
	if !reflect.DeepEqual(before.Bindings, p.Bindings) {
		a.altered = a.stateKey
	}
	return err
}

// taken are the members that were taken over. A move that was written is judged
// by the policy that it altered: after a lost answer it meets its own effect.
// One that nobody had to write found everybody there by somebody else's doing.
func (a *attempts) taken(written bool) []eligibility.Principal {
	if written {
		return a.altered
	}
	return a.stateKey
}
