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

// Locating a project for a person who has nothing there is limited to 40 times at once and 20 times
// a minute, of the 100 a minute that Google allows all instances together: otherwise people who
// open projects that are not theirs would use up the quota of everybody else.
const (
	locateBurst    = 40
	locateInterval = 3 * time.Second
)

// errOverBudget says that the index is not asked where a project stands.
var errOverBudget = errors.New("too many projects were located for people who have nothing there")

// locate finds out where a project stands. Where the budget is used up, the lists behind the
// overview are used instead: everybody shares them, and they are no older.
func (c *Catalog) locate(ctx context.Context, p *project) error {
	location, err := c.locations.Get(ctx, p.id, func(ctx context.Context) (Location, error) {
		if !c.locateBudget.take() {
			return Location{}, errOverBudget
		}
		p.charged = true
		return c.locator.Locate(ctx, c.scope, p.id)
	})
	switch {
	case errors.Is(err, errOverBudget):
		return c.locateInLists(ctx, p)
	case err != nil:
		return err
	case !location.Inside:
		return upstream.ErrNotYours
	}
	for _, b := range location.Policies {
		if strings.HasPrefix(b.Resource, "projects/") {
			p.indexed = append(p.indexed, b.Binding)
		} else {
			p.ancestors = append(p.ancestors, b)
		}
	}
	return nil
}

// refund gives back what locating a project took from the budget, because somebody has, or may
// have, something there.
func (c *Catalog) refund(p *project) {
	if p.charged {
		c.locateBudget.putBack()
	}
}

// locateInLists finds a project in the list of projects, and its bindings in what the search found.
func (c *Catalog) locateInLists(ctx context.Context, p *project) error {
	found, all, err := c.searchAndList(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(listed ListedProject) bool { return listed.Project == p.id })
	if i < 0 {
		return upstream.ErrNotYours
	}
	located := found.projectFrom(all[i])
	p.indexed, p.ancestors = located.indexed, located.ancestors
	return nil
}

// budget is a token bucket. It is kept as the moment at which it is full again.
type budget struct {
	clock    func() time.Time
	burst    int
	interval time.Duration

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
	if b.full.Add(b.interval).Sub(now) > time.Duration(b.burst)*b.interval {
		return false
	}
	b.full = b.full.Add(b.interval)
	return true
}

// putBack gives a token back.
func (b *budget) putBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.full = b.full.Add(-b.interval)
}
