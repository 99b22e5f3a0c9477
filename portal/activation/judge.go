package activation

import (
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// grounds are what an approval stands on.
type grounds struct {
	theirs eligibility.Entitlement // the beneficiary's, by the binding that the request names
	mine   eligibility.Entitlement // the reviewer's
}

// judge says on what grounds a reviewer may approve a request that waits, or why
// they may not. Pages ask it by what they have read, approvals by the policy that
// they change.
func (d *Desk) judge(c request.Claims, beneficiary, reviewer person) (g grounds, err error) {
	if err := d.stillAllowed(c, d.rules.Limits); err != nil {
		return grounds{}, err
	}
	if g.theirs, err = beneficiary.under(c); err != nil {
		return grounds{}, err
	}
	if err := d.stillAllowed(c, d.rules.For(g.theirs)); err != nil {
		return grounds{}, err
	}
	g.mine, err = reviewer.reviewing(c)
	return g, err
}

// stillAllowed holds a request to the limits of today.
func (d *Desk) stillAllowed(c request.Claims, l Limits) error {
	if c.Fixed != nil && !c.Fixed.End.After(d.now()) {
		return &Refusal{Reason: WindowOver, Message: "The time that was asked for is over. It has to be asked for again."}
	}
	if len(l.JustificationFaults(c.Justification)) > 0 || len(l.durationFaults(c.Duration)) > 0 {
		return &Refusal{Reason: RulesChanged, Message: "The rules for justifications or durations have changed since it was asked for. It has to be asked for again."}
	}
	if n := len(c.Reviewers); n < l.MinReviewers || n > l.MaxReviewers {
		return &Refusal{Reason: RulesChanged, Message: "How many reviewers have to be asked has changed since it was asked for. It has to be asked for again."}
	}
	return nil
}
