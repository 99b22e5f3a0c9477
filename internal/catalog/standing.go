package catalog

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// Locate reads the policy of a project and, beside that, finds out whether the project stands in
// the scope, at most a minute late. A project that the index does not know stands outside.
//
// The error is an *upstream.Outage, where the policy could not be read, or an *upstream.Throttled.
func (c *Catalog) Locate(ctx context.Context, id string) (eligibility.Standing, *policy.Policy, error) {
	p := &project{id: id}
	read, err := c.readWhole(ctx, p)
	if err != nil {
		return eligibility.StandingUnknown, nil, err
	}
	standing := eligibility.OutsideScope
	var calls sync.WaitGroup
	calls.Go(read)
	calls.Go(func() { standing = c.standing(ctx, p) })
	calls.Wait()
	if err := ctx.Err(); err != nil {
		return eligibility.StandingUnknown, nil, &upstream.Outage{Err: fmt.Errorf("reading project %s: %w", id, err)}
	}
	return standing, p.read, p.unread
}

// standing is where a project stands, as the index says.
func (c *Catalog) standing(ctx context.Context, p *project) eligibility.Standing {
	if scopeProject, isScope := c.singleProject(); isScope {
		if p.id == scopeProject {
			return eligibility.InsideScope
		}
		return eligibility.OutsideScope
	}
	switch err := c.locate(ctx, p); {
	case err == nil:
		return eligibility.InsideScope
	case errors.Is(err, upstream.ErrNotYours):
		return eligibility.OutsideScope
	}
	return eligibility.StandingUnknown
}
