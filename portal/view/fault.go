package view

// The names of the fields that forms send.
const (
	FieldRole          = "role"          // an entitlement's reference; repeated
	FieldID            = "id"            // the id of the activation that the form makes
	FieldJustification = "justification" // one line of text
	FieldDuration      = "duration"      // as time.ParseDuration reads it, or DurationOther
	FieldMinutes       = "minutes"       // read when the duration is DurationOther
)

// DurationOther is the duration of somebody who writes minutes instead of choosing a preset.
const DurationOther = "other"

// Fault is one thing to correct before a form can do what it is for.
type Fault struct {
	Field   string // one of the names above
	Summary string // in the summary, where it leads to the field; without a full stop
	Message string // beside the field; a sentence
}
