package activation

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// projectID is Google's grammar of project ids, those of a domain included. A
// project's number is none: it would pass by the list of guarded projects.
var projectID = regexp.MustCompile(`^([a-z0-9.-]{1,63}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$`)

// ValidProject tells whether a text can be the id of a project.
func ValidProject(id string) bool { return projectID.MatchString(id) }

// Order asks to activate roles on one project, for the person who orders.
type Order struct {
	Person        string // e-mail, lower-case
	Project       string // bare id
	Roles         []eligibility.Reference
	Justification string
	Duration      time.Duration
	ID            string // of the activation, chosen before; see eligibility.NewID
}

func (o Order) resource() string { return resource(o.Project) }

// check returns the first thing that a person cannot correct, or all that they
// can.
func (d *Desk) check(o Order, kind eligibility.IDKind) error {
	if !ValidProject(o.Project) {
		return notEligible(nil)
	}
	if !eligibility.ValidID(o.ID) || !strings.HasPrefix(o.ID, string(kind)+"-") {
		return &Refusal{Reason: StaleForm, Message: staleMessage}
	}
	return append(d.roleFaults(o.Roles), d.rules.orderFaults(o)...).orNil()
}

// GuardedMessage is why nothing is activated on the portal's own project.
const GuardedMessage = "The portal never activates a role on the project that it runs in: whoever could act as the portal would own everything it manages."

// guard refuses what is asked for on the portal's own project, to those who are
// eligible there: others are told what they are told of any project.
func (d *Desk) guard(project string) error {
	if d.rules.Guards(project) {
		return &Refusal{Reason: Guarded, Message: GuardedMessage}
	}
	return nil
}

const staleMessage = "This form belongs to another activation. Open the project again and start from there. Nothing was activated."

func notEligible(err error) *Refusal {
	return &Refusal{Reason: NotEligible, Err: err,
		Message: "You are not eligible for it, or the role or project does not exist."}
}

func (d *Desk) roleFaults(roles []eligibility.Reference) Faults {
	switch {
	case len(roles) == 0:
		return Faults{{FieldRoles, "Select at least 1 role to activate."}}
	case len(roles) > d.rules.MaxRoles:
		return Faults{{FieldRoles, fmt.Sprintf("Select at most %d roles at a time.", d.rules.MaxRoles)}}
	}
	return nil
}

var tooLong = fmt.Sprintf("Write at most %d characters.", MaxJustification)

// units is the length of a text in UTF-16 units.
func units(text string) int { return len(utf16.Encode([]rune(text))) }

// plain tells whether a text is one line that reads the same everywhere: no
// control characters, no line breaks, nothing that turns the direction of text.
func plain(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
	})
}
