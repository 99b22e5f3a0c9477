package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// warmRuns is how often what takes less than a second is measured.
const warmRuns = 20

// portals measures the portal, and prints a table.
func (b *bench) portals(ctx context.Context) error {
	starts, err := b.starts(ctx)
	if err != nil {
		return err
	}
	if err := b.table("The portal's process, as released", starts); err != nil {
		return err
	}
	pages, err := b.pages(ctx)
	if err != nil {
		return err
	}
	title := fmt.Sprintf("The portal, warm: %d roles through one group, %v for every upstream call, multiples of that", len(roles), b.latency)
	if err := b.table(title, pages); err != nil {
		return err
	}
	many, err := b.crowds(ctx)
	if err != nil {
		return err
	}
	return b.table(fmt.Sprintf("The portal, %d people at once, %v for every upstream call", crowd, b.latency), many)
}

// starts measures from exec to the first answer, and the memory of a portal that nobody has asked
// for anything.
func (b *bench) starts(ctx context.Context) (all []*figure, err error) {
	floor, err := testbed.New(testbed.Options{Portal: []string{b.binary("bench-floor")}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, floor.Close()) }()
	least := &figure{name: "exec to the first 200, the floor's", unit: "ms"}
	leastMemory := &figure{name: "resident memory, the floor's", unit: "MiB"}
	took := &figure{name: "exec to the first 200 on /health/alive", unit: "ms", goal: 25}
	wired := &figure{name: "exec to the first page", unit: "ms", counts: "metadata, token, wiring, a refusal's page"}
	idle := &figure{name: "resident memory, idle", unit: "MiB", goal: 25}
	for range b.runs {
		if err := b.start(ctx, floor, least, leastMemory, nil); err != nil {
			return nil, err
		}
		if err := b.start(ctx, b.testbed, took, idle, wired); err != nil {
			return nil, err
		}
	}
	took.floor, idle.floor = least.median(), leastMemory.median()
	mixed, err := b.mixed(ctx)
	if err != nil {
		return nil, err
	}
	mixed.floor = leastMemory.median()
	return []*figure{least, took, wired, leastMemory, idle, mixed}, nil
}

// start starts a process, measures it, and stops it.
func (b *bench) start(ctx context.Context, s *testbed.Testbed, took, idle, wired *figure) error {
	began := time.Now()
	p, err := s.StartPortal()
	if err != nil {
		return err
	}
	if err := expectStatus(ctx, p, "/health/alive", http.StatusOK); err != nil {
		return err
	}
	took.add(milliseconds(time.Since(began)))
	if wired != nil { // nobody is signed in: the error page waits until the portal is wired, and needs no call
		if err := expectStatus(ctx, p, homePage, http.StatusForbidden); err != nil {
			return err
		}
		wired.add(milliseconds(time.Since(began)))
	}
	m, err := idleMemory(ctx, p)
	if err != nil {
		return err
	}
	idle.add(m.all)
	idle.counts = m.String()
	return p.Stop()
}

// idleMemory is the resident memory of a portal that nobody has asked for a second.
func idleMemory(ctx context.Context, p *testbed.Portal) (memory, error) {
	select {
	case <-time.After(time.Second):
		return resident(p.Pid())
	case <-ctx.Done():
		return memory{}, ctx.Err()
	}
}

// expectStatus requests a page without an assertion, on a new connection, and checks its status.
func expectStatus(ctx context.Context, p *testbed.Portal, address string, want int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.Address()+address, nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	if response.StatusCode != want {
		err = fmt.Errorf("asking for %s: got %s, want %d", address, response.Status, want)
	}
	return errors.Join(err, response.Body.Close())
}

// pages measures what one person waits for.
func (b *bench) pages(ctx context.Context) ([]*figure, error) {
	const unit = "times"
	list := &figure{name: "roles of a project", unit: unit, floor: 2, goal: 2.3}
	one := &figure{name: "activation of 1 role", unit: unit, floor: 2, goal: 2.3}
	three := &figure{name: "activation of 3 roles", unit: unit, floor: 2, goal: 2.3}
	home := &figure{name: "home, index younger than a minute", unit: unit, floor: 2}
	first := &figure{name: "home, index asked", unit: unit, floor: 3}
	for range b.runs { // each process asks the index once a minute
		if err := b.withPortal(ctx, func(v *visitor, _ *testbed.Portal) error {
			return b.timeGet(ctx, v, first, homePage)
		}); err != nil {
			return nil, err
		}
	}
	err := b.withPortal(ctx, func(v *visitor, _ *testbed.Portal) error {
		if _, _, err := v.get(ctx, homePage); err != nil {
			return err
		}
		for range warmRuns {
			if err := b.timeGet(ctx, v, list, projectPage); err != nil {
				return err
			}
			if err := b.timeActivation(ctx, v, one, 1); err != nil {
				return err
			}
			if err := b.timeActivation(ctx, v, three, 3); err != nil {
				return err
			}
			if err := b.timeGet(ctx, v, home, homePage); err != nil {
				return err
			}
		}
		return nil
	})
	return []*figure{list, one, three, first, home}, err
}

// withPortal starts a portal and has a person open a project once, so that keys, token and
// connections are cached, before it calls measure with both.
func (b *bench) withPortal(ctx context.Context, measure func(*visitor, *testbed.Portal) error) error {
	p, err := b.testbed.StartPortal()
	if err != nil {
		return err
	}
	v, err := newVisitor(b.proxy, p, person)
	if err != nil {
		return err
	}
	if _, _, err := v.get(ctx, projectPage); err != nil {
		return err
	}
	if err := measure(v, p); err != nil {
		return err
	}
	return p.Stop()
}

func (b *bench) timeGet(ctx context.Context, v *visitor, f *figure, address string) error {
	b.testbed.Journal().Reset()
	_, took, err := v.get(ctx, address)
	b.record(f, took)
	return err
}

func (b *bench) timeActivation(ctx context.Context, v *visitor, f *figure, n int) error {
	before := b.policy()
	fields, err := v.fillActivation(ctx, n)
	if err != nil {
		return err
	}
	b.testbed.Journal().Reset()
	took, err := v.post(ctx, activatePage, fields)
	b.record(f, took)
	if err != nil {
		return err
	}
	if made := len(b.policy().GetBindings()) - len(before.GetBindings()); made != n {
		return fmt.Errorf("activating %d roles wrote %d bindings", n, made)
	}
	return b.testbed.World().SetPolicy("projects/"+project, before)
}

// record adds a time in multiples of the latency, and what the journal counted.
func (b *bench) record(f *figure, took time.Duration) {
	calls := b.testbed.Journal().Calls()
	f.add(float64(took) / float64(b.latency))
	f.counts = fmt.Sprintf("%d calls, %d one after the other", len(calls), wire.Steps(calls))
}

// policy is the current policy of the measured project.
func (b *bench) policy() *iampb.Policy {
	p, _ := b.testbed.World().Policy("projects/" + project) // worldFile found the project
	return p
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
