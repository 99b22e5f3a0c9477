package eligibility

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// SelfApprovedDescription is the description of an activation that its beneficiary approved, as
// 1.8.1 words it.
func SelfApprovedDescription(justification string) string {
	return "Self-approved, justification: " + justification
}

// ApprovedDescription is the description of an activation that a peer approved, as 1.8.1 words it.
func ApprovedDescription(approver, justification string) string {
	return "Approved by " + approver + ", justification: " + justification
}

// cutID takes the trailing " [id]" off a description. Nothing else is ever parsed from one.
func cutID(description string) (text, id string) {
	i := strings.LastIndex(description, " [")
	if i < 0 || !strings.HasSuffix(description, "]") {
		return description, ""
	}
	if id = description[i+len(" [") : len(description)-1]; ValidID(id) {
		return description[:i], id
	}
	return description, ""
}

// withID appends the id to a description, which is cut where the two are too long together.
func withID(description, id string) string {
	tail := ""
	if id != "" {
		tail = " [" + id + "]"
	}
	return firstRunes(printable(description), maxDescription-len(tail)) + tail
}

// printable is the text with a blank for each control character, line breaks included.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
}

// firstRunes is the text, or its first n characters.
func firstRunes(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}
