package audit

import "strings"

// The most characters that are written: of a text, of a list, whose items are cut as texts, and of
// the message. Cloud Logging takes 256 KiB for an entry, and one character may take six bytes. What
// forms accept is shorter; what they refuse is logged too, and may be longer.
// Source: cloud.google.com/logging/quotas.
const (
	maxText    = 500
	maxList    = 10_000
	maxMessage = 4_000
)

// The most that the payload of an event holds.
const (
	maxRoles     = 100      // as many as a portal can be configured for
	maxRolesSize = 24 << 10 // bytes of JSON: a hundred of the longest names
	maxToken     = 16 << 10 // characters, several times what fits in a link
	maxDigest    = 64       // characters
)

// cut returns the text as valid UTF-8, and only its beginning and an ellipsis if it is too long.
func cut(text string, most int) string {
	text = valid(text)
	n := 0
	for i := range text {
		if n++; n > most {
			return text[:i] + "…"
		}
	}
	return text
}

// valid replaces what is not UTF-8.
func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// joinList writes a list as one text.
func joinList(items []string) string {
	var all strings.Builder
	for i, item := range items {
		if i > 0 {
			all.WriteString(", ")
		}
		all.WriteString(cut(item, maxText))
		if all.Len() > maxList {
			break
		}
	}
	return cut(all.String(), maxList)
}
