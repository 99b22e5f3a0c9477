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

// Visible tells whether a text shows anything: letters, digits, marks, punctuation or symbols,
// other than those that stand for nothing, as fillers and soft hyphens do.
func Visible(text string) bool {
	const blankPattern = '\u2800' // of Braille: a symbol without a dot
	return strings.ContainsFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S) && r != blankPattern &&
			!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
	})
}

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
