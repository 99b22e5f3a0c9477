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
	s.journal.begin(&op.call, s.options.Clock())
	a, fault := s.settle(r.Context(), op)
	s.journal.end(&op.call, s.options.Clock(), a, fault.Kind)
	deliver(w, r, a, fault.Kind)
}

// settle returns the answer and what is to be done to it. No answer: the
// connection ends without one.
func (s *Server) settle(ctx context.Context, op *operation) (*answer, Fault) {
	if !pause(ctx, time.Duration(s.latency.Load())) || !s.held(ctx, op.call, Before) {
		return nil, Fault{Kind: Drop}
	}
	fault := s.fault(op.call)
	var a *answer
	switch fault.Kind {
	case Drop:
		return nil, fault
	case Hang:
		<-ctx.Done()
		return nil, fault
	case Refuse:
		a = op.refuse(refusalOf(fault.Status, op.call))
	case Nonsense:
		a = nonsense()
	default:
		a = s.serve(ctx, op)
	}
	if !s.held(ctx, op.call, After) {
		return nil, Fault{Kind: Lose}
	}
	return a, fault
}

func (s *Server) serve(ctx context.Context, op *operation) *answer {
	if s.options.Quotas {
		if e := s.quota.take(op.call); e != nil {
			return op.refuse(*e)
		}
	}
	if op.call.Caller == "" && !op.public {
		return op.refuse(unauthenticated(op.call))
	}
	if op.bad != nil {
		return op.refuse(*op.bad)
	}
	return op.act(context.WithValue(ctx, callerKey{}, op.call.Caller))
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
