package client

import (
	"context"
	"slices"
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
	mu      sync.Mutex
	writes  []*Write
	owners  map[Place][]*Write
	removed map[Place]bool // by an older owner, and not put again since
}

// Write is what one resource does to places. It ends with one of Done, Failed and Unsettled.
type Write struct {
	places    *Places
	owned     []Place        // that the resource puts, or takes over
	abandoned []Place        // that it has no more if it is written
	left      map[Place]bool // of these, those that it left to a newer owner
	outcome   outcome
	ended     chan struct{}
}

type outcome int

const (
	pending outcome = iota
	done
	failed
	unsettled // it may have been written
)

// Begin says that a resource is about to put members in places, or to take over those that are
// there, and to give others up. Call it before the policy is read.
func (p *Places) Begin(owned, abandoned []Place) *Write {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := &Write{places: p, owned: owned, abandoned: abandoned, left: map[Place]bool{}, ended: make(chan struct{})}
	p.writes = append(p.writes, w)
	if p.owners == nil {
		p.owners, p.removed = map[Place][]*Write{}, map[Place]bool{}
	}
	for _, at := range owned {
		p.owners[at] = append(p.owners[at], w)
	}
	return w
}

// Leave tells an older owner whether a place has a newer one, so that the member must stay. It may
// be asked again, for another attempt of the same write.
func (w *Write) Leave(at Place) bool {
	w.places.mu.Lock()
	defer w.places.mu.Unlock()
	w.left[at] = slices.ContainsFunc(w.places.ownersOf(at, w), func(o *Write) bool { return o.outcome != failed })
	return w.left[at]
}

// LetGo tells whether a resource of this walk gives up, or gave up, the place of a member under the
// same key, whatever its title, description and terms.
func (p *Places) LetGo(at Place) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.writes, func(w *Write) bool {
		return w.outcome != failed && slices.ContainsFunc(w.abandoned, func(given Place) bool {
			return given.Key == at.Key && given.Constraint == at.Constraint && given.Member == at.Member
		})
	})
}

// Done says that the policy was written.
func (w *Write) Done() {
	p := w.places
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, at := range w.abandoned {
		p.removed[at] = !w.left[at]
	}
	for _, at := range w.owned {
		delete(p.removed, at)
	}
	w.end(done)
}

// Handover is what became of places that one resource gave up for another, of which one failed.
type Handover struct {
	Left   []Place // an older owner left them to this one, and nobody else has them
	Lost   []Place // an older owner removed them before
	Passed []Place // of this resource before: a newer owner has them now
}

// Failed says that nothing was written. It waits for the resources that it shares a place with, as
// long as the context allows, because what becomes of the place depends on them.
func (w *Write) Failed(ctx context.Context) Handover { return w.endWith(ctx, failed) }

// Unsettled says that it is not known whether the policy was written.
func (w *Write) Unsettled(ctx context.Context) Handover { return w.endWith(ctx, unsettled) }

func (w *Write) endWith(ctx context.Context, o outcome) Handover {
	w.places.mu.Lock()
	w.end(o) // before anything is waited for: others may wait for this one
	others := w.others()
	w.places.mu.Unlock()
	for _, o := range others {
		select {
		case <-o.ended:
		case <-ctx.Done():
		}
	}
	return w.handover()
}

func (w *Write) end(o outcome) {
	w.outcome = o
	close(w.ended)
}

// others are the writes of newer owners of what this one abandons, and of older owners of what this
// one owns.
func (w *Write) others() []*Write {
	var all []*Write
	for _, o := range w.places.writes {
		newer := slices.ContainsFunc(o.owned, func(at Place) bool { return slices.Contains(w.abandoned, at) })
		older := slices.ContainsFunc(w.owned, func(at Place) bool { return o.left[at] })
		if o != w && (newer || older) {
			all = append(all, o)
		}
	}
	return all
}

func (w *Write) handover() (h Handover) {
	p := w.places
	p.mu.Lock()
	defer p.mu.Unlock()
	isDone := func(o *Write) bool { return o.outcome == done }
	for _, at := range w.owned {
		switch {
		case slices.ContainsFunc(p.ownersOf(at, w), isDone):
		case slices.ContainsFunc(p.writes, func(o *Write) bool { return o != w && o.left[at] && o.outcome == done }):
			h.Left = append(h.Left, at)
		case p.removed[at]:
			h.Lost = append(h.Lost, at)
		}
	}
	for _, at := range w.abandoned {
		if slices.ContainsFunc(p.ownersOf(at, w), isDone) {
			h.Passed = append(h.Passed, at)
		}
	}
	return h
}

// ownersOf are the writes of others that own a place.
func (p *Places) ownersOf(at Place, but *Write) []*Write {
	return slices.DeleteFunc(slices.Clone(p.owners[at]), func(w *Write) bool { return w == but })
}

// Beside are the members that other resources of this walk own under the same key, title,
// description and terms as a place.
func (w *Write) Beside(at Place) []eligibility.Principal {
	p := w.places
	p.mu.Lock()
	defer p.mu.Unlock()
	var members []eligibility.Principal
	for _, o := range p.writes {
		for _, owned := range o.owned {
			same := owned
			same.Member = at.Member
			if o != w && same == at {
				members = append(members, owned.Member)
			}
		}
	}
	return members
}
