package catalog

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// errNotLocated says that the index is not asked where a project stands.
var errNotLocated = errors.New("the index has been asked too often where projects stand")

// locate finds out where a project stands. Where the quota leaves no call for it, the lists behind
// the overview are used instead: everybody shares them, and they are no older.
func (c *Catalog) locate(ctx context.Context, p *project) error {
	location, err := c.locations.Get(ctx, p.id, func(ctx context.Context) (Location, error) {
		if quota.Reserve(ctx, quota.EffectivePolicies, 1) != nil {
			return Location{}, errNotLocated
		}
		return c.locator.Locate(ctx, c.scope, p.id)
	})
	switch {
	case errors.Is(err, errNotLocated):
		return c.locateInLists(ctx, p)
	case err != nil:
		return err
	case !location.Inside:
		return upstream.ErrNotYours
	}
	for _, b := range location.Policies {
		if strings.HasPrefix(b.Resource, "projects/") {
			p.indexed = append(p.indexed, b.Binding)
		} else {
			p.ancestors = append(p.ancestors, b)
		}
	}
	return nil
}

// locateInLists finds a project in the list of projects, and its bindings in what the search found.
func (c *Catalog) locateInLists(ctx context.Context, p *project) error {
	found, all, err := c.searchAndList(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(listed ListedProject) bool { return listed.Project == p.id })
	if i < 0 {
		return upstream.ErrNotYours
	}
	located := found.projectFrom(all[i])
	p.indexed, p.ancestors = located.indexed, located.ancestors
	return nil
}
