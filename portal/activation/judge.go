package activation

import (
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// judge returns the entitlement by which a reviewer may approve a waiting request, or why they may
// not. Pages call it with what they have read, and approvals with the policy that they change.
func (d *Desk) judge(c request.Claims, beneficiary, reviewer person) (eligibility.Entitlement, error) {
	if _, err := d.judgeRequest(c, beneficiary); err != nil {
		return eligibility.Entitlement{}, err
	}
	return reviewer.entitlementToReview(c)
}

// judgeRequest returns the beneficiary's entitlement by the binding that a request names, and why
// nobody may approve the request, if so.
func (d *Desk) judgeRequest(c request.Claims, beneficiary person) (eligibility.Entitlement, error) {
	e, err := beneficiary.entitlementOf(c)
	if err == nil {
		err = d.guard(c.Key.Project())
	}
	if err == nil {
		err = d.stillAllowed(c, d.rules.For(e))
	}
	return e, err
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
