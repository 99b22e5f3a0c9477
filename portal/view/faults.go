package view

import "time"

// NothingChosen is for a project's form without any role.
func NothingChosen() Fault {
	return Fault{FieldRole, "Select at least 1 role to activate", "Select at least 1 role."}
}

// RoleRefused is for roles that cannot be activated together; reason is a sentence.
func RoleRefused(reason string) Fault {
	return Fault{FieldRole, "Choose other roles", reason}
}

// JustificationMissing is for a justification of nothing but blanks.
func JustificationMissing() Fault {
	return Fault{FieldJustification, "Write a justification", "Write a justification."}
}

// JustificationTooLong is for one of more than most characters.
func JustificationTooLong(most int) Fault {
	length := count(most, "character")
	return Fault{FieldJustification, "Shorten the justification to " + length, "At most " + length + "."}
}

// JustificationNotPlain is for one with line breaks or control characters.
func JustificationNotPlain() Fault {
	return Fault{FieldJustification, "Write the justification on one line", "One line of plain text, without control characters."}
}

// JustificationUnlike is for one that the pattern refuses; hint says what to write, as a sentence.
func JustificationUnlike(hint string) Fault {
	return Fault{FieldJustification, "Write the justification as its hint says", hint}
}

// DurationMissing is for a form that chooses no duration, or none that can be read.
func DurationMissing() Fault {
	return Fault{FieldDuration, "Choose a duration", "Choose a duration."}
}

// MinutesUnreadable is for minutes that are no whole number above zero.
func MinutesUnreadable() Fault {
	return Fault{FieldMinutes, "Write the minutes as a whole number", "A whole number, at least 1."}
}

// TooLong is for a duration beyond the maximum, written in a field that is FieldDuration or FieldMinutes.
func TooLong(field string, longest time.Duration) Fault {
	most := count(minutesOf(longest), "minute")
	return Fault{field, "Choose a duration of at most " + most, "At most " + most + "."}
}

// TooShort is for a window that would end before what is active already, which ends at until.
func TooShort(field string, until, now time.Time) Fault {
	end := clock(until, now)
	return Fault{field, "Choose a duration that ends after " + end, "It must end after " + end + ", when the active window ends."}
}
