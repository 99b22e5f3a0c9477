package activation

import (
	"slices"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// Decider is who made the decision on a request that the policy holds, by the
// text that we wrote beside it; "" where that names nobody of the request. Like
// the word in the text it is for people and the log: nothing is decided by it.
func (s Status) Decider(c request.Claims) string {
	by := func(says func(reviewer string) string) string {
		i := slices.IndexFunc(c.Reviewers, func(r string) bool { return strings.HasPrefix(s.Ledger.Description, says(r)) })
		if i < 0 {
			return ""
		}
		return c.Reviewers[i]
	}
	switch s.State {
	case Withdrawn:
		return c.Beneficiary
	case Declined:
		return by(func(r string) string { return declined(r, "") })
	case Approved, Over:
		return by(func(r string) string { return eligibility.ApprovedDescription(r, "") })
	}
	return ""
}

// Objection is the reason of who declined a request, "" where the policy holds none.
func (s Status) Objection(c request.Claims) string {
	who := s.Decider(c)
	if s.State != Declined || who == "" {
		return ""
	}
	return strings.TrimPrefix(s.Ledger.Description, declined(who, ""))
}

// Decision is when a request was decided; zero where that is not known: a window
// that was fixed when it was asked for does not tell when it was approved.
func (s Status) Decision(c request.Claims) time.Time {
	fixed := c.Fixed != nil && (s.State == Approved || s.State == Over)
	if fixed || s.State == Spent {
		return time.Time{}
	}
	return s.Ledger.Window.Start
}

// declined is the text beside the decision of somebody who declines.
func declined(by, reason string) string { return declinedBy + by + ": " + reason }
