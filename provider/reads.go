package provider

import (
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// reads shares one read of each policy.
type reads struct{ *shared[*policy.Policy] }

func newReads(r *policy.Reader) *reads { return &reads{newShared(r.Read)} }

// learn keeps the policy that a write left behind, so that nobody has to read
// it again. A nil policy says that it is not known what the write left: the
// next caller reads.
func (r *reads) learn(resource string, p *policy.Policy) {
	if p == nil {
		r.forget(resource)
		return
	}
	r.keep(resource, p)
}
