package eligibility

import "testing"

func TestVisible(t *testing.T) {
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
