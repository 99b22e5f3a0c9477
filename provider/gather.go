package provider

import (
	"context"
	"sync"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// Terraform works on several resources at once, ten by default, and begins
// the next ones as those before are done. A write that waits for stragglers
// takes them along, and saves a write for each.
const (
	// straggle is how long the next straggler may take.
	straggle = 50 * time.Millisecond
	// longestGather bounds the wait of one write.
	longestGather = 250 * time.Millisecond
)

// gathering is the upstream of a writer. It draws out the read before a write
// while fewer changes to the policy are under way than were before. A change
// that is alone never waits.
type gathering struct {
	policy.Upstream

	mu     sync.Mutex
	crowds map[string]*crowd
}

// crowd is the changes to one policy.
type crowd struct {
	present, most int
	arrival       chan struct{} // holds a token after an arrival that nobody has seen
}

func newGathering(u policy.Upstream) *gathering {
	return &gathering{Upstream: u, crowds: map[string]*crowd{}}
}

// enter counts a change in, until leave is called.
func (g *gathering) enter(resource string) (leave func()) {
	c := g.crowd(resource)
	g.mu.Lock()
	defer g.mu.Unlock()
	c.present++
	c.most = max(c.most, c.present)
	select {
	case c.arrival <- struct{}{}:
	default:
	}
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		c.present--
	}
}

func (g *gathering) crowd(resource string) *crowd {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.crowds[resource]
	if c == nil {
		c = &crowd{arrival: make(chan struct{}, 1)}
		g.crowds[resource] = c
	}
	return c
}

// Get reads, and hands out what it read once everybody is there, or nobody has
// come for a while.
func (g *gathering) Get(ctx context.Context, resource string) (*policy.Policy, error) {
	p, err := g.Upstream.Get(ctx, resource)
	if err == nil {
		g.wait(ctx, g.crowd(resource))
	}
	return p, err
}

func (g *gathering) wait(ctx context.Context, c *crowd) {
	limit := time.NewTimer(longestGather)
	defer limit.Stop()
	for g.incomplete(c) {
		straggler := time.NewTimer(straggle)
		select {
		case <-c.arrival:
			straggler.Stop()
			continue
		case <-straggler.C:
		case <-limit.C:
		case <-ctx.Done():
		}
		straggler.Stop()
		return
	}
}

func (g *gathering) incomplete(c *crowd) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return c.present < c.most
}
