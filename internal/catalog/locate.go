package catalog

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The index is asked where single projects stand, thirty times a minute and
// sixty times at once: no more than ninety times in any minute, of the hundred
// that Google allows all instances together. Whoever opens projects that nobody
// knows of would otherwise take the quota from all who have something there.
const (
	placingsAtOnce = 60
	placingEvery   = 2 * time.Second
)

// errSpared is a placing that was not asked for.
var errSpared = errors.New("the index was asked where projects stand too often")

// locate places a project. Where the index was asked too often, or says so
// itself, the lists that home is made of tell as much: they are shared by
// everybody, and as old at most.
func (c *Catalog) locate(ctx context.Context, p *project) error {
	placement, err := c.placements.get(ctx, p.id, func(ctx context.Context) (Placement, error) {
		if !c.placings.take() {
			return Placement{}, errSpared
		}
		return c.index.Effective(ctx, c.scope, p.id)
	})
	switch {
	case errors.Is(err, errSpared) || exhausted(err):
		return c.locateInLists(ctx, p)
	case err != nil:
		return err
	case !placement.Inside:
		return ErrNotYours
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

// locateInLists places a project that the index lists by what its search found.
func (c *Catalog) locateInLists(ctx context.Context, p *project) error {
	found, places, err := c.survey(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(places, func(at ProjectPlace) bool { return at.Project == p.id })
	if i < 0 {
		return ErrNotYours
	}
	listed := found.project(places[i])
	p.indexed, p.ancestors = listed.indexed, listed.ancestors
	return nil
}

// exhausted tells an answer that a quota is used up.
func exhausted(err error) bool {
	var outage *Outage
	return errors.As(err, &outage) && status.Code(outage.Err) == codes.ResourceExhausted
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
