package activation

import (
	"context"
	"fmt"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// Administrators says who administers the portal.
type Administrators interface {
	// Include reports whether a person is an administrator. An error means that a group could not
	// be read, and counts as no.
	Include(ctx context.Context, email string) (bool, error)
}

// Revocation asks to end somebody else's activation.
type Revocation struct {
	By      string // e-mail, lower-case
	Subject string // of their account
	User    string // whose activation it is
	Key     eligibility.Key
	ID      string          // of the activation that was shown; "" for one without
	Claims  *request.Claims // of the request that made it, for its reviewers; nil for administrators
}

// Revoke ends an activation of somebody else now, and closes the requests that were made until
// then, so that no reviewer can extend it afterwards. Reviewers may revoke what a request that
// names them made, and administrators everything.
//
// Errors: *Refusal, *upstream.Outage. Somebody who is neither gets upstream.ErrNotYours if the
// order names no request.
func (d *Desk) Revoke(ctx context.Context, r Revocation) (Ended, error) {
	if !eligibility.ProjectCanExist(r.Key.Project()) {
		return Ended{}, notActive(nil)
	}
	if err := d.mayRevoke(ctx, r); err != nil {
		return Ended{}, err
	}
	return d.endActivation(ctx, endChange{
		EndOrder: EndOrder{Person: r.User, Key: r.Key, ID: r.ID}, by: r.By, reason: "Revoked by " + r.By,
		existenceKnown: r.Claims != nil, closesRequests: true,
	})
}

// Administers reports whether a person administers the portal. An error means that a group could
// not be read, and counts as no.
func (d *Desk) Administers(ctx context.Context, email string) (bool, error) {
	return d.administrators.Include(ctx, email)
}

// mayRevoke allows reviewers to revoke what their request made, and administrators everything. It
// looks administrators up only for people who are no such reviewer. The beneficiary is none,
// whatever their address; they end what they have.
func (d *Desk) mayRevoke(ctx context.Context, r Revocation) error {
	c := r.Claims
	reviews := c != nil && c.ID == r.ID && c.Key == r.Key && c.AskedBy(r.User) && c.IsReviewer(r.By)
	if reviews && !isOwn(*c, r.By, r.Subject) {
		return nil
	}
	included, err := d.administrators.Include(ctx, r.By)
	if included {
		return nil
	}
	refusal := &Refusal{Reason: NotReviewer, Message: "Only its reviewers and administrators may revoke an activation.", Err: err}
	switch {
	case c == nil:
		return notTheirs(refusal)
	case reviews: // but for themselves
		refusal.Reason, refusal.Message = OwnRequest, "Somebody else must revoke what your request made. You can end it."
	}
	return refusal
}

// notTheirs is the error of somebody who is no administrator, whatever the cause: they get the same
// for any project that is not theirs.
func notTheirs(cause error) error {
	if cause == nil {
		return upstream.ErrNotYours
	}
	return fmt.Errorf("%w: %w", upstream.ErrNotYours, cause)
}
