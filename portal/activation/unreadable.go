package activation

import (
	"errors"
	"slices"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// unreadable is why it is not known whether somebody is entitled: they are if
// they are in this group, and nobody could tell.
type unreadable struct{ group eligibility.Principal }

// Error implements error.
func (u *unreadable) Error() string {
	return "the members of " + u.group.String() + " could not be read"
}

// doubt returns the group on which an entitlement depends whose members could
// not be read, nil where none does.
func doubt(all []eligibility.Entitlement, fits func(eligibility.Entitlement) bool) error {
	if i := slices.IndexFunc(all, fits); i >= 0 {
		return &unreadable{all[i].Evidence.Member}
	}
	return nil
}

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
