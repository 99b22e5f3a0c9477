package wire

import (
	"context"
	"net/http"
	"time"
)

// operation is one call, decoded: what it asks, who serves it, and how its
// protocol words an error.
type operation struct {
	call   Call
	public bool
	bad    *refusal // the request could not be read
	act    func(context.Context) *answer
	refuse func(refusal) *answer
}

// exchange walks a call through the chain and delivers what came of it.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request, op *operation) {
	entry := s.journal.begin(op.call, s.options.Clock())
	a, fault := s.settle(r.Context(), op, entry.call)
	s.journal.end(entry, s.options.Clock(), a, fault)
	deliver(w, r, a, fault.Kind)
}

// settle returns the answer and what is to be done to it. No answer: the
// connection ends without one.
func (s *Server) settle(ctx context.Context, op *operation, call Call) (*answer, Fault) {
	if !pause(ctx, s.delay()) || !s.held(ctx, call, Before) {
		return nil, Fault{Kind: Drop}
	}
	fault := s.fault(call)
	var a *answer
	switch fault.Kind {
	case Drop:
		return nil, fault
	case Hang:
		<-ctx.Done()
		return nil, fault
	case Refuse:
		a = op.refuse(refusalOf(fault.Status, call))
	case Nonsense:
		a = nonsense()
	default:
		a = s.serve(ctx, op, call)
	}
	if !s.held(ctx, call, After) {
		return nil, Fault{Kind: Lose}
	}
	return a, fault
}

func (s *Server) serve(ctx context.Context, op *operation, call Call) *answer {
	if s.options.Quotas {
		if e := s.quota.take(call); e != nil {
			return op.refuse(*e)
		}
	}
	if call.Caller == "" && !op.public {
		return op.refuse(unauthenticated(call))
	}
	if op.bad != nil {
		return op.refuse(*op.bad)
	}
	return op.act(context.WithValue(ctx, callerKey{}, call.Caller))
}

func (s *Server) delay() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latency
}

// pause waits; false if the client left meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
