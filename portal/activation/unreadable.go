package activation

import (
	"errors"
	"fmt"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// groupError is why it is not known whether somebody is entitled: only as a member of this group,
// which could not be read.
type groupError struct {
	group eligibility.Principal
	err   error // may be nil
}

// Error implements error.
func (u *groupError) Error() string {
	if u.err == nil {
		return "the members of " + u.group.String() + " could not be read"
	}
	return fmt.Sprintf("the members of %s could not be read: %v", u.group, u.err)
}

// Unwrap returns the cause.
func (u *groupError) Unwrap() error { return u.err }

// ineligibleAs replaces the reason and the message of a refusal for lack of an entitlement, so that
// they say whose entitlement it is, or that a group could not be read. Only people whom the request
// names may see that. Other errors pass unchanged.
func ineligibleAs(err error, reason Reason, message string) error {
	var refusal *Refusal
	var unknown *groupError
	switch {
	case errors.As(err, &unknown):
		return groupUnreadable(unknown)
	case errors.As(err, &refusal) && (refusal.Reason == NotEligible || refusal.Reason == Closed):
		return &Refusal{Reason: reason, Message: message, Err: err}
	}
	return err
}

// groupUnreadable is the refusal for people who may see that a group decides.
func groupUnreadable(err error) *Refusal {
	return &Refusal{Reason: GroupUnreadable, Err: err,
		Message: "The members of a group could not be read, so that nobody knows whether it is allowed. Nothing was changed."}
}
