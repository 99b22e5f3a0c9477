package activation

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// Roles reads what a role lets its holder do; see iamrole.Reader.
type Roles interface {
	Describe(ctx context.Context, name string) (iamrole.Role, error)
}

// Review is the present state of a request, for one of the people whom it names.
type Review struct {
	Claims                 request.Claims
	Viewer                 string // e-mail, lower-case
	Own                    bool   // the viewer is the beneficiary, under this address or another one
	Status                 Status
	Open                   eligibility.Activation // the beneficiary's activation of the same key, by any request; zero: none
	BeneficiaryEntitlement eligibility.Entitlement
	ReviewerEntitlement    eligibility.Entitlement // zero unless the viewer may be a reviewer
	Role                   iamrole.Role            // zero where IAM does not describe it

	// Void is why nobody may approve the request, and Refused why the viewer may not. Each is nil
	// if there is no such reason, and otherwise the refusal of Approve. They mean nothing for a
	// request that does not wait.
	Void, Refused error

	Unreadable []string // groups whose members could not be read
	RoleError  error    // why IAM did not describe the role, for the log
}

// Look reads what decides about a request whose token was just redeemed, and judges the request as
// Approve does. It reads both people's access and the role concurrently.
//
// Errors: *upstream.Outage, or the Catalog's own. Unreadable is set even then.
func (d *Desk) Look(ctx context.Context, c request.Claims, viewer, subject string) (Review, error) {
	r := Review{Claims: c, Viewer: viewer, Own: isOwn(c, viewer, subject)}
	var beneficiary, reviewer eligibility.ProjectAccess
	g, within := errgroup.WithContext(policy.OnePage(ctx))
	g.Go(func() (err error) {
		beneficiary, err = d.accessOf(within, c.Beneficiary, c.Key.Project())
		return err
	})
	g.Go(func() error {
		r.Role, r.RoleError = d.roles.Describe(within, c.Key.Role)
		return nil
	})
	if !r.Own {
		g.Go(func() (err error) {
			reviewer, err = d.accessOf(within, viewer, c.Key.Project())
			return err
		})
	}
	err := g.Wait()
	r.Unreadable = slices.Compact(slices.Sorted(slices.Values(slices.Concat(beneficiary.Unreadable, reviewer.Unreadable))))
	if err != nil {
		return r, err
	}
	r.Status = StatusOf(c, beneficiary.Activations, d.now())
	r.Open, _ = beneficiary.Open(c.Key, d.now())
	d.judgeReview(&r, beneficiary, reviewer)
	return r, nil
}

// accessOf reads what somebody whom a request names has on its project. Having nothing there is no
// error, and neither is it a secret from them if the project could not be read.
func (d *Desk) accessOf(ctx context.Context, email, project string) (eligibility.ProjectAccess, error) {
	access, err := d.catalog.ProjectAccess(ctx, email, project)
	if errors.Is(err, upstream.ErrNotYours) {
		err = access.Unread
	}
	return access, err
}

// judgeReview judges a request by what a page has read.
func (d *Desk) judgeReview(r *Review, beneficiary, reviewer eligibility.ProjectAccess) {
	r.BeneficiaryEntitlement, r.Void = d.judgeRequest(r.Claims, personAsRead(beneficiary))
	if r.Own {
		return
	}
	r.ReviewerEntitlement, r.Refused = d.judge(r.Claims, personAsRead(beneficiary), personAsRead(reviewer))
	if refusal := d.mayApprove(DecisionOrder{By: r.Viewer, Claims: r.Claims}); refusal != nil {
		r.Refused = refusal
	}
}

// Uncertain reports whether a refusal depends on a group that could not be read.
func Uncertain(err error) bool { return refusedAs(err, GroupUnreadable) }

// refusedAs reports whether an error is a refusal for this reason.
func refusedAs(err error, reason Reason) bool {
	var refusal *Refusal
	return errors.As(err, &refusal) && refusal.Reason == reason
}

// Approvable reports whether a reviewer may still approve the request, as far as is known: it
// waits, and nothing has made it void for certain.
func (r Review) Approvable() bool {
	return r.Status.State == Waiting && (r.Void == nil || Uncertain(r.Void))
}

// MayAskAgain reports whether the beneficiary could ask for the same by the same binding.
func (r Review) MayAskAgain() bool {
	return r.BeneficiaryEntitlement.Key == r.Claims.Key && !refusedAs(r.Void, Guarded)
}

// EndedEarly reports whether the window that an approval opened was shortened.
func (r Review) EndedEarly() bool {
	window := r.Status.Ledger.Window
	end := window.Start.Add(r.Claims.Duration)
	if fixed := r.Claims.Fixed; fixed != nil {
		end = fixed.End
	}
	return r.Status.State == Over && window.End.Before(end)
}

// Confirms reports whether the policy agrees that the viewer has just made a decision. For a
// revocation it agrees with anybody, because the policy does not say who revoked.
func (r Review) Confirms(d event.Decision) bool {
	switch {
	case d == event.Revoked:
		return r.EndedEarly()
	case r.Status.State == Over:
		return false
	}
	return d != "" && r.Status.State.decision() == d && r.Status.Decider(r.Claims) == r.Viewer
}

// Decided reports whether somebody has decided on the request itself.
func (r Review) Decided() bool { return r.Status.State.decision() != "" }
