package audit

import "strings"

// What of an event is written at most, in characters: of a text, of a list, whose
// items are cut as texts, and of the message. Cloud Logging takes 256 KiB for an
// entry, and one character may take six bytes. What people write into forms is
// shorter, unless it was refused.
// Source: cloud.google.com/logging/quotas.
const (
	maxText    = 500
	maxList    = 10_000
	maxMessage = 4_000
)

// What the payload of an event holds at most.
const (
	maxRoles     = 100      // as many as a portal can be configured for
	maxRolesSize = 24 << 10 // bytes of JSON: a hundred of the longest names
	maxToken     = 16 << 10 // characters, several times what fits in a link
	maxDigest    = 64       // characters
)

// cut is the text, or its beginning with a sign that it goes on, as valid UTF-8.
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

// valid is the text as valid UTF-8.
func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// joined is a list in one text.
func joined(items []string) string {
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
