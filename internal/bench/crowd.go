package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

const (
	// mixedRounds of five requests by each of the crowd make 2,000.
	mixedRounds = 20
	mixedEach   = 5
	// listingTime is how long the crowd lists.
	listingTime = 10 * time.Second
)

// crowds measures what happens when many people come at once.
func (b *bench) crowds(ctx context.Context) ([]*figure, error) {
	one, err := b.activateTogether(ctx, 1)
	if err != nil {
		return nil, err
	}
	two, err := b.activateTogether(ctx, 2)
	if err != nil {
		return nil, err
	}
	listing, err := b.listing(ctx)
	return append([]*figure{one, two}, listing...), err
}

// visitors are the crowd, spread over the portals.
func (b *bench) visitors(portals []*testbed.Portal) ([]*visitor, error) {
	all := make([]*visitor, crowd)
	for i := range all {
		v, err := newVisitor(b.proxy, portals[i%len(portals)], numbered(i))
		if err != nil {
			return nil, err
		}
		all[i] = v
	}
	return all, nil
}

// each runs do for all visitors in parallel.
func each(all []*visitor, do func(i int, v *visitor) error) error {
	var g errgroup.Group
	for i, v := range all {
		g.Go(func() error { return do(i, v) })
	}
	return g.Wait()
}

// activateTogether has the crowd activate one role each at once, on several instances.
func (b *bench) activateTogether(ctx context.Context, instances int) (*figure, error) {
	f := &figure{name: fmt.Sprintf("all activate at once, %d instance(s)", instances), unit: "ms", floor: 2 * milliseconds(b.latency)}
	portals := make([]*testbed.Portal, instances)
	for i := range portals {
		p, err := b.testbed.StartPortal()
		if err != nil {
			return nil, err
		}
		portals[i] = p
	}
	all, err := b.visitors(portals)
	if err != nil {
		return nil, err
	}
	fewest := crowd
	for range b.runs {
		succeeded, err := b.activateOnce(ctx, all, f)
		if err != nil {
			return nil, err
		}
		fewest = min(fewest, succeeded)
	}
	writes := b.policyCalls()
	f.counts = fmt.Sprintf("at least %d of %d succeed; %d won and %d lost writes in the last run", fewest, crowd, writes.written, writes.conflicted)
	for _, p := range portals {
		if err := p.Stop(); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// activateOnce is one run of together, and returns how many succeeded.
func (b *bench) activateOnce(ctx context.Context, all []*visitor, f *figure) (int, error) {
	before := b.policy()
	forms := make([]url.Values, len(all))
	if err := each(all, func(i int, v *visitor) (err error) {
		forms[i], err = v.fillActivation(ctx, 1)
		return err
	}); err != nil {
		return 0, err
	}
	b.testbed.Journal().Reset()
	var succeeded atomic.Int32
	began := time.Now()
	_ = each(all, func(i int, v *visitor) error {
		_, err := v.post(ctx, activatePage, forms[i])
		if err == nil {
			succeeded.Add(1)
		}
		return err // failures are counted, not reported
	})
	f.add(milliseconds(time.Since(began)))
	if made := len(b.policy().GetBindings()) - len(before.GetBindings()); made != int(succeeded.Load()) {
		return 0, fmt.Errorf("%d people were told that they succeeded, and the policy holds %d activations", succeeded.Load(), made)
	}
	return int(succeeded.Load()), b.testbed.World().SetPolicy("projects/"+project, before)
}

// listing has the crowd list a project's roles for listingTime.
func (b *bench) listing(ctx context.Context) ([]*figure, error) {
	latency := milliseconds(b.latency)
	took := &figure{name: "listing, all the time", unit: "ms", floor: 2 * latency}
	cpu := &figure{name: "processor time of a listing", unit: "ms"}
	err := b.withPortal(ctx, func(_ *visitor, p *testbed.Portal) error {
		all, err := b.visitors([]*testbed.Portal{p})
		if err != nil {
			return err
		}
		before, err := processorTime(p.Pid())
		if err != nil {
			return err
		}
		began := time.Now()
		times, err := listUntil(ctx, all, began.Add(listingTime))
		if err != nil {
			return err
		}
		after, err := processorTime(p.Pid())
		if err != nil {
			return err
		}
		took.samples = times
		slices.Sort(times)
		took.counts = fmt.Sprintf("%.0f requests a second, p99 %.0f ms", float64(len(times))/time.Since(began).Seconds(), times[len(times)*99/100])
		cpu.add(milliseconds(after-before) / float64(len(times)))
		return nil
	})
	return []*figure{took, cpu}, err
}

func listUntil(ctx context.Context, all []*visitor, end time.Time) ([]float64, error) {
	times := make([][]float64, len(all))
	err := each(all, func(i int, v *visitor) error {
		for time.Now().Before(end) {
			_, took, err := v.get(ctx, projectPage)
			if err != nil {
				return err
			}
			times[i] = append(times[i], milliseconds(took))
		}
		return nil
	})
	return slices.Concat(times...), err
}

// mixed is the memory of a portal that has served 2,000 requests of all kinds.
func (b *bench) mixed(ctx context.Context) (*figure, error) {
	f := &figure{name: "resident memory after 2,000 mixed requests", unit: "MiB"}
	before := b.policy()
	err := b.withPortal(ctx, func(_ *visitor, p *testbed.Portal) error {
		all, err := b.visitors([]*testbed.Portal{p})
		if err != nil {
			return err
		}
		if err := each(all, func(_ int, v *visitor) error { return v.useEverything(ctx) }); err != nil {
			return err
		}
		m, err := idleMemory(ctx, p)
		f.add(m.all)
		f.counts = m.String()
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, b.testbed.World().SetPolicy("projects/"+project, before)
}

// useEverything opens home, a project and a form, activates a role and opens the activation:
// mixedEach requests a round.
func (v *visitor) useEverything(ctx context.Context) error {
	for range mixedRounds {
		if _, _, err := v.get(ctx, homePage); err != nil {
			return err
		}
		fields, err := v.fillActivation(ctx, 1)
		if err != nil {
			return err
		}
		if _, err := v.post(ctx, activatePage, fields); err != nil {
			return err
		}
		if _, _, err := v.get(ctx, projectPage+"/activations/"+fields.Get("id")); err != nil {
			return err
		}
	}
	return nil
}
