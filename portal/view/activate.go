package view

import "time"

// ActivatePage is the form that activates one or several roles of one project, or extends one that is active.
// It extends when its only role is active. Refused, it comes again as it was sent, with its faults.
type ActivatePage struct {
	Now           time.Time
	Project       string
	ProjectLink   string // address of the project's page
	Action        string // address that the form is sent to
	CancelLink    string // where somebody goes who changes their mind
	ID            string // of the activation that the form makes, so that sending it twice makes one
	Roles         []ChosenRole
	Justification Justification
	Duration      Duration
	Faults        []Fault
}

// ChosenRole is a role that the form activates.
type ChosenRole struct {
	Role
	Reference   string
	Max         time.Duration
	ActiveUntil time.Time // zero: not active now
}

// Justification is the field that asks why.
type Justification struct {
	Value     string // as it was written, or the last one to start from
	Hint      string // what to write, from the portal's configuration; empty: a sentence of the page's own
	Pattern   string // a pattern for the browser to check, as HTML understands it; empty: none
	MaxLength int    // in characters; 0: none
	Repeated  bool   // the value is that of the last activation
}

// Duration is the field that asks how long. The page offers presets up to the shortest maximum of its roles, none of
// which ends before what is active already.
type Duration struct {
	Chosen time.Duration // 0: the page's default
	Other  string        // minutes as they were written; when set, this is what was chosen
}

// ActivatedPage is what is active now, after the form was sent and at any time later.
type ActivatedPage struct {
	Now         time.Time
	Project     string
	ProjectLink string // address of the project's page
	Roles       []Role // all of one activation
	Start, End  time.Time
	Description string // as it stands in the policy, justification included; may be empty
	ID          string // of the activation; may be empty
	Untold      string // a sentence: what could not be told or recorded, although the roles are active; may be empty
}
