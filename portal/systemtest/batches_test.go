package systemtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
)

// batch is a list of experiments that share a testbed.
type batch struct {
	workers     int // so many experiments at once, on one portal
	experiments []*experiment
}

// alone tells whether the experiment needs a portal that has just started, because searches of the
// index and keys are shared by everybody.
func (x *experiment) alone() bool { return x.operation.name == goesHome && x.operation.cold }

// batchName groups experiments so that they do not disturb each other: a fault that ends a
// connection ends the gRPC calls of all who share it, and so does the end of a call that hung.
func (x *experiment) batchName() (name string, workers int) {
	if x.call == callPlacement && slices.Contains([]faultName{"drop", "lose", "half", "hang"}, x.fault) {
		return fmt.Sprintf("%s, connections, %s", x.operation.name, x.times), 1
	}
	if x.call == callSign { // whose calls do not show whose they are
		return fmt.Sprintf("signing, %s", x.fault), 1
	}
	if x.operation.name == goesHome { // which asks about the groups of all tenants
		return fmt.Sprintf("%s, %s, %s", x.operation.name, x.call, x.times), 4
	}
	if x.operation.alike { // there are few of each
		return "alike", 12
	}
	return fmt.Sprintf("%s, cold %t", x.operation.name, x.operation.cold), 12
}

// aloneBatches is the number of batches of the experiments that run alone.
const aloneBatches = 10

// maxWorking is how many experiments work at once in all batches. Those that mostly wait are not
// counted. The others need the machine, which must not be so busy that they time out.
const maxWorking = 12

// semaphore limits how many experiments work at once.
type semaphore chan struct{}

func (b semaphore) enter() { b <- struct{}{} }
func (b semaphore) leave() { <-b }

// runAll runs every experiment and ends all portals, so that their logs are complete.
func runAll(t *testing.T, all []*experiment) {
	t.Helper()
	batches := map[string]*batch{}
	alone, machine := 0, make(semaphore, maxWorking)
	for _, x := range all {
		name, workers := x.batchName()
		if x.alone() {
			name, workers = fmt.Sprintf("alone %d", (alone+alone/aloneBatches)%aloneBatches), 1
			alone++
		}
		if batches[name] == nil {
			batches[name] = &batch{workers: workers}
		}
		x.machine = machine
		x.tenant = tenant{len(batches[name].experiments)}
		batches[name].experiments = append(batches[name].experiments, x)
	}
	var running sync.WaitGroup
	for _, l := range batches {
		s := faultScene(t, len(l.experiments))
		running.Go(func() { l.run(t.Context(), s) })
	}
	running.Wait()
}

// run runs the experiments, the slowest first.
func (l *batch) run(ctx context.Context, s *scene) {
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

func (l *batch) fail(err error) {
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

// waits tells whether the operation mostly waits.
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
