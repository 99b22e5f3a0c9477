package client

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

const (
	// maxAncestors is how many a resource can have: ten folders one in another, and the
	// organization.
	// Source: cloud.google.com/resource-manager/docs/limits.
	maxAncestors = 11
	// ancestorPatience is how long the policy of an ancestor is waited for. The same read goes on
	// for those who need it.
	ancestorPatience = 5 * time.Second
)

// ancestors knows what stands above a resource. Of each project and folder, its parent is asked for
// once, and each policy is read once.
type ancestors struct {
	parents  *once[string]
	policies *policies
}

// Ancestor is a folder or organization above a resource, with its policy or why it was not read.
type Ancestor struct {
	Resource string
	Policy   *policy.Policy
	Err      error
}

// above returns the folders and the organization above a resource, the nearest first. One parent
// has to be asked for after another, so each policy is read as soon as it is known whose. The error
// says why the organization was not reached.
func (a *ancestors) above(ctx context.Context, resource string) (line []*Ancestor, err error) {
	var reading sync.WaitGroup
	defer reading.Wait()
	for at := resource; ; {
		parent, err := a.parents.get(ctx, at)
		if err != nil || parent == "" {
			return line, err
		}
		if len(line) == maxAncestors {
			return line, fmt.Errorf("climbing from %s: more than %d levels", resource, maxAncestors)
		}
		next := &Ancestor{Resource: parent}
		line = append(line, next)
		reading.Go(func() { next.Policy, next.Err = a.policies.getWithin(ctx, parent, ancestorPatience) })
		at = parent
	}
}
