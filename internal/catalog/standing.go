package catalog

import (
	"context"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// Standing is what a person may activate, and has active, on one project.
//
// It takes two steps, however many roles there are and however deep groups are
// nested: the live policy and the placement side by side, then all groups that
// eligible bindings name. It takes one where they name none.
//
// Errors are ErrNotYours, an *Outage, or that of ctx. With ErrNotYours comes
// a standing that says only what could not be read, for whoever looks after
// the portal or knows of the project otherwise. A project that cannot be read is an outage for those who have
// something there by the index, and not theirs for everybody else.
func (c *Catalog) Standing(ctx context.Context, email, project string) (eligibility.Standing, error) {
	p, err := c.look(ctx, project)
	if err != nil {
		return eligibility.Standing{}, err
	}
	person := newPerson(email)
	if err := c.ask(ctx, person, eligibility.GroupsNamed(p.bindings(), nil)); err != nil {
		return eligibility.Standing{}, err
	}
	standing := p.standing(person, c.clock())
	if err := p.refusal(!empty(standing)); err != nil {
		standing.Entitlements, standing.Activations, standing.Unread = nil, nil, p.unread
		return standing, err
	}
	return standing, nil
}
