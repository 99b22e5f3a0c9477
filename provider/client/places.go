package client

import (
	"sync"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// Place is a member in the binding of one condition. A resource owns the places that its state
// names.
type Place struct {
	eligibility.Key
	Constraint         eligibility.Constraint
	Title, Description string
	Terms              string // the whole expression of a binding with terms, "" for one without
	Member             eligibility.Principal
}

// Places are what the resources of one walk of Terraform do to places, in whatever order Terraform
// works on them. A place can have a new owner before its old one lets it go: with
// create_before_destroy, or where count gives every resource the members of its neighbour. The old
// owner leaves it to the new one. The zero value is ready to use.
type Places struct {
	mu    sync.Mutex
	known map[Place]*place
}

// place is what this walk did to one place.
type place struct {
	owners  int  // resources that put it, or are about to
	left    bool // an older owner left it to them
	removed bool // an older owner took the member away before they came
}

func (p *Places) of(at Place) *place {
	if p.known == nil {
		p.known = map[Place]*place{}
	}
	if p.known[at] == nil {
		p.known[at] = &place{}
	}
	return p.known[at]
}

// Own says that a resource is about to put members in places, or to take over those that are there.
// Call it before the policy is read.
func (p *Places) Own(all []Place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, at := range all {
		p.of(at).owners++
	}
}

// Leave tells an older owner whether a place has a newer one, so that the member must stay.
func (p *Places) Leave(at Place) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.of(at)
	known.left = known.left || known.owners > 0
	return known.owners > 0
}

// Owned tells whether a resource of this walk has put a place, or is about to.
func (p *Places) Owned(at Place) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.of(at).owners > 0
}

// Done says that a resource has written what it announced to Own, and which places it gave up.
func (p *Places) Done(owned, abandoned []Place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, at := range owned {
		p.of(at).removed = false
	}
	for _, at := range abandoned {
		if known := p.of(at); known.owners == 0 {
			known.removed = true
		}
	}
}

// Failed says that a resource wrote nothing of what it announced to Own. It returns the places that
// an older owner left to it, which nobody may remove in this walk any more, and those that an older
// owner has removed.
func (p *Places) Failed(all []Place) (left, removed []Place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, at := range all {
		switch known := p.of(at); {
		case known.left:
			left = append(left, at)
		case known.removed:
			removed = append(removed, at)
			known.owners--
		default:
			known.owners--
		}
	}
	return left, removed
}
