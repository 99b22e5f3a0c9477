package wire

import (
	"context"
	"net/http"
	"time"
)

// operation is one decoded call: the function that serves it, and the one that encodes an error in
// its protocol.
type operation struct {
	call    Call
	public  bool
	invalid *callError // the request could not be read
	serve   func(context.Context) *response
	fail    func(callError) *response
}

// exchange passes a call through the chain of stages, and sends the response.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request, op *operation) {
	s.journal.begin(&op.call, s.options.Clock())
	a, fault := s.process(r.Context(), op)
	s.journal.end(&op.call, s.options.Clock(), a, fault.Kind)
	deliver(w, r, a, fault.Kind)
}

// process returns the response, and the fault that sending it has to show. Without a response the
// connection is closed.
func (s *Server) process(ctx context.Context, op *operation) (*response, Fault) {
	if !pause(ctx, time.Duration(s.latency.Load())) || !s.held(ctx, op.call, Before) {
		return nil, Fault{Kind: Drop}
	}
	fault := s.fault(op.call)
	var a *response
	switch fault.Kind {
	case Drop:
		return nil, fault
	case Hang:
		<-ctx.Done()
		return nil, fault
	case Refuse:
		a = op.fail(injectedError(fault.Status, op.call))
	case Nonsense:
		a = nonsenseResponse()
	default:
		a = s.serve(ctx, op)
	}
	if !s.held(ctx, op.call, After) {
		return nil, Fault{Kind: Lose}
	}
	return a, fault
}

func (s *Server) serve(ctx context.Context, op *operation) *response {
	if s.options.Quotas {
		if e := s.quota.take(op.call); e != nil {
			return op.fail(*e)
		}
	}
	if op.call.Caller == "" && !op.public {
		return op.fail(unauthenticated(op.call))
	}
	if op.invalid != nil {
		return op.fail(*op.invalid)
	}
	return op.serve(context.WithValue(ctx, callerKey{}, op.call.Caller))
}

// pause waits for so long; false if the client left meanwhile.
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
