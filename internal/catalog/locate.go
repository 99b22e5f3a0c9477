package catalog

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// So often the index is asked where projects stand for those who then turn out to
// have nothing there: forty times at once and twenty times a minute, of the
// hundred that Google allows all instances together. Whoever opens projects that
// are not theirs would otherwise take the quota from all who have something.
const (
	strangersAtOnce = 40
	strangerEvery   = 3 * time.Second
)

// errSpared is a placing that was not asked for.
var errSpared = errors.New("the index was asked in vain too often")

// locate places a project. Where the index was asked in vain too often, the lists
// that home is made of tell as much: they are shared by everybody, and as old at
// most.
func (c *Catalog) locate(ctx context.Context, p *project) error {
	placement, err := c.placements.Get(ctx, p.id, func(ctx context.Context) (Placement, error) {
		if !c.strangers.take() {
			return Placement{}, errSpared
		}
		p.spent = true
		return c.index.Effective(ctx, c.scope, p.id)
	})
	switch {
	case errors.Is(err, errSpared):
		return c.locateInLists(ctx, p)
	case err != nil:
		return err
	case !placement.Inside:
		return upstream.ErrNotYours
	}
	for _, placed := range placement.Policies {
		if strings.HasPrefix(placed.Resource, "projects/") {
			p.indexed = append(p.indexed, placed.Binding)
		} else {
			p.ancestors = append(p.ancestors, placed)
		}
	}
	return nil
}

// notInVain gives back what a project was placed for, because somebody has, or
// may have, something there.
func (c *Catalog) notInVain(p *project) {
	if p.spent {
		c.strangers.give()
	}
}

// locateInLists places a project that the index lists by what its search found.
func (c *Catalog) locateInLists(ctx context.Context, p *project) error {
	found, places, err := c.survey(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(places, func(at ProjectPlace) bool { return at.Project == p.id })
	if i < 0 {
		return upstream.ErrNotYours
	}
	listed := found.project(places[i])
	p.indexed, p.ancestors = listed.indexed, listed.ancestors
	return nil
}

// budget is a token bucket. It is kept as the moment at which it is full again.
type budget struct {
	clock func() time.Time
	most  int
	every time.Duration

	mu   sync.Mutex
	full time.Time
}

// take takes a token; false if there is none.
func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock()
	if b.full.Before(now) {
		b.full = now
	}
	if b.full.Add(b.every).Sub(now) > time.Duration(b.most)*b.every {
		return false
	}
	b.full = b.full.Add(b.every)
	return true
}

// give gives a token back.
func (b *budget) give() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.full = b.full.Add(-b.every)
}
