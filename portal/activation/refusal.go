package activation

import (
	"fmt"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// Reason says why an order is refused, for the audit log. Reasons are stable.
type Reason string

const (
	NotEligible  Reason = "NOT_ELIGIBLE"  // the person has no entitlement, whether or not the role or project exists
	Closed       Reason = "CLOSED"        // eligible, but not now or not through this portal
	Guarded      Reason = "GUARDED"       // a project on which the portal activates nothing
	Shortens     Reason = "SHORTENS"      // would end before what is active already
	NotActive    Reason = "NOT_ACTIVE"    // nothing to end
	StaleForm    Reason = "STALE_FORM"    // the id of the order belongs to another activation
	OutOfScope   Reason = "OUT_OF_SCOPE"  // the project stands outside what the portal manages
	NotGrantable Reason = "NOT_GRANTABLE" // Google does not accept this role or condition on this project
	Malformed    Reason = "MALFORMED"     // the form has faults; see Faults
	Conflict     Reason = "CONFLICT"      // others kept changing the policy

	OwnRequest      Reason = "OWN_REQUEST"      // the beneficiary may not decide, whatever their address
	NotReviewer     Reason = "NOT_REVIEWER"     // not named in the request
	LostEligibility Reason = "LOST_ELIGIBILITY" // the beneficiary's, since the request was made
	ReviewerLost    Reason = "REVIEWER_LOST_ELIGIBILITY"
	GroupUnreadable Reason = "GROUP_UNREADABLE" // a group that decides could not be read
	BindingChanged  Reason = "BINDING_CHANGED"  // since the request was made
	RulesChanged    Reason = "RULES_CHANGED"    // justification, duration or the number of reviewers are no longer allowed
	RequestSpent    Reason = "REQUEST_SPENT"    // another decision closed it
	RequestExpired  Reason = "REQUEST_EXPIRED"  // nobody decided in time
	WindowOver      Reason = "WINDOW_OVER"      // of a request of JIT Access 1.8.1
)

// Refusal is why an order was not carried out. Nothing of it was written.
type Refusal struct {
	Reason  Reason
	Message string // a sentence for the person; it says nothing about others
	// Remaining are the activations that stay in the policy although they were to end.
	Remaining []eligibility.Binding
	Err       error // the cause, for the log; may be nil
}

// Error implements error.
func (r *Refusal) Error() string {
	if r.Err == nil {
		return fmt.Sprintf("%s: %s", r.Reason, r.Message)
	}
	return fmt.Sprintf("%s: %s: %v", r.Reason, r.Message, r.Err)
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// Field is a field of an order's form.
type Field string

const (
	FieldRoles         Field = "role"
	FieldJustification Field = "justification"
	FieldDuration      Field = "duration"
	FieldReviewers     Field = "reviewer"
	FieldReason        Field = "reason"
)

// Fault is one thing to correct in an order.
type Fault struct {
	Field   Field
	Message string // a sentence
}

// Faults are all things to correct in an order. Nothing of it was written.
type Faults []Fault

// Error implements error.
func (f Faults) Error() string {
	if len(f) == 1 {
		return fmt.Sprintf("1 thing to correct: %s %s", f[0].Field, f[0].Message)
	}
	return fmt.Sprintf("%d things to correct, the first: %s %s", len(f), f[0].Field, f[0].Message)
}
