package activation

import (
	"context"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// DecisionOrder is what a reviewer, or the beneficiary, decides about a request whose token was
// just redeemed.
type DecisionOrder struct {
	By              string // e-mail, lower-case
	Subject         string // of their account
	Claims          request.Claims
	Reason          string               // of a reviewer who declines
	ReviewerHint    eligibility.Evidence // where to look for the reviewer's eligible binding first
	BeneficiaryHint eligibility.Evidence // where to look for the beneficiary's eligible binding first
}

// Decided is a request with the decision that the policy holds, which may be somebody else's.
type Decided struct {
	Claims   request.Claims
	Status   Status
	Repeated bool // it was decided before; nothing was written

	ScopeUnproven bool // it was closed although nobody could tell whether the project stands in the scope

	Verb   event.Verb // that was ordered
	By     string     // who ordered it
	Reason string     // of a reviewer who declined
}

// Approve opens the window that a request asks for, from now on. It checks both people again on the
// live policy: the beneficiary must still be eligible by the binding under which the request was
// made, and the reviewer must be named in the request, somebody else, and eligible for the same
// role. For a request that was decided before, it returns that decision.
//
// Errors: *Refusal, *upstream.Outage, or the Confirmer's own.
func (d *Desk) Approve(ctx context.Context, o DecisionOrder) (Decided, error) {
	if err := d.mayApprove(o); err != nil {
		return Decided{}, err
	}
	var status Status // by the change's last run
	description := eligibility.ApprovedDescription(o.By, o.Claims.Justification)
	out, err := d.modify(ctx, o.Claims.Key.Project(), o.lookups(), func(c eligibility.Confirmation, read *policy.Policy) policy.Change {
		return policy.Change{
			ID:     o.Claims.ID,
			Reason: description + " [" + o.Claims.ID + "]",
			Base:   read,
			Owner:  o.By, Content: contentOf("grant", o.Claims.Beneficiary, o.Claims.Key),
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
		Claims: o.Claims, Status: status, Repeated: !out.Written || !status.hasDescription(description), Verb: event.Approve, By: o.By,
	}, nil
}

// mayDecide refuses the beneficiary, under another address too, and everybody whom the request does
// not name as a reviewer.
func (o DecisionOrder) mayDecide() error {
	switch {
	case isOwn(o.Claims, o.By, o.Subject):
		return &Refusal{Reason: OwnRequest, Message: "Somebody else must approve your request."}
	case !o.Claims.IsReviewer(o.By):
		return &Refusal{Reason: NotReviewer, Message: "You were not asked to review this request."}
	}
	return nil
}

// isOwn reports whether somebody is the beneficiary of a request, under this address or another one
// of the same account.
func isOwn(c request.Claims, email, subject string) bool {
	return c.AskedBy(email) || c.AskedByAccount(subject)
}

// mayApprove refuses those who may not decide, and everybody on a guarded project.
func (d *Desk) mayApprove(o DecisionOrder) error {
	if err := o.mayDecide(); err != nil {
		return err
	}
	return d.guard(o.Claims.Key.Project())
}

// lookups are what to confirm about both people. The beneficiary's hint names the binding of the
// request, which is the only one that counts.
func (o DecisionOrder) lookups() []eligibility.Lookup {
	beneficiary, reviewer := requestedRole(o.Claims), requestedRole(o.Claims)
	beneficiary.Hint, reviewer.Hint = o.BeneficiaryHint, o.ReviewerHint
	if o.Claims.Binding != "" {
		beneficiary.Hint.Digest = o.Claims.Binding
	}
	return []eligibility.Lookup{
		{Email: o.Claims.Beneficiary, Wanted: []eligibility.Reference{beneficiary}},
		{Email: o.By, Wanted: []eligibility.Reference{reviewer}},
	}
}

// approve decides on the policy that it is given, and writes the window into it.
func (d *Desk) approve(p *policy.Policy, c eligibility.Confirmation, o DecisionOrder) (Status, error) {
	bindings, resource := policy.BindingsOf(p), o.Claims.Key.Resource
	if status, err := d.undecided(o.Claims, bindings); status.State != Waiting || err != nil {
		return status, err
	}
	beneficiary, reviewer := d.confirmedPerson(bindings, c, resource, o.Claims.Beneficiary), d.confirmedPerson(bindings, c, resource, o.By)
	if _, err := d.judge(o.Claims, beneficiary, reviewer); err != nil {
		return Status{}, err
	}
	return d.grant(p, bindings, o)
}

// undecided returns the status of a request. The error is a refusal for a request that cannot be
// decided any more and has no decision of its own to show.
func (d *Desk) undecided(c request.Claims, bindings []eligibility.Binding) (Status, error) {
	activations, _ := eligibility.Activations(c.Key.Resource, bindings, c.Beneficiary)
	status := StatusOf(c, activations, d.now())
	switch status.State {
	case Spent:
		return status, &Refusal{Reason: RequestSpent, Message: "Another decision about the same role has closed this request."}
	case Expired:
		return status, &Refusal{Reason: RequestExpired, Message: "Nobody decided in time. It has to be asked for again."}
	}
	return status, nil
}

// grant writes the window in place of the beneficiary's earlier ones. It keeps an end that is later
// than its own, so that an approval never shortens access.
func (d *Desk) grant(p *policy.Policy, bindings []eligibility.Binding, o DecisionOrder) (Status, error) {
	a := eligibility.Activation{
		Key: o.Claims.Key, User: o.Claims.Beneficiary, ID: o.Claims.ID, Window: d.window(o.Claims),
		Description: eligibility.ApprovedDescription(o.By, o.Claims.Justification),
	}
	activations, _ := eligibility.Activations(a.Resource, bindings, a.User)
	for _, earlier := range activations {
		if earlier.Key == a.Key && earlier.Window.Contains(d.now()) {
			a.Window.End = later(a.Window.End, earlier.Window.End)
		}
	}
	b, err := temporaryBinding(a)
	if err != nil {
		return Status{}, err
	}
	removeActivations(p, a.Key, a.User, replacedBy(a.Window))
	p.Bindings = append(p.Bindings, b)
	return Status{State: Approved, Ledger: a}, nil
}

// window is the window that an approval opens. It starts at the approval, or in the second after it
// for a request that was issued ahead of the clock. A request of JIT Access 1.8.1 fixed its window
// when it was made.
func (d *Desk) window(c request.Claims) eligibility.Window {
	if c.Fixed != nil {
		return *c.Fixed
	}
	start := later(d.now(), c.IssuedAt)
	return eligibility.Window{Start: start, End: start.Add(c.Duration)}
}
