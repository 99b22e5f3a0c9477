// Package memo keeps the answers of others for a while, and has those who ask for the same thing at
// the same time share one answer. It refuses to keep errors, and it grows no larger than it was
// told.
package memo

import (
	"context"
	"sync"
	"time"
)

// Cache keeps answers until they have an age, counted from the moment of asking, and joins
// concurrent look-ups of one key. A look-up belongs to all who wait for it: it goes on when the one
// who began it leaves, and is cancelled when the last one leaves, so that no work outlives its
// requests. It keeps at most limit answers, and no errors.
type Cache[K comparable, V any] struct {
	clock func() time.Time
	limit int
	age   time.Duration

	mu      sync.Mutex
	answers map[K]answer[V]
	lookups map[K]*lookup[V]
}

type answer[V any] struct {
	value V
	asked time.Time
}

type lookup[V any] struct {
	asked   time.Time
	cancel  context.CancelFunc
	waiting int // guarded by the cache's mutex
	done    chan struct{}
	value   V // written before done is closed
	err     error
}

// New makes a cache that reads the time from a clock.
func New[K comparable, V any](clock func() time.Time, limit int, age time.Duration) *Cache[K, V] {
	return &Cache[K, V]{
		clock:   clock,
		limit:   limit,
		age:     age,
		answers: map[K]answer[V]{},
		lookups: map[K]*lookup[V]{},
	}
}

// Get returns the kept answer, or the one that ask gives to everybody who waits for this key.
// Values are shared: never modify them. The error is ask's, or that of ctx when this caller leaves.
func (c *Cache[K, V]) Get(ctx context.Context, key K, ask func(context.Context) (V, error)) (V, error) {
	c.mu.Lock()
	if a, ok := c.answers[key]; ok && c.fresh(a) {
		c.mu.Unlock()
		return a.value, nil
	}
	l, ok := c.lookups[key]
	if !ok {
		l = c.begin(ctx, key, ask)
	}
	l.waiting++
	c.mu.Unlock()

	select {
	case <-l.done:
		return l.value, l.err
	case <-ctx.Done():
		c.leave(key, l)
		var none V
		return none, ctx.Err()
	}
}

func (c *Cache[K, V]) begin(ctx context.Context, key K, ask func(context.Context) (V, error)) *lookup[V] {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l := &lookup[V]{asked: c.clock(), cancel: cancel, done: make(chan struct{})}
	c.lookups[key] = l
	go func() {
		defer cancel()
		l.value, l.err = ask(ctx)
		c.finish(key, l)
	}()
	return l
}

func (c *Cache[K, V]) finish(key K, l *lookup[V]) {
	c.mu.Lock()
	if c.lookups[key] == l {
		delete(c.lookups, key)
		if l.err == nil {
			c.makeRoom(key)
			c.answers[key] = answer[V]{value: l.value, asked: l.asked}
		}
	}
	c.mu.Unlock()
	close(l.done)
}

// leave takes one caller away, and with the last one the look-up, so that nobody joins one that is
// being cancelled.
func (c *Cache[K, V]) leave(key K, l *lookup[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.waiting--; l.waiting > 0 {
		return
	}
	l.cancel()
	if c.lookups[key] == l {
		delete(c.lookups, key)
	}
}

func (c *Cache[K, V]) fresh(a answer[V]) bool {
	age := c.clock().Sub(a.asked)
	return age >= 0 && age < c.age
}

// makeRoom drops what is too old and, if that is not enough, any other answer.
func (c *Cache[K, V]) makeRoom(key K) {
	if _, ok := c.answers[key]; ok || len(c.answers) < c.limit {
		return
	}
	for k, a := range c.answers {
		if !c.fresh(a) {
			delete(c.answers, k)
		}
	}
	for k := range c.answers {
		if len(c.answers) < c.limit {
			return
		}
		delete(c.answers, k)
	}
}
