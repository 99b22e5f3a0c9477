package provider

import (
	"context"
	"sync"
	"time"
)

// shared asks for each thing once for as long as it lives, which is one
// configured provider: one walk of Terraform. Callers that come while a thing
// is being asked for wait for that answer. A failure is shared as well. What
// comes out is never to be modified.
type shared[V any] struct {
	ask func(ctx context.Context, name string) (V, error)

	mu    sync.Mutex
	known map[string]*inquiry[V]
}

// inquiry is on its way, or what came of it once done is closed.
type inquiry[V any] struct {
	began time.Time
	done  chan struct{}
	value V
	err   error
}

func newShared[V any](ask func(ctx context.Context, name string) (V, error)) *shared[V] {
	return &shared[V]{ask: ask, known: map[string]*inquiry[V]{}}
}

// get returns what was answered when somebody first asked. The inquiry is
// nobody's own: a caller that leaves does not break it for the others.
func (s *shared[V]) get(ctx context.Context, name string) (V, error) {
	return s.join(ctx, name).wait(ctx)
}

// glance is get for those who would rather go without than wait: none of them
// waits when a time has passed since somebody first asked.
func (s *shared[V]) glance(ctx context.Context, name string, patience time.Duration) (V, error) {
	i := s.join(ctx, name)
	ctx, cancel := context.WithDeadline(ctx, i.began.Add(patience))
	defer cancel()
	return i.wait(ctx)
}

func (s *shared[V]) join(ctx context.Context, name string) *inquiry[V] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i, ok := s.known[name]; ok {
		return i
	}
	i := &inquiry[V]{began: time.Now(), done: make(chan struct{})}
	s.known[name] = i
	go func() {
		defer close(i.done)
		i.value, i.err = s.ask(context.WithoutCancel(ctx), name)
	}()
	return i
}

// wait prefers an answer that is there to a deadline that has passed.
func (i *inquiry[V]) wait(ctx context.Context) (V, error) {
	select {
	case <-i.done:
		return i.value, i.err
	default:
	}
	select {
	case <-i.done:
		return i.value, i.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

// keep takes an answer that came by another way.
func (s *shared[V]) keep(name string, value V) {
	s.mu.Lock()
	defer s.mu.Unlock()
	done := make(chan struct{})
	close(done)
	s.known[name] = &inquiry[V]{done: done, value: value}
}

// forget has the next caller ask anew.
func (s *shared[V]) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, name)
}
