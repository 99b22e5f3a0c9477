package eligibility

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// What people write for others to read, a justification or a reason to decline, is Visible, OneLine
// and Short. Orders, decisions and tokens all ask these three.

// MaxText is how long such a text can be, in UTF-16 units as browsers and JIT Access 1.8.1 count.
const MaxText = 99

// OneLine is true for valid text that reads the same everywhere: no control characters, no line
// breaks, nothing that turns the direction of text.
func OneLine(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
	})
}

// Short is true for texts of 1 to MaxText UTF-16 units.
func Short(text string) bool {
	units := 0
	for _, r := range text {
		units += utf16.RuneLen(r)
	}
	return units >= 1 && units <= MaxText
}
