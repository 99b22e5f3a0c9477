package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// counted reads slowly, and counts how often each policy was asked for.
func counted(calls *atomic.Int64, err error) *policies {
	return &policies{newOnce(func(ctx context.Context, resource string) (*policy.Policy, error) {
		n := calls.Add(1)
		select {
		case <-time.After(time.Second):
			return &policy.Policy{Etag: fmt.Sprint(resource, n)}, err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})}
}

func TestPolicies_ShareOneReadOfEachPolicy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		r := counted(&calls, nil)
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				resource := fmt.Sprint("projects/p", i%2)
				if p, err := r.get(t.Context(), resource); err != nil || p.Etag[:11] != resource {
					t.Errorf("get(%s): got %v, %v", resource, p, err)
				}
			})
		}
		all.Wait()
		if _, err := r.get(t.Context(), "projects/p0"); err != nil || calls.Load() != 2 {
			t.Errorf("got %d reads, %v; want one for each of two policies", calls.Load(), err)
		}
	})
}

func TestPolicies_ACallerThatLeavesBreaksNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		r := counted(&calls, nil)
		leaving, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := r.get(leaving, "projects/p"); !errors.Is(err, context.Canceled) {
				t.Errorf("the one that leaves: got %v, want context.Canceled", err)
			}
		})
		synctest.Wait()
		all.Go(func() {
			if _, err := r.get(t.Context(), "projects/p"); err != nil {
				t.Errorf("the one that stays: %v", err)
			}
		})
		synctest.Wait()
		leave()
		all.Wait()
		if calls.Load() != 1 {
			t.Errorf("got %d reads, want 1", calls.Load())
		}
	})
}

func TestPolicies_AWaitThatEndsEndsForAllAndBreaksNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		r := counted(&calls, nil)
		began := time.Now()
		look := func(patience, want time.Duration, end error) {
			if _, err := r.getWithin(t.Context(), "projects/p", patience); !errors.Is(err, end) || time.Since(began) != want {
				t.Errorf("a wait of at most %v: got %v after %v, want %v after %v", patience, err, time.Since(began), end, want)
			}
		}
		look(300*time.Millisecond, 300*time.Millisecond, context.DeadlineExceeded)
		look(300*time.Millisecond, 300*time.Millisecond, context.DeadlineExceeded)
		look(400*time.Millisecond, 400*time.Millisecond, context.DeadlineExceeded)
		look(2*time.Second, time.Second, nil)
		look(300*time.Millisecond, time.Second, nil)
		if calls.Load() != 1 {
			t.Errorf("got %d reads, want 1", calls.Load())
		}
	})
}

func TestPolicies_ShareFailuresUntilAWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		broken := errors.New("broken")
		r := counted(&calls, broken)
		for range 3 {
			if _, err := r.get(t.Context(), "projects/p"); !errors.Is(err, broken) {
				t.Errorf("got %v, want %v", err, broken)
			}
		}
		r.wrote("projects/p", nil)
		if _, err := r.get(t.Context(), "projects/p"); !errors.Is(err, broken) || calls.Load() != 2 {
			t.Errorf("after a write with an unknown end: got %v and %d reads, want 2", err, calls.Load())
		}
		written := &policy.Policy{Etag: "written"}
		r.wrote("projects/p", written)
		if p, err := r.get(t.Context(), "projects/p"); p != written || err != nil || calls.Load() != 2 {
			t.Errorf("after a write: got %v, %v and %d reads, want the policy as written and 2", p, err, calls.Load())
		}
	})
}
