package memo

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// lookups counts calls that answer with their number when let go.
type lookups struct {
	mu        sync.Mutex
	begun     int
	cancelled int
	letGo     chan struct{}
	err       error
}

func (l *lookups) fetch(ctx context.Context) (int, error) {
	l.mu.Lock()
	l.begun++
	number := l.begun
	l.mu.Unlock()
	select {
	case <-l.letGo:
		return number, l.err
	case <-ctx.Done():
		l.mu.Lock()
		l.cancelled++
		l.mu.Unlock()
		return 0, ctx.Err()
	}
}

func TestCache_AJoinedLookupOutlivesItsFirstCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, l := New[string, int](time.Now, 10, time.Minute), &lookups{letGo: make(chan struct{})}
		first, leave := context.WithCancel(t.Context())
		var firstErr error
		go func() { _, firstErr = c.Get(first, "key", l.fetch) }()
		synctest.Wait()
		answers := make([]int, 5)
		for i := range answers {
			go func() { answers[i], _ = c.Get(t.Context(), "key", l.fetch) }()
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		close(l.letGo)
		synctest.Wait()
		if !errors.Is(firstErr, context.Canceled) {
			t.Errorf("the first caller got %v, want its own cancellation", firstErr)
		}
		for i, answer := range answers {
			if answer != 1 {
				t.Errorf("caller %d got answer %d, want the first look-up's", i, answer)
			}
		}
		if l.begun != 1 {
			t.Errorf("began %d look-ups, want one", l.begun)
		}
	})
}

func TestCache_TheLastCallerTakesTheLookupAlong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, l := New[string, int](time.Now, 10, time.Minute), &lookups{letGo: make(chan struct{})}
		ctx, leave := context.WithCancel(t.Context())
		for range 3 {
			go func() { _, _ = c.Get(ctx, "key", l.fetch) }()
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		if l.cancelled != 1 {
			t.Errorf("cancelled %d look-ups, want one", l.cancelled)
		}
		close(l.letGo)
		got, err := c.Get(t.Context(), "key", l.fetch)
		if got != 2 || err != nil {
			t.Errorf("the next caller got %d, %v; want a look-up of its own", got, err)
		}
	})
}

func TestCache_KeepsForAMinuteFromTheStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, l := New[string, int](time.Now, 10, time.Minute), &lookups{letGo: make(chan struct{})}
		time.AfterFunc(10*time.Second, func() { close(l.letGo) })
		start := time.Now()
		for _, step := range []struct {
			at   time.Duration
			want int
		}{{0, 1}, {59 * time.Second, 1}, {60 * time.Second, 2}, {119 * time.Second, 2}} {
			<-time.After(time.Until(start.Add(step.at)))
			if got, err := c.Get(t.Context(), "key", l.fetch); got != step.want || err != nil {
				t.Errorf("after %v: got %d, %v; want %d", step.at, got, err, step.want)
			}
		}
	})
}

func TestCache_KeepsNoErrors(t *testing.T) {
	t.Parallel()
	c, l := New[string, int](time.Now, 10, time.Minute), &lookups{letGo: make(chan struct{}), err: errors.New("down")}
	close(l.letGo)
	if _, err := c.Get(t.Context(), "key", l.fetch); !errors.Is(err, l.err) {
		t.Errorf("got %v, want %v", err, l.err)
	}
	l.err = nil
	if got, err := c.Get(t.Context(), "key", l.fetch); got != 2 || err != nil {
		t.Errorf("got %d, %v; want a second look-up", got, err)
	}
}

func TestCache_IsBounded(t *testing.T) {
	t.Parallel()
	c, l := New[int, int](time.Now, 10, time.Minute), &lookups{letGo: make(chan struct{})}
	close(l.letGo)
	for key := range 100 {
		if _, err := c.Get(t.Context(), key, l.fetch); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.entries) != 10 {
		t.Errorf("keeps %d answers, want 10", len(c.entries))
	}
	if _, ok := c.entries[99]; !ok {
		t.Error("the newest answer was dropped")
	}
}

func TestCache_DropsTheOldFirst(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	c, l := New[int, int](func() time.Time { return now }, 3, time.Minute), &lookups{letGo: make(chan struct{})}
	close(l.letGo)
	for key := range 3 {
		if key == 2 {
			now = now.Add(50 * time.Second)
		}
		if _, err := c.Get(t.Context(), key, l.fetch); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(20 * time.Second) // 0 and 1 are too old, 2 is not
	if _, err := c.Get(t.Context(), 3, l.fetch); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.entries[2]; !ok || len(c.entries) != 2 {
		t.Errorf("keeps %v, want 2 and 3", c.entries)
	}
}

func TestCache_OfNoAgeKeepsNothing(t *testing.T) {
	t.Parallel()
	c, l := New[string, int](time.Now, 0, 0), &lookups{letGo: make(chan struct{})}
	close(l.letGo)
	for want := 1; want <= 3; want++ {
		if got, err := c.Get(t.Context(), "key", l.fetch); got != want || err != nil || len(c.entries) != 0 {
			t.Errorf("got %d, %v and kept %d values; want look-up %d and none", got, err, len(c.entries), want)
		}
	}
}
