package catalog

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// ProjectAccess is what a person may activate, and has active, on one project.
//
// It takes two steps, however many roles there are and however deep groups are nested: the live
// policy and the location side by side, then all groups that eligible bindings name, beside the
// titles of roles that are not known yet. It takes one where there is nothing to ask.
//
// Errors are upstream.ErrNotYours and *upstream.Outage. With ErrNotYours comes an access that says
// only what could not be read, for administrators and for those who know of the project otherwise.
// A project that cannot be read is an outage for those who have something there by the index, and
// not theirs for everybody else.
func (c *Catalog) ProjectAccess(ctx context.Context, email, project string) (_ eligibility.ProjectAccess, err error) {
	defer asOutage(&err)
	hide, asked := c.unlessFewCallsLeft(ctx), false
	defer func() { hide(asked, &err) }()
	p, err := c.readProject(ctx, project, c.readExcerpt)
	if err != nil {
		return eligibility.ProjectAccess{}, err
	}
	asked = true
	person, all := newPerson(email), p.bindings()
	titles, err := c.askWithTitles(ctx, person, all, eligibility.GroupsNamed(all, nil))
	if err != nil {
		return eligibility.ProjectAccess{}, err
	}
	access := p.access(person, c.clock())
	access.Titles = titles
	if err := p.refusal(!hasNothing(access)); err != nil {
		access.Entitlements, access.Held, access.Activations, access.Unread = nil, nil, nil, p.unread
		return access, err
	}
	return access, nil
}

// askWithTitles asks groups for the person, and beside them for the titles of the roles that may be
// theirs.
func (c *Catalog) askWithTitles(ctx context.Context, person eligibility.Person, all []eligibility.BindingAt, groups []string) (titles map[string]string, err error) {
	var calls errgroup.Group
	calls.Go(func() error {
		titles = c.titlesFor(ctx, all, person)
		return nil
	})
	calls.Go(func() error { return c.askGroups(ctx, person, groups) })
	err = calls.Wait()
	return titles, err
}
