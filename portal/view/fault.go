package view

// The names of the fields of forms.
const (
	FieldRole          = "role"          // an entitlement's reference; repeated
	FieldID            = "id"            // the id of the activation that the form makes
	FieldJustification = "justification" // one line of text
	FieldDuration      = "duration"      // as time.ParseDuration reads it, or DurationOther
	FieldMinutes       = "minutes"       // read when the duration is DurationOther
	FieldReviewer      = "reviewer"      // a peer's value; repeated
	FieldReason        = "reason"        // why a reviewer declines
)

// FieldAsk is the field of a fault about the role to request, on a page that also has roles to
// activate. It is sent as FieldRole.
const FieldAsk = "ask"

// DurationOther is the duration of a form whose minutes are written rather than chosen.
const DurationOther = "other"

// Fault is one thing to correct before a form can do what it is for.
type Fault struct {
	Field   string // one of the names above
	Summary string // its line in the summary, a link to the field; without a full stop
	Message string // beside the field; a sentence
}

// faultOn is the first fault of a field, or the zero value.
func faultOn(faults []Fault, field string) Fault {
	for _, f := range faults {
		if f.Field == field {
			return f
		}
	}
	return Fault{}
}

// describedBy lists the ids of the texts that a screen reader reads with a field: its hint, then
// its fault.
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
