package eligibility

import (
	"strings"
	"testing"
)

func TestText_IsOneShortLine(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, text     string
		oneLine, short bool
	}{
		{"nothing", "", true, false},
		{"a case", "CASE-1041", true, true},
		{"a blank", " ", true, true},
		{"letters of many kinds", "\u00e9\U0001f600 \u65e5\u672c \u05d0", true, true},
		{"marks that only join", "\u200d\u00ad", true, true},
		{"99 letters", strings.Repeat("x", 99), true, true},
		{"100 letters", strings.Repeat("x", 100), true, false},
		{"99 letters of two bytes", strings.Repeat("\u00e9", 99), true, true},
		{"49 faces of two units each", strings.Repeat("\U0001f600", 49), true, true},
		{"49 faces and two letters", strings.Repeat("\U0001f600", 49) + "xx", true, false},
		{"50 faces", strings.Repeat("\U0001f600", 50), true, false},
		{"a tab", "a\tb", false, true},
		{"a line break", "a\nb", false, true},
		{"a carriage return", "a\rb", false, true},
		{"NUL", "\x00", false, true},
		{"a C1 control", "a\u0085b", false, true},
		{"a line separator", "a\u2028b", false, true},
		{"a paragraph separator", "a\u2029b", false, true},
		{"text that turns around", "a\u202eb", false, true},
		{"an isolate", "a\u2066b", false, true},
		{"an Arabic letter mark", "a\u061cb", false, true},
		{"half a letter", "a\xc3", false, true},
	} {
		if got := OneLine(row.text); got != row.oneLine {
			t.Errorf("%s: OneLine(%q) = %v", row.name, row.text, got)
		}
		if got := Short(row.text); got != row.short {
			t.Errorf("%s: Short(%q) = %v", row.name, row.text, got)
		}
	}
}

func TestVisible_NeedsACharacterThatShows(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": false, " \u00a0\t": false, "\u200b": false, "\u00ad\u00ad": false, "\u3164": false, "\uffa0": false, "\u115f\u1160": false,
		"\u2800": false, "\ufe0f": false, "\u034f": false, "\u2060\u180b": false,
		"x": true, "7": true, "?": true, "\u2800+": true, "緊急": true, "🔥": true, "\u200bü": true,
	} {
		if got := Visible(text); got != want {
			t.Errorf("Visible(%q) = %t", text, got)
		}
	}
}
