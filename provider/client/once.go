package client

import (
	"context"
	"sync"
	"time"
)

// once asks for each thing once for as long as it lives, which is one configured provider: one walk
// of Terraform. Callers that come while a thing is being asked for wait for that answer. A failure
// is shared as well. What comes out is never to be modified.
type once[V any] struct {
	ask func(ctx context.Context, name string) (V, error)

	mu    sync.Mutex
	known map[string]*call[V]
}

// call is a question under way, or its answer once done is closed.
type call[V any] struct {
	began time.Time
	done  chan struct{}
	value V
	err   error
}

func newOnce[V any](ask func(ctx context.Context, name string) (V, error)) *once[V] {
	return &once[V]{ask: ask, known: map[string]*call[V]{}}
}

// get returns what was answered when somebody first asked. A caller that leaves does not cancel the
// call for the others.
func (o *once[V]) get(ctx context.Context, name string) (V, error) {
	return o.join(ctx, name).wait(ctx)
}

// getWithin is get for callers who would rather go without than wait: none of them waits when a
// time has passed since somebody first asked.
func (o *once[V]) getWithin(ctx context.Context, name string, patience time.Duration) (V, error) {
	c := o.join(ctx, name)
	ctx, cancel := context.WithDeadline(ctx, c.began.Add(patience))
	defer cancel()
	return c.wait(ctx)
}

func (o *once[V]) join(ctx context.Context, name string) *call[V] {
	o.mu.Lock()
	defer o.mu.Unlock()
	if c, ok := o.known[name]; ok {
		return c
	}
	c := &call[V]{began: time.Now(), done: make(chan struct{})}
	o.known[name] = c
	go func() {
		defer close(c.done)
		c.value, c.err = o.ask(context.WithoutCancel(ctx), name)
	}()
	return c
}

// wait prefers an answer that is there to a deadline that has passed.
func (c *call[V]) wait(ctx context.Context) (V, error) {
	select {
	case <-c.done:
		return c.value, c.err
	default:
	}
	select {
	case <-c.done:
		return c.value, c.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

// set takes an answer that came by another way.
func (o *once[V]) set(name string, value V) {
	o.mu.Lock()
	defer o.mu.Unlock()
	done := make(chan struct{})
	close(done)
	o.known[name] = &call[V]{done: done, value: value}
}

// forget has the next caller ask anew.
func (o *once[V]) forget(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.known, name)
}
