package provider

import (
	"context"
	"sync"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// reads shares one read of each policy for as long as it lives, which is one
// configured provider: one walk of Terraform. Callers that come while a policy
// is being read wait for that read. Policies are never to be modified.
type reads struct {
	read func(ctx context.Context, resource string) (*policy.Policy, error)

	mu    sync.Mutex
	known map[string]*read
}

// read is a read on its way, or what came of it once done is closed.
type read struct {
	done   chan struct{}
	policy *policy.Policy
	err    error
}

func newReads(r *policy.Reader) *reads {
	return &reads{read: r.Read, known: map[string]*read{}}
}

// get returns the policy of a resource as it was when somebody first asked. A
// failure is shared as well. The read is nobody's own: a caller that leaves
// does not break it for the others.
func (r *reads) get(ctx context.Context, resource string) (*policy.Policy, error) {
	shared, first := r.join(resource)
	if first {
		go r.fetch(context.WithoutCancel(ctx), resource, shared)
	}
	select {
	case <-shared.done:
		return shared.policy, shared.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (r *reads) join(resource string) (shared *read, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if shared, ok := r.known[resource]; ok {
		return shared, false
	}
	shared = &read{done: make(chan struct{})}
	r.known[resource] = shared
	return shared, true
}

func (r *reads) fetch(ctx context.Context, resource string, shared *read) {
	shared.policy, shared.err = r.read(ctx, resource)
	close(shared.done)
}

// learn keeps the policy that a write left behind, so that nobody has to read
// it again. A nil policy says that it is not known what the write left: the
// next caller reads.
func (r *reads) learn(resource string, p *policy.Policy) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p == nil {
		delete(r.known, resource)
		return
	}
	done := make(chan struct{})
	close(done)
	r.known[resource] = &read{done: done, policy: p}
}
