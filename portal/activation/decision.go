package activation

import (
	"slices"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// Decider is who decided on a request, read from the description of the binding that we wrote. It
// is "" for a description that names nobody of the request. It is shown to people and logged, and
// nothing is decided by it.
func (s Status) Decider(c request.Claims) string {
	reviewer := func(description func(reviewer string) string) string {
		i := slices.IndexFunc(c.Reviewers, func(r string) bool { return strings.HasPrefix(s.Ledger.Description, description(r)) })
		if i < 0 {
			return ""
		}
		return c.Reviewers[i]
	}
	switch s.State {
	case Withdrawn:
		return c.Beneficiary
	case Declined:
		return reviewer(func(r string) string { return declinedDescription(r, "") })
	case Approved, Over:
		return reviewer(func(r string) string { return eligibility.ApprovedDescription(r, "") })
	}
	return ""
}

// DeclineReason is the reason that a reviewer gave for declining, or "" if the policy holds none.
func (s Status) DeclineReason(c request.Claims) string {
	who := s.Decider(c)
	if s.State != Declined || who == "" {
		return ""
	}
	return strings.TrimPrefix(s.Ledger.Description, declinedDescription(who, ""))
}

// DecidedAt is when a request was decided. It is zero if that is not known: a window that was fixed
// when it was asked for does not say when it was approved.
func (s Status) DecidedAt(c request.Claims) time.Time {
	fixed := c.Fixed != nil && (s.State == Approved || s.State == Over)
	if fixed || s.State == Spent {
		return time.Time{}
	}
	return s.Ledger.Window.Start
}

// declinedDescription is the description of a binding by which a reviewer declines.
func declinedDescription(by, reason string) string { return declinedBy + by + ": " + reason }
