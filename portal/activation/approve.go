package activation

import (
	"context"
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// Decision is a reviewer's, or the beneficiary's, on a request whose token was
// redeemed a moment ago.
type Decision struct {
	By     string // e-mail, lower-case
	Claims request.Claims
	Reason string               // of somebody who declines
	Mine   eligibility.Evidence // hint of why the reviewer may approve
	Theirs eligibility.Evidence // hint of why the beneficiary is eligible
}

// Decided is a request with the decision that the policy holds.
type Decided struct {
	Claims   request.Claims
	Status   Status
	Repeated bool // it was decided before; nothing was written

	Verb   event.Verb // that was pressed
	By     string     // who pressed it
	Reason string     // of somebody who declined
}

// Approve opens the window that a request asks for, from now on. Both people
// are checked again on the live policy: still eligible by the binding that the
// request was made under, and the reviewer named and somebody else. A request
// that was decided already is answered with that decision.
//
// Errors: *Refusal, *upstream.Outage, or the Confirmer's own.
func (d *Desk) Approve(ctx context.Context, o Decision) (Decided, error) {
	if err := d.mayDecide(o); err != nil {
		return Decided{}, err
	}
	var status Status // by the change's last run
	description := eligibility.ApprovedDescription(o.By, o.Claims.Justification)
	out, err := d.modify(ctx, o.Claims.Key.Project(), o.lookups(), func(c eligibility.Confirmation, read *policy.Policy) policy.Change {
		return policy.Change{
			ID:     o.Claims.ID,
			Reason: description + " [" + o.Claims.ID + "]",
			Base:   read,
			Apply: func(p *policy.Policy) (err error) {
				status, err = d.approve(p, c, o)
				return err
			},
		}
	})
	if err != nil {
		return Decided{}, err
	}
	return Decided{
		Claims: o.Claims, Status: status, Repeated: !out.Written || !status.says(description), Verb: event.Approve, By: o.By,
	}, nil
}

// mayDecide refuses who is not named, and the beneficiary.
func (d *Desk) mayDecide(o Decision) error {
	switch {
	case strings.EqualFold(o.By, o.Claims.Beneficiary):
		return &Refusal{Reason: OwnRequest, Message: "Somebody else must approve your request."}
	case !slices.ContainsFunc(o.Claims.Reviewers, func(r string) bool { return strings.EqualFold(r, o.By) }):
		return &Refusal{Reason: NotReviewer, Message: "You were not asked to review this request."}
	}
	return d.guard(o.Claims.Key.Project())
}

// lookups are both people with what is to be confirmed. The beneficiary's
// hint leads to the binding that the request names.
func (o Decision) lookups() []eligibility.Lookup {
	theirs, mine := wantedBy(o.Claims), wantedBy(o.Claims)
	theirs.Hint, mine.Hint = o.Theirs, o.Mine
	if o.Claims.Binding != "" {
		theirs.Hint.Digest = o.Claims.Binding
	}
	return []eligibility.Lookup{
		{Email: o.Claims.Beneficiary, Wanted: []eligibility.Reference{theirs}},
		{Email: o.By, Wanted: []eligibility.Reference{mine}},
	}
}

// approve decides on a policy, and writes the window into it.
func (d *Desk) approve(p *policy.Policy, c eligibility.Confirmation, o Decision) (Status, error) {
	if d.clock().Sub(c.At) > freshness {
		return Status{}, errConfirmAgain
	}
	held, resource := policy.BindingsOf(p), o.Claims.Key.Resource
	if status, err := d.undecided(o.Claims, held); status.State != Waiting || err != nil {
		return status, err
	}
	beneficiary, reviewer := d.confirmed(held, c, resource, o.Claims.Beneficiary), d.confirmed(held, c, resource, o.By)
	if _, err := d.judge(o.Claims, beneficiary, reviewer); err != nil {
		return Status{}, err
	}
	return d.grant(p, held, o)
}

// undecided returns the status of a request, with an error where nothing can be
// decided any more and no decision of its own can be shown.
func (d *Desk) undecided(c request.Claims, held []eligibility.Binding) (Status, error) {
	mine, _ := eligibility.Activations(c.Key.Resource, held, c.Beneficiary)
	status := StatusOf(c, mine, d.now())
	switch status.State {
	case Spent:
		return status, &Refusal{Reason: RequestSpent, Message: "Another decision about the same role has closed this request."}
	case Expired:
		return status, &Refusal{Reason: RequestExpired, Message: "Nobody decided in time. It has to be asked for again."}
	}
	return status, nil
}

// grant writes the window in place of the beneficiary's earlier ones, whose end
// it keeps where that is later.
func (d *Desk) grant(p *policy.Policy, held []eligibility.Binding, o Decision) (Status, error) {
	a := eligibility.Activation{
		Key: o.Claims.Key, User: o.Claims.Beneficiary, ID: o.Claims.ID, Window: d.window(o.Claims),
		Description: eligibility.ApprovedDescription(o.By, o.Claims.Justification),
	}
	mine, _ := eligibility.Activations(a.Resource, held, a.User)
	for _, earlier := range mine {
		if earlier.Key == a.Key && earlier.Window.Contains(d.now()) {
			a.Window.End = later(a.Window.End, earlier.Window.End)
		}
	}
	b, err := temporary(a)
	if err != nil {
		return Status{}, &Refusal{Reason: NotGrantable, Message: notGrantable(err), Err: err}
	}
	remove(p, a.Key, a.User, replacedBy(a.Window))
	p.Bindings = append(p.Bindings, b)
	return Status{State: Approved, Ledger: a}, nil
}

// window starts when it is approved; that of JIT Access 1.8.1 was fixed when it
// was asked for.
func (d *Desk) window(c request.Claims) eligibility.Window {
	if c.Fixed != nil {
		return *c.Fixed
	}
	start := later(d.now(), c.IssuedAt)
	return eligibility.Window{Start: start, End: start.Add(c.Duration)}
}
