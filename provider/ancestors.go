package provider

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

const (
	// highest bounds a climb: ten folders one in another, and the organization.
	// Source: cloud.google.com/resource-manager/docs/limits.
	highest = 11
	// glancing is how long the policy of an ancestor is waited for. The same
	// read goes on for those who need it.
	glancing = 5 * time.Second
)

// ancestors knows what stands above a resource. Of each project and folder,
// its parent is asked for once, and each policy is read once.
type ancestors struct {
	parents *shared[string]
	reads   *reads
}

// ancestor is a folder or organization above a resource, with its policy or
// why it was not read.
type ancestor struct {
	resource string
	policy   *policy.Policy
	err      error
}

// above climbs from a resource to the organization, and returns all that it
// passes, the nearest first. One step has to follow another, so each policy is
// read as soon as it is known whose. The error says why the climb ended below
// the top.
func (a *ancestors) above(ctx context.Context, resource string) (line []*ancestor, err error) {
	var reading sync.WaitGroup
	defer reading.Wait()
	for at := resource; ; {
		parent, err := a.parents.get(ctx, at)
		if err != nil || parent == "" {
			return line, err
		}
		if len(line) == highest {
			return line, fmt.Errorf("climbing from %s: more than %d levels", resource, highest)
		}
		next := &ancestor{resource: parent}
		line = append(line, next)
		reading.Go(func() { next.policy, next.err = a.reads.glance(ctx, parent, glancing) })
		at = parent
	}
}
