package activation

import (
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// grounds are the two entitlements that an approval rests on.
type grounds struct {
	beneficiary eligibility.Entitlement // by the binding that the request names
	reviewer    eligibility.Entitlement
}

// judge returns the grounds on which a reviewer may approve a waiting request, or why they may not.
// Pages call it with what they have read, and approvals with the policy that they change.
func (d *Desk) judge(c request.Claims, beneficiary, reviewer person) (g grounds, err error) {
	if err := d.stillAllowed(c, d.rules.Limits); err != nil {
		return grounds{}, err
	}
	if g.beneficiary, err = beneficiary.entitlementOf(c); err != nil {
		return grounds{}, err
	}
	if err := d.stillAllowed(c, d.rules.For(g.beneficiary)); err != nil {
		return grounds{}, err
	}
	g.reviewer, err = reviewer.entitlementToReview(c)
	return g, err
}

// stillAllowed checks a request against the present limits, which may have changed since it was
// made.
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
