package activation

import (
	"errors"
	"fmt"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// unreadable is why it is not known whether somebody is entitled: they are if
// they are in this group, and nobody could tell.
type unreadable struct {
	group eligibility.Principal
	err   error // may be nil
}

// Error implements error.
func (u *unreadable) Error() string {
	if u.err == nil {
		return "the members of " + u.group.String() + " could not be read"
	}
	return fmt.Sprintf("the members of %s could not be read: %v", u.group, u.err)
}

// Unwrap returns the cause.
func (u *unreadable) Unwrap() error { return u.err }

// about gives a refusal for want of eligibility the name of who lacks it, or
// says that it is not known. It is for those whom a request names, who know of
// project and role. Other errors stay as they are.
func about(err error, reason Reason, message string) error {
	var refusal *Refusal
	var unknown *unreadable
	switch {
	case errors.As(err, &unknown):
		return groupUnreadable(unknown)
	case errors.As(err, &refusal) && (refusal.Reason == NotEligible || refusal.Reason == Closed):
		return &Refusal{Reason: reason, Message: message, Err: err}
	}
	return err
}

func groupUnreadable(err error) *Refusal {
	return &Refusal{Reason: GroupUnreadable, Err: err,
		Message: "The members of a group could not be read, so that nobody knows whether it is allowed. Nothing was changed."}
}
