package provider

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
func took(t *testing.T, g *gathering) time.Duration {
	t.Helper()
	start := time.Now()
	if _, err := g.Get(t.Context(), "projects/p"); err != nil {
		t.Error(err)
	}
	return time.Since(start)
}

// crowdOf lets as many changes in at once, and out again.
func crowdOf(g *gathering, n int) {
	var leave []func()
	for range n {
		leave = append(leave, g.enter("projects/p"))
	}
	for _, l := range leave {
		l()
	}
}

func TestGathering(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before   int             // that were there at once
		arrivals []time.Duration // gaps between those that come now, the first at once
		want     time.Duration
	}{
		"one alone never waits":                   {0, nil, 0},
		"one after another never waits":           {1, nil, 0},
		"waits until as many are there as before": {3, []time.Duration{20 * time.Millisecond, 30 * time.Millisecond}, 50 * time.Millisecond},
		"gives up on a straggler":                 {3, []time.Duration{10 * time.Millisecond}, 60 * time.Millisecond},
		"waits no longer than it may":             {100, repeat(40*time.Millisecond, 20), longestGather},
		"does not wait for one that is too late":  {2, []time.Duration{80 * time.Millisecond}, straggle},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newGathering(instant{})
				crowdOf(g, test.before)
				defer g.enter("projects/p")()
				var all sync.WaitGroup
				all.Go(func() {
					for _, gap := range test.arrivals {
						time.Sleep(gap)
						g.enter("projects/p")
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

func TestGathering_CrowdsOfOtherPoliciesDoNotMatter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGathering(instant{})
		for range 5 {
			defer g.enter("projects/other")()
		}
		defer g.enter("projects/p")()
		if got := took(t, g); got != 0 {
			t.Errorf("the read took %v, want no time", got)
		}
	})
}
