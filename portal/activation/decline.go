package activation

import (
	"context"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// Decline closes a request without opening a window: it adds a binding with the id of the request
// and an empty window.
//
// Errors: Faults for the reason, *Refusal, *upstream.Outage.
func (d *Desk) Decline(ctx context.Context, o DecisionOrder) (Decided, error) {
	if err := o.mayDecide(); err != nil {
		return Decided{}, err
	}
	o.Reason = strings.TrimSpace(o.Reason)
	if faults := reasonFaults(o.Reason); len(faults) > 0 {
		return Decided{}, faults
	}
	return d.closeRequest(ctx, event.Decline, o, declinedDescription(o.By, o.Reason))
}

// Withdraw closes a request for its beneficiary.
//
// Errors: *Refusal, *upstream.Outage.
func (d *Desk) Withdraw(ctx context.Context, by string, c request.Claims) (Decided, error) {
	if !c.AskedBy(by) {
		return Decided{}, &Refusal{Reason: NotReviewer, Message: "Only who asked can withdraw a request."}
	}
	return d.closeRequest(ctx, event.Withdraw, DecisionOrder{By: by, Claims: c}, withdrawnBy+"the beneficiary")
}

// reasonFaults returns what is wrong with a reason to decline.
func reasonFaults(reason string) Faults {
	switch {
	case !eligibility.Visible(reason):
		return Faults{{FieldReason, "Write a reason, for the person who asked."}}
	case !eligibility.OneLine(reason):
		return Faults{{FieldReason, "Write one line of plain text, without control characters."}}
	case !eligibility.Short(reason):
		return Faults{{FieldReason, tooLong}}
	}
	return nil
}

// closeRequest closes a request without granting anything.
func (d *Desk) closeRequest(ctx context.Context, verb event.Verb, o DecisionOrder, description string) (Decided, error) {
	var status Status // by the change's last run
	c, state := o.Claims, Declined
	if verb == event.Withdraw {
		state = Withdrawn
	}
	out, unproven, err := d.gate.takeAway(ctx, c.Key.Project(), policy.Change{
		ID:     c.ID,
		Reason: description + " [" + c.ID + "]",
		Owner:  o.By, Content: contentOf("close", c.Beneficiary, c.Key),
		Apply: func(p *policy.Policy) (err error) {
			status, err = d.closeWaiting(p, c, state, description)
			return err
		},
	})
	if err != nil {
		return Decided{}, writeError(c.Key.Resource, err)
	}
	repeated := !out.Written || !status.hasDescription(description)
	return Decided{
		Claims: c, Status: status, Repeated: repeated, ScopeUnproven: unproven && !repeated, Verb: verb, By: o.By, Reason: o.Reason,
	}, nil
}

// closeWaiting adds the empty window that closes a request, if the request still waits.
func (d *Desk) closeWaiting(p *policy.Policy, c request.Claims, state State, description string) (Status, error) {
	status, err := d.undecided(c, policy.BindingsOf(p))
	if status.State != Waiting || err != nil {
		return status, err
	}
	at := later(d.now(), c.IssuedAt)
	a := eligibility.Activation{Key: c.Key, User: c.Beneficiary, ID: c.ID, Description: description}
	removeActivations(p, c.Key, c.Beneficiary, emptyUntil(at))
	if err := addEmptyWindow(p, a, at); err != nil {
		return Status{}, err
	}
	a.Window = eligibility.Window{Start: at, End: at}
	return Status{State: state, Ledger: a}, nil
}
