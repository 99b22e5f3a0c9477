package activation

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// Administrators knows who administers the portal.
type Administrators interface {
	// Include tells whether a person is one. An error is one of a group that
	// could not be read, and means no.
	Include(ctx context.Context, email string) (bool, error)
}

// Revocation asks to end somebody else's activation.
type Revocation struct {
	By     string // e-mail, lower-case
	User   string // whose activation it is
	Key    eligibility.Key
	ID     string          // of the activation that was looked at; "" for one without
	Claims *request.Claims // of the request that made it, for its reviewers; nil for administrators
}

// Revoke ends an activation of somebody else now, and closes what had been asked
// for until then: a request to extend, which another reviewer would approve.
// Reviewers may revoke what the request that names them made, administrators
// everything.
//
// Errors: *Refusal, *upstream.Outage; without a request, for who is no administrator,
// upstream.ErrNotYours.
func (d *Desk) Revoke(ctx context.Context, r Revocation) (Ended, error) {
	if !eligibility.ProjectCanExist(r.Key.Project()) {
		return Ended{}, notActive(nil)
	}
	if err := d.mayRevoke(ctx, r); err != nil {
		return Ended{}, err
	}
	return d.carry(ctx, ending{
		EndOrder: EndOrder{Person: r.User, Key: r.Key, ID: r.ID}, reason: "Revoked by " + r.By, known: r.Claims != nil, final: true,
	})
}

// Administers tells whether somebody administers the portal. An error is one of
// a group that could not be read.
func (d *Desk) Administers(ctx context.Context, email string) (bool, error) {
	return d.administrators.Include(ctx, email)
}

func (d *Desk) mayRevoke(ctx context.Context, r Revocation) error {
	if c := r.Claims; c != nil && c.ID == r.ID && c.Key == r.Key && strings.EqualFold(c.Beneficiary, r.User) &&
		slices.ContainsFunc(c.Reviewers, func(email string) bool { return strings.EqualFold(email, r.By) }) {
		return nil
	}
	included, err := d.administrators.Include(ctx, r.By)
	if included {
		return nil
	}
	refusal := &Refusal{Reason: NotReviewer, Message: "Only its reviewers and administrators may revoke an activation.", Err: err}
	if r.Claims == nil {
		return notTheirs(refusal)
	}
	return refusal
}

// notTheirs tells who is no administrator what they are told of any project that
// is not theirs, whatever the cause: no request names them.
func notTheirs(cause error) error {
	if cause == nil {
		return upstream.ErrNotYours
	}
	return fmt.Errorf("%w: %w", upstream.ErrNotYours, cause)
}
