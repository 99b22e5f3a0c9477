package view

// The names of the fields that forms send.
const (
	FieldRole          = "role"          // an entitlement's reference; repeated
	FieldID            = "id"            // the id of the activation that the form makes
	FieldJustification = "justification" // one line of text
	FieldDuration      = "duration"      // as time.ParseDuration reads it, or DurationOther
	FieldMinutes       = "minutes"       // read when the duration is DurationOther
	FieldReviewer      = "reviewer"      // a peer's value; repeated
	FieldReason        = "reason"        // why a reviewer declines
)

// FieldAsk is the field of a fault about the role to ask a peer for, where a page also has roles to activate. It is sent
// as FieldRole.
const FieldAsk = "ask"

// DurationOther is the duration of somebody who writes minutes instead of choosing a preset.
const DurationOther = "other"

// Fault is one thing to correct before a form can do what it is for.
type Fault struct {
	Field   string // one of the names above
	Summary string // in the summary, where it leads to the field; without a full stop
	Message string // beside the field; a sentence
}

// faultOn is the first fault of a field; its Field is empty if there is none.
func faultOn(faults []Fault, field string) Fault {
	for _, f := range faults {
		if f.Field == field {
			return f
		}
	}
	return Fault{}
}

// describedBy is the ids of what a screen reader says about a field: its hint, then its fault.
func describedBy(hint string, faults []Fault, field string) string {
	if faultOn(faults, field).Field == "" {
		return hint
	}
	return hint + " " + faultID(field)
}

// faultID is the id of the sentence beside a field.
func faultID(field string) string {
	return field + "-fault"
}

// errorTitle is the title of a page whose form may have been refused.
func errorTitle(title string, faults []Fault) string {
	if len(faults) == 0 {
		return title
	}
	return "Error: " + title
}
