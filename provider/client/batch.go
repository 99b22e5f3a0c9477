package client

import (
	"context"
	"sync"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// Terraform works on several resources at once, ten by default, and begins the next ones as those
// before are done. A write that waits for the next ones takes them along, and saves a write for
// each.
const (
	// nextWait is how long the next change is waited for.
	nextWait = 50 * time.Millisecond
	// longestWait bounds the wait of one write.
	longestWait = 250 * time.Millisecond
)

// batching is the upstream of a writer. It delays the read before a write while fewer changes to
// the policy are under way than there were before, so that more of them share the write. A change
// that is alone never waits.
type batching struct {
	policy.Upstream

	mu      sync.Mutex
	changes map[string]*changes
}

// changes are those to one policy that are under way.
type changes struct {
	underWay, most int
	began          chan struct{} // holds a token after a change began that nobody has seen
}

func newBatching(u policy.Upstream) *batching {
	return &batching{Upstream: u, changes: map[string]*changes{}}
}

// begin counts a change as under way, until end is called.
func (b *batching) begin(resource string) (end func()) {
	c := b.of(resource)
	b.mu.Lock()
	defer b.mu.Unlock()
	c.underWay++
	c.most = max(c.most, c.underWay)
	select {
	case c.began <- struct{}{}:
	default:
	}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		c.underWay--
	}
}

func (b *batching) of(resource string) *changes {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.changes[resource]
	if c == nil {
		c = &changes{began: make(chan struct{}, 1)}
		b.changes[resource] = c
	}
	return c
}

// Get reads, and returns what it read once as many changes are under way as were before, or no
// other has begun for a while.
func (b *batching) Get(ctx context.Context, resource string) (*policy.Policy, error) {
	p, err := b.Upstream.Get(ctx, resource)
	if err == nil {
		b.wait(ctx, b.of(resource))
	}
	return p, err
}

func (b *batching) wait(ctx context.Context, c *changes) {
	limit := time.NewTimer(longestWait)
	defer limit.Stop()
	for b.incomplete(c) {
		next := time.NewTimer(nextWait)
		select {
		case <-c.began:
			next.Stop()
			continue
		case <-next.C:
		case <-limit.C:
		case <-ctx.Done():
		}
		next.Stop()
		return
	}
}

func (b *batching) incomplete(c *changes) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return c.underWay < c.most
}
