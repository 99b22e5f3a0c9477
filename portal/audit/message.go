package audit

import (
	"fmt"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// message is a sentence about an event. It is for people: Read ignores it.
func message(e event.Event) string {
	if e.Refusal != nil {
		return refused(e)
	}
	who, what := "User "+e.By.Email, grantList(e.Grants)
	switch e.Verb {
	case event.Activate:
		return fmt.Sprintf("%s activated %s for themselves for %d minutes", who, what, minutes(e))
	case event.End:
		if e.Repeated { // the event does not say who ended it before
			return fmt.Sprintf("%s tried to end %s, which had ended before", who, what)
		}
		return fmt.Sprintf("%s ended %s", who, what)
	case event.Request:
		return fmt.Sprintf("%s requested '%s' for %d minutes", who, what, minutes(e))
	case event.Withdraw:
		return fmt.Sprintf("%s withdrew the request for '%s'", who, what)
	case event.Revoke:
		if e.Repeated {
			return fmt.Sprintf("%s tried to revoke '%s' of %s, which had ended before", who, what, e.Beneficiary)
		}
		return fmt.Sprintf("%s revoked '%s' of %s", who, what, e.Beneficiary)
	}
	return fmt.Sprintf("%s %s '%s' for %s", who, e.Verb.Decision(), what, e.Beneficiary)
}

// refused is a sentence about what was not done, and why.
func refused(e event.Event) string {
	if e.Verb == event.SignIn {
		return "Verifying IAP assertion failed: " + e.Refusal.Cause
	}
	if e.TooLate() {
		tried, _, _ := strings.Cut(string(e.Verb), " ")
		text := fmt.Sprintf("User %s tried to %s '%s' for %s: it was %s before", e.By.Email, tried, grantList(e.Grants), e.Beneficiary, e.Decision)
		if e.DecidedBy != "" {
			text += ", by " + e.DecidedBy
		}
		return text
	}
	text := fmt.Sprintf("User %s failed to %s", e.By.Email, e.Verb)
	if e.Resource != "" {
		text += " on " + e.Project()
	}
	text += ": " + e.Refusal.Reason
	if e.Refusal.Cause != "" {
		text += ": " + e.Refusal.Cause
	}
	return text
}

func minutes(e event.Event) int { return int(e.End.Sub(e.Start).Round(time.Minute).Minutes()) }
