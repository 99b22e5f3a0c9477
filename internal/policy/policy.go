package policy

import (
	"errors"
	"reflect"
	"slices"

	"google.golang.org/api/cloudresourcemanager/v3"
)

type (
	// Policy is an IAM allow policy as Resource Manager returns it.
	Policy = cloudresourcemanager.Policy
	// Binding is one role of a policy with its members and its condition.
	Binding = cloudresourcemanager.Binding
	// Expr is the condition of a binding.
	Expr = cloudresourcemanager.Expr
)

// maxVersion is the newest version of a policy whose meaning this package knows. Source:
// cloud.google.com/iam/docs/policies#versions.
const maxVersion = 3

var (
	// ErrConflict says that others changed the policy each time between reading and writing it,
	// until the writer's timeout. Nothing of the change was written.
	ErrConflict = errors.New("others kept changing the policy")

	// ErrVersion says that the policy is above version 3. Nothing was written.
	ErrVersion = errors.New("the policy has a version above 3")

	// ErrNoEtag says that a response that should have been a policy has no etag. Writing it back
	// would overwrite what stands there, so it is no policy.
	ErrNoEtag = errors.New("the answer is not a policy: it has no etag")

	// ErrNullBinding says that a response holds null where a binding should be, which Google does
	// not send.
	ErrNullBinding = errors.New("the answer is not a policy: it holds a null binding")
	// ErrUnread says that the policy could not be read before it was to be written, and not so that
	// another read would have helped.
	ErrUnread = errors.New("the policy could not be read")

	// ErrUnsettled says that a write was sent, and that neither its response nor a later read could
	// settle whether it took effect.
	ErrUnsettled = errors.New("it is not known whether the policy was written")
)

// Clone returns a deep copy of all that Google documents of a policy.
func Clone(p *Policy) *Policy {
	c := *p
	c.Bindings = make([]*Binding, len(p.Bindings))
	for i, b := range p.Bindings {
		c.Bindings[i] = cloneBinding(b)
	}
	c.AuditConfigs = slices.Clone(p.AuditConfigs)
	return &c
}

func cloneBinding(b *Binding) *Binding {
	c := *b
	c.Members = slices.Clone(b.Members)
	if b.Condition != nil {
		condition := *b.Condition
		c.Condition = &condition
	}
	return &c
}

// sameBindings tells whether two policies have the same bindings in the same order.
func sameBindings(a, b *Policy) bool {
	return slices.EqualFunc(a.Bindings, b.Bindings, func(x, y *Binding) bool {
		return reflect.DeepEqual(x, y)
	})
}

// checkComplete refuses a response that is no policy.
func checkComplete(p *Policy) error {
	if p == nil || p.Etag == "" {
		return ErrNoEtag
	}
	if slices.Contains(p.Bindings, nil) {
		return ErrNullBinding
	}
	return nil
}

// checkWritable refuses what must not be the base of a write.
func checkWritable(p *Policy) error {
	if err := checkComplete(p); err != nil {
		return err
	}
	if p.Version > maxVersion {
		return ErrVersion
	}
	return nil
}
