package client

import "github.com/jitaccess/terraform-provider-jitaccess/internal/policy"

// policies shares one read of each policy.
type policies struct{ *once[*policy.Policy] }

// wrote keeps the policy that a write returned, so that nobody has to read it again. A nil policy
// says that it is not known what the write left: the next caller reads.
func (p *policies) wrote(resource string, written *policy.Policy) {
	if written == nil {
		p.forget(resource)
		return
	}
	p.set(resource, written)
}
