package systemtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
)

// lane is experiments that share a testbed.
type lane struct {
	workers     int // so many experiments at once, on one portal
	experiments []*experiment
}

// alone are experiments with a portal that has just started: the searches of the index and the keys are everybody's.
func (x *experiment) alone() bool { return x.operation.name == goesHome && x.operation.cold }

// sharedLane: what ends a connection ends the gRPC calls of all who share it. So does the end of a call that hung.
func (x *experiment) sharedLane() (name string, workers int) {
	if x.call == callPlacement && slices.Contains([]faultName{"drop", "lose", "half", "hang"}, x.fault) {
		return fmt.Sprintf("%s, connections, %s", x.operation.name, x.times), 1
	}
	if x.call == callSign { // which cannot be told from another's
		return fmt.Sprintf("signing, %s", x.fault), 1
	}
	if x.operation.name == goesHome { // which asks about the groups of all plots
		return fmt.Sprintf("%s, %s, %s", x.operation.name, x.call, x.times), 4
	}
	if x.operation.alike { // of which there are few each
		return "alike", 12
	}
	return fmt.Sprintf("%s, cold %t", x.operation.name, x.operation.cold), 12
}

// aloneLanes is in how many lanes the experiments go on that are alone.
const aloneLanes = 10

// places is how many experiments work at once in all lanes. Those that only wait for what hangs, or for the end of a race,
// are not counted: what bounds the others is the machine, and time-outs are part of what is compared.
const places = 12

// busy has a place for each experiment that works.
type busy chan struct{}

func (b busy) enter() { b <- struct{}{} }
func (b busy) leave() { <-b }

// runAll runs every experiment and ends all portals, so that their logs are complete.
func runAll(t *testing.T, all []*experiment) {
	t.Helper()
	lanes := map[string]*lane{}
	alone, machine := 0, make(busy, places)
	for _, x := range all {
		name, workers := x.sharedLane()
		if x.alone() {
			name, workers = fmt.Sprintf("alone %d", (alone+alone/aloneLanes)%aloneLanes), 1
			alone++
		}
		if lanes[name] == nil {
			lanes[name] = &lane{workers: workers}
		}
		x.machine = machine
		x.plot = plot{len(lanes[name].experiments)}
		lanes[name].experiments = append(lanes[name].experiments, x)
	}
	var running sync.WaitGroup
	for _, l := range lanes {
		s := faultScene(t, len(l.experiments))
		running.Go(func() { l.run(t.Context(), s) })
	}
	running.Wait()
}

// run gives the slowest to the workers first.
func (l *lane) run(ctx context.Context, s *scene) {
	queue := make(chan *experiment, len(l.experiments))
	for _, x := range slices.SortedStableFunc(slices.Values(l.experiments), func(a, b *experiment) int { return b.slowness() - a.slowness() }) {
		queue <- x
	}
	close(queue)
	if l.experiments[0].alone() {
		for x := range queue {
			x.runAlone(ctx, s)
		}
		return
	}
	p, err := s.StartPortal()
	if err == nil {
		err = s.firstVisit(ctx, p)
	}
	if err != nil {
		l.fail(err)
		return
	}
	var workers sync.WaitGroup
	for range l.workers {
		workers.Go(func() {
			for x := range queue {
				x.run(ctx, s, p)
			}
		})
	}
	workers.Wait()
	l.fail(p.Stop())
}

func (l *lane) fail(err error) {
	for _, x := range l.experiments {
		x.err = errors.Join(x.err, err)
	}
}

// runAlone runs the experiment on a portal that has just started.
func (x *experiment) runAlone(ctx context.Context, s *scene) {
	p, err := s.StartPortal()
	if err != nil {
		x.err = err
		return
	}
	x.run(ctx, s, p)
	x.err = errors.Join(x.err, p.Stop())
}

// waits tells whether the operation does nothing most of its time.
func (x *experiment) waits() bool {
	return x.fault == "hang" || x.call == callWrite && (x.fault == "409" || x.fault == "412")
}

func (x *experiment) slowness() int {
	slow := 0
	if x.waits() {
		slow = 2
	}
	if x.times == always {
		slow++
	}
	return slow
}
