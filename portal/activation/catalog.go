package activation

import (
	"context"
	"slices"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// Catalog reads who is eligible for what, for pages. The error is upstream.ErrNotYours for a
// project that is not the person's or does not exist, and an *upstream.Outage where Google did not
// answer.
type Catalog interface {
	Overview(ctx context.Context, email string) (eligibility.Overview, error)
	// ProjectAccess also returns, with an error, which groups could not be read.
	ProjectAccess(ctx context.Context, email, project string) (eligibility.ProjectAccess, error)
	// Peers are the people who could approve the person's request.
	Peers(ctx context.Context, email, project string, wanted eligibility.Reference) (eligibility.Peers, error)
}

// Holders reads what everybody has on a project.
type Holders interface {
	Holdings(ctx context.Context, project string) (eligibility.Holdings, error)
}

// Overview is what a person may activate and has active on every project.
//
// Errors: the Catalog's own.
func (d *Desk) Overview(ctx context.Context, email string) (eligibility.Overview, error) {
	o, err := d.catalog.Overview(ctx, email)
	for i := range o.Projects {
		o.Projects[i] = d.closeIfGuarded(o.Projects[i])
	}
	return o, err
}

// ProjectAccess is what a person may activate and has active on one project. A project id that
// cannot exist is answered like a project that is not theirs.
//
// Errors: the Catalog's own.
func (d *Desk) ProjectAccess(ctx context.Context, email, project string) (eligibility.ProjectAccess, error) {
	if !eligibility.ProjectCanExist(project) {
		return eligibility.ProjectAccess{}, upstream.ErrNotYours
	}
	access, err := d.catalog.ProjectAccess(ctx, email, project)
	return d.closeIfGuarded(access), err
}

// closeIfGuarded closes the entitlements on a guarded project, with the reason.
func (d *Desk) closeIfGuarded(s eligibility.ProjectAccess) eligibility.ProjectAccess {
	if !d.rules.Guards(s.Project) {
		return s
	}
	s.Entitlements = slices.Clone(s.Entitlements)
	for i := range s.Entitlements {
		s.Entitlements[i].Closed = GuardedMessage
	}
	return s
}

// Choice is what a person has chosen to activate or to request on one project.
type Choice struct {
	Access       eligibility.ProjectAccess
	Entitlements []eligibility.Entitlement // one for each chosen role
	Limits       Limits                    // for all of them
	Peers        eligibility.Peers         // who could approve, if a peer must
}

// ChooseSelf judges, as Self does, the roles that a person chose to activate on their own. Choosing
// nothing is no error.
//
// Errors: *Refusal, or the Catalog's own. Access.Unreadable is set even then.
func (d *Desk) ChooseSelf(ctx context.Context, email, project string, roles []eligibility.Reference) (Choice, error) {
	access, err := d.ProjectAccess(ctx, email, project)
	c := Choice{Access: access, Limits: d.rules.Limits}
	if err != nil || len(roles) == 0 {
		return c, err
	}
	if slices.ContainsFunc(roles, needsPeer) {
		return c, notEligible(nil)
	}
	if c.Entitlements, err = personAsRead(access).findAll(distinct(roles)); err != nil {
		return c, err
	}
	c.Limits = d.rules.For(c.Entitlements[0])
	return c, d.guard(project)
}

// ChoosePeer judges, as Ask does, the role that a person chose to request, and finds who could
// approve it.
//
// Errors: *Refusal, or the Catalog's own. Peers.Unreadable is set even then.
func (d *Desk) ChoosePeer(ctx context.Context, email, project string, role eligibility.Reference) (Choice, error) {
	if !eligibility.ProjectCanExist(project) {
		return Choice{}, upstream.ErrNotYours
	}
	role.Constraint = eligibility.MultiPartyApproval
	peers, err := d.catalog.Peers(ctx, email, project, role)
	c := Choice{Peers: peers, Access: peers.Access}
	if err != nil {
		return c, err
	}
	e, err := personAsRead(peers.Access).find(role)
	if err != nil {
		return c, err
	}
	c.Entitlements, c.Limits = []eligibility.Entitlement{e}, d.rules.For(e)
	return c, d.guard(project)
}

// Holdings is what everybody has on a project, for administrators. Others get the error of a
// project that is not theirs.
//
// Errors: upstream.ErrNotYours, *upstream.Outage.
func (d *Desk) Holdings(ctx context.Context, email, project string) (eligibility.Holdings, error) {
	included, err := d.administrators.Include(ctx, email)
	if !included || !eligibility.ProjectCanExist(project) {
		return eligibility.Holdings{}, notTheirs(err)
	}
	return d.holders.Holdings(ctx, project)
}
