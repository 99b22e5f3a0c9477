package activation

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// Roles knows what a role lets its holder do; see iamrole.Reader.
type Roles interface {
	Describe(ctx context.Context, name string) (iamrole.Role, error)
}

// Review is a request as it stands now, for one of those whom it names.
type Review struct {
	Claims request.Claims
	Viewer string // e-mail, lower-case
	Status Status
	Open   eligibility.Activation // what the beneficiary holds of it now, by whatever request; zero: nothing
	Theirs eligibility.Entitlement
	Mine   eligibility.Entitlement // the viewer's, for a reviewer
	Role   iamrole.Role            // without a name where IAM does not tell

	// Lost is why the beneficiary would be granted nothing, and Refused why the
	// viewer may not approve it, each nil where nothing is in the way: refusals, in
	// the words of Approve. They say nothing of a request that does not wait.
	Lost, Refused error

	Unreadable []string // groups whose members could not be read
	RoleError  error    // why the role is not described, for the log
}

// Look reads what decides about a request whose token was redeemed a moment ago,
// and judges it as Approve does: both people and the role, side by side.
//
// Errors: *upstream.Outage, or the Catalog's own. Unreadable is known beside them.
func (d *Desk) Look(ctx context.Context, c request.Claims, viewer string) (Review, error) {
	r := Review{Claims: c, Viewer: viewer}
	var beneficiary, reviewer eligibility.ProjectAccess
	g, within := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		beneficiary, err = d.accessOf(within, c.Beneficiary, c.Key.Project())
		return err
	})
	g.Go(func() error {
		r.Role, r.RoleError = d.roles.Describe(within, c.Key.Role)
		return nil
	})
	if viewer != c.Beneficiary {
		g.Go(func() (err error) {
			reviewer, err = d.accessOf(within, viewer, c.Key.Project())
			return err
		})
	}
	err := g.Wait()
	r.Unreadable = union(beneficiary.Unreadable, reviewer.Unreadable)
	if err != nil {
		return r, err
	}
	r.Status = StatusOf(c, beneficiary.Activations, d.now())
	r.Open, _ = beneficiary.Open(c.Key, d.now())
	d.weigh(&r, beneficiary, reviewer)
	return r, nil
}

// accessOf is what one of those has on a project whom a request names. A project
// that holds nothing of a person is taken for just that; one that could not be
// read is no secret to them.
func (d *Desk) accessOf(ctx context.Context, email, project string) (eligibility.ProjectAccess, error) {
	access, err := d.catalog.ProjectAccess(ctx, email, project)
	if errors.Is(err, upstream.ErrNotYours) {
		err = access.Unread
	}
	return access, err
}

// weigh judges a request by what a page has read.
func (d *Desk) weigh(r *Review, beneficiary, reviewer eligibility.ProjectAccess) {
	r.Theirs, r.Lost = asRead(beneficiary).under(r.Claims)
	if r.Viewer == r.Claims.Beneficiary {
		return
	}
	grounds, err := d.judge(r.Claims, asRead(beneficiary), asRead(reviewer))
	r.Mine, r.Refused = grounds.mine, err
	if refusal := d.mayDecide(Decision{By: r.Viewer, Claims: r.Claims}); refusal != nil {
		r.Refused = refusal
	}
}

// union is the names of two lists, each once.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// Uncertain tells whether a group that could not be read decides.
func Uncertain(err error) bool {
	var refusal *Refusal
	return errors.As(err, &refusal) && refusal.Reason == GroupUnreadable
}

// EndedEarly tells whether the window that an approval opened was shortened.
func (r Review) EndedEarly() bool {
	window := r.Status.Ledger.Window
	end := window.Start.Add(r.Claims.Duration)
	if fixed := r.Claims.Fixed; fixed != nil {
		end = fixed.End
	}
	return r.Status.State == Over && window.End.Before(end)
}

// Shows tells whether the policy agrees that the viewer made a decision a moment
// ago. Of who revoked, it shows only that somebody may have.
func (r Review) Shows(d event.Decision) bool {
	switch {
	case d == event.Revoked:
		return r.EndedEarly()
	case r.Status.State == Over:
		return false
	}
	return d != "" && r.Status.State.decision() == d && r.Status.Decider(r.Claims) == r.Viewer
}

// Decided tells whether somebody has decided on the request itself.
func (r Review) Decided() bool { return r.Status.State.decision() != "" }
