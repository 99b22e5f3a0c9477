package wire

import (
	"context"
	"slices"
	"sync"
)

// FaultKind is a way in which a call goes wrong.
type FaultKind string

// The ways in which a call can go wrong.
const (
	// None lets the call be served.
	None FaultKind = ""
	// Refuse responds with an HTTP status, or its gRPC code, instead of acting.
	Refuse FaultKind = "refuse"
	// Drop ends the connection instead of acting. Clients repeat a GET by themselves if it went out
	// on a connection that was kept open.
	Drop FaultKind = "drop"
	// Lose acts, then ends the connection without a response.
	Lose FaultKind = "lose"
	// Half acts, then ends the connection in the middle of the response.
	Half FaultKind = "half"
	// Nonsense responds with 200 and a page of HTML instead of acting.
	Nonsense FaultKind = "nonsense"
	// Hang neither acts nor responds until the client gives up.
	Hang FaultKind = "hang"
)

// Fault is what is to happen to a call. Status is for Refuse: 400 and above.
type Fault struct {
	Kind   FaultKind
	Status int
}

// Inject lets a function decide on a fault for every call, until remove is called. The function may
// be called from many goroutines at once. Of several functions, the first that returns a fault
// wins.
func (s *Server) Inject(decide func(Call) Fault) (remove func()) { return s.faults.add(decide) }

func (s *Server) fault(c Call) Fault {
	for _, decide := range s.faults.all() {
		if f := decide(c); f.Kind != None {
			return f
		}
	}
	return Fault{}
}

// Stage is a moment in the life of a call.
type Stage string

// A call can be held before the service acts or after it has acted.
const (
	Before Stage = "before"
	After  Stage = "after"
)

// Held stops calls. A call whose client leaves while it is held before acting never acts.
type Held struct {
	match   func(Call) bool
	stage   Stage
	arrived chan Call
	done    chan struct{}
	release func()
}

// Hold stops every call that matches, before or after the service acts, until Release.
func (s *Server) Hold(stage Stage, match func(Call) bool) *Held {
	h := &Held{match: match, stage: stage, arrived: make(chan Call, 1024), done: make(chan struct{})}
	remove := s.holds.add(h)
	h.release = sync.OnceFunc(func() {
		remove()
		close(h.done)
	})
	return h
}

// Arrived delivers each call when it is stopped. It buffers up to 1,024.
func (h *Held) Arrived() <-chan Call { return h.arrived }

// Release lets the stopped calls continue, and stops no more. It may be called again.
func (h *Held) Release() { h.release() }

// held waits while the call is stopped; false if its client left.
func (s *Server) held(ctx context.Context, c Call, stage Stage) bool {
	for _, h := range s.holds.all() {
		if h.stage != stage || !h.match(c) {
			continue
		}
		select {
		case h.arrived <- c:
		default:
		}
		select {
		case <-h.done:
		case <-ctx.Done():
			return false
		}
	}
	return ctx.Err() == nil
}

// registry is a list of what tests have added and not yet removed, the oldest first.
type registry[T any] struct {
	mu   sync.Mutex
	list []*T
}

func (s *registry[T]) add(one T) (remove func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	added := &one
	s.list = append(s.list, added)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.list = slices.DeleteFunc(s.list, func(other *T) bool { return other == added })
	}
}

func (s *registry[T]) all() []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]T, len(s.list))
	for i, one := range s.list {
		all[i] = *one
	}
	return all
}
