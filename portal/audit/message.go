package audit

import (
	"fmt"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// message says an event in a sentence, for people alone: it is never read back.
func message(e event.Event) string {
	if e.Refusal != nil {
		return refused(e)
	}
	who, what := "User "+e.By.Email, list(e.Grants)
	switch e.Verb {
	case event.Activate:
		return fmt.Sprintf("%s activated %s for themselves for %d minutes", who, what, minutes(e))
	case event.End:
		if e.Repeated { // who ended it before, nobody knows here
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

// refused says what was not done, and why.
func refused(e event.Event) string {
	if e.Verb == event.SignIn {
		return "Verifying IAP assertion failed: " + e.Refusal.Cause
	}
	if e.TooLate() {
		tried, _, _ := strings.Cut(string(e.Verb), " ")
		said := fmt.Sprintf("User %s tried to %s '%s' for %s: it was %s before", e.By.Email, tried, list(e.Grants), e.Beneficiary, e.Decision)
		if e.DecidedBy != "" {
			said += ", by " + e.DecidedBy
		}
		return said
	}
	said := fmt.Sprintf("User %s failed to %s", e.By.Email, e.Verb)
	if e.Resource != "" {
		said += " on " + e.Project()
	}
	said += ": " + e.Refusal.Reason
	if e.Refusal.Cause != "" {
		said += ": " + e.Refusal.Cause
	}
	return said
}

func minutes(e event.Event) int { return int(e.End.Sub(e.Start).Round(time.Minute).Minutes()) }
