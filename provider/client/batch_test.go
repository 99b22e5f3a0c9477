package client

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// instant answers at once, and nothing is wrong.
type instant struct{}

func (instant) Get(context.Context, string) (*policy.Policy, error) { return &policy.Policy{}, nil }

func (instant) Set(context.Context, string, *policy.Policy, string) (*policy.Policy, error) {
	return &policy.Policy{}, nil
}

// took is how long a read before a write took.
func took(t *testing.T, g *batching) time.Duration {
	t.Helper()
	start := time.Now()
	if _, err := g.Get(t.Context(), "projects/p"); err != nil {
		t.Error(err)
	}
	return time.Since(start)
}

// atOnce begins as many changes at once, and ends them.
func atOnce(g *batching, n int) {
	var end []func()
	for range n {
		end = append(end, g.begin("projects/p"))
	}
	for _, e := range end {
		e()
	}
}

func TestBatching(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before   int             // that were there at once
		arrivals []time.Duration // gaps between those that come now, the first at once
		want     time.Duration
	}{
		"one alone never waits":                   {0, nil, 0},
		"one after another never waits":           {1, nil, 0},
		"waits until as many are there as before": {3, []time.Duration{20 * time.Millisecond, 30 * time.Millisecond}, 50 * time.Millisecond},
		"gives up on one that does not come":      {3, []time.Duration{10 * time.Millisecond}, 60 * time.Millisecond},
		"waits no longer than it may":             {100, repeat(40*time.Millisecond, 20), longestWait},
		"does not wait for one that is too late":  {2, []time.Duration{80 * time.Millisecond}, nextWait},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newBatching(instant{})
				atOnce(g, test.before)
				defer g.begin("projects/p")()
				var all sync.WaitGroup
				all.Go(func() {
					for _, gap := range test.arrivals {
						time.Sleep(gap)
						g.begin("projects/p")
					}
				})
				if got := took(t, g); got != test.want {
					t.Errorf("the read took %v, want %v", got, test.want)
				}
				all.Wait()
			})
		})
	}
}

func repeat(d time.Duration, n int) []time.Duration {
	all := make([]time.Duration, n)
	for i := range all {
		all[i] = d
	}
	return all
}

func TestBatching_ChangesToOtherPoliciesDoNotMatter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatching(instant{})
		for range 5 {
			defer g.begin("projects/other")()
		}
		defer g.begin("projects/p")()
		if got := took(t, g); got != 0 {
			t.Errorf("the read took %v, want no time", got)
		}
	})
}
