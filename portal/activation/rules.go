package activation

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// minDuration is the shortest window.
const minDuration = time.Minute

// Rules are what the portal's configuration says about activations.
type Rules struct {
	Limits            // unless an eligible binding sets others
	MaxRoles int      // how many roles one activation may have
	Guarded  []string // ids of projects on which nothing is ever activated
}

// Limits bound what may be asked for by one entitlement.
type Limits struct {
	Maximum        time.Duration  // the longest window
	Pattern        *regexp.Regexp // what a justification must match as a whole; nil: anything
	Hint           string         // what to write in a justification
	MinReviewers   int            // how many peers a request must ask, at least 1
	MaxReviewers   int            // and how many it may
	RequestTimeout time.Duration  // how long a request can be approved
}

// For returns the limits of an entitlement. They are the portal's own, because eligible bindings
// have no terms yet.
func (r Rules) For(eligibility.Entitlement) Limits { return r.Limits }

// Guards reports whether nothing is ever activated on a project.
func (r Rules) Guards(project string) bool { return slices.Contains(r.Guarded, project) }

// JustificationFaults returns what is wrong with a justification.
func (l Limits) JustificationFaults(text string) Faults {
	fault := func(message string) Faults { return Faults{{FieldJustification, message}} }
	switch {
	case !eligibility.Visible(text):
		return fault("Write a justification.")
	case !eligibility.OneLine(text):
		return fault("Write one line of plain text, without control characters.")
	case !eligibility.Short(text):
		return fault(tooLong)
	case l.Pattern != nil && !l.Pattern.MatchString(text):
		return fault("Write what is asked for: " + l.Hint + ".")
	}
	return nil
}

func (l Limits) durationFaults(duration time.Duration) Faults {
	switch {
	case duration < minDuration:
		return Faults{{FieldDuration, "At least 1 minute."}}
	case duration > l.Maximum:
		return Faults{{FieldDuration, fmt.Sprintf("At most %d minutes.", int(l.Maximum.Minutes()))}}
	}
	return nil
}

// orderFaults returns what is wrong with the justification and the duration of an order.
func (l Limits) orderFaults(o Order) Faults {
	return append(l.JustificationFaults(o.Justification), l.durationFaults(o.Duration)...)
}

func (l Limits) reviewerFaults(a Ask) Faults {
	fault := func(format string, arguments ...any) Faults {
		return Faults{{FieldReviewers, fmt.Sprintf(format, arguments...)}}
	}
	switch n := len(a.Reviewers); {
	case n < l.MinReviewers:
		return fault("Choose at least %s.", people(l.MinReviewers))
	case n > l.MaxReviewers:
		return fault("Choose at most %s; these are %d.", people(l.MaxReviewers), n)
	case slices.ContainsFunc(a.Reviewers, func(r Reviewer) bool { return strings.EqualFold(r.Email, a.Person) }):
		return fault("Choose somebody else than yourself.")
	}
	return nil
}

func people(n int) string {
	if n == 1 {
		return "1 reviewer"
	}
	return fmt.Sprintf("%d reviewers", n)
}

// orNil returns the faults as an error, or nil if there are none.
func (f Faults) orNil() error {
	if len(f) == 0 {
		return nil
	}
	return f
}
