// Package memo keeps fetched values for a while, and has those who want the same one at the same
// time share one fetch. It keeps no errors, and no more values than its limit.
package memo

import (
	"context"
	"sync"
	"time"
)

// Cache keeps values until they reach an age, counted from the start of the look-up, and joins
// concurrent look-ups of one key. A look-up belongs to all who wait for it: it goes on when the one
// who began it leaves, and is cancelled when the last one leaves, so that no work outlives its
// requests. It keeps at most limit values, and no errors. With an age of 0 it keeps nothing, and
// only joins.
type Cache[K comparable, V any] struct {
	clock func() time.Time
	limit int
	age   time.Duration

	mu      sync.Mutex
	entries map[K]entry[V]
	lookups map[K]*lookup[V]
}

type entry[V any] struct {
	value   V
	started time.Time
}

type lookup[V any] struct {
	started time.Time
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
		entries: map[K]entry[V]{},
		lookups: map[K]*lookup[V]{},
	}
}

// Get returns the value that is kept, or the one that fetch returns to everybody who waits for this
// key. Values are shared: never modify them. The error is fetch's, or that of ctx when this caller
// leaves.
func (c *Cache[K, V]) Get(ctx context.Context, key K, fetch func(context.Context) (V, error)) (V, error) {
	c.mu.Lock()
	if e, ok := c.entries[key]; ok && c.isFresh(e) {
		c.mu.Unlock()
		return e.value, nil
	}
	l, ok := c.lookups[key]
	if !ok {
		l = c.startLookup(ctx, key, fetch)
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

type joinedKey struct{}

// Joined reports whether a context is that of a look-up, which others than the one who began it may
// wait for.
func Joined(ctx context.Context) bool {
	joined, _ := ctx.Value(joinedKey{}).(bool)
	return joined
}

// Join returns the context of a look-up that others than the one who begins it may wait for: it
// goes on when that one leaves.
func Join(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithCancel(context.WithValue(context.WithoutCancel(ctx), joinedKey{}, true))
}

func (c *Cache[K, V]) startLookup(ctx context.Context, key K, fetch func(context.Context) (V, error)) *lookup[V] {
	ctx, cancel := Join(ctx)
	l := &lookup[V]{started: c.clock(), cancel: cancel, done: make(chan struct{})}
	c.lookups[key] = l
	go func() {
		defer cancel()
		l.value, l.err = fetch(ctx)
		c.finish(key, l)
	}()
	return l
}

func (c *Cache[K, V]) finish(key K, l *lookup[V]) {
	c.mu.Lock()
	if c.lookups[key] == l {
		delete(c.lookups, key)
		if l.err == nil && c.age > 0 {
			c.makeRoom(key)
			c.entries[key] = entry[V]{value: l.value, started: l.started}
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

func (c *Cache[K, V]) isFresh(e entry[V]) bool {
	age := c.clock().Sub(e.started)
	return age >= 0 && age < c.age
}

// makeRoom drops what is too old and, if that is not enough, any other value.
func (c *Cache[K, V]) makeRoom(key K) {
	if _, ok := c.entries[key]; ok || len(c.entries) < c.limit {
		return
	}
	for k, e := range c.entries {
		if !c.isFresh(e) {
			delete(c.entries, k)
		}
	}
	for k := range c.entries {
		if len(c.entries) < c.limit {
			return
		}
		delete(c.entries, k)
	}
}
