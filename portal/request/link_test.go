package request

import (
	"errors"
	"strings"
	"testing"
)

func TestObscure_AsJITAccessDoes(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]string{
		"eyABC.eyDE.FG":   "ABC~~DE~FG",
		"eyABC.eyDE.eyFG": "ABC~~DE~~FG", // a signature may begin like that too
		"eyA.ey.F":        "A~~~F",
		"ey.ey.eyF":       "~~~~F",
		"eyeyA.eyeyB.F":   "eyA~~eyB~F",
	} {
		if got := Obscure(token); got != want {
			t.Errorf("Obscure(%q): got %q, want %q", token, got, want)
		}
		if got, err := Reveal(want); got != token || err != nil {
			t.Errorf("Reveal(%q): got %q, %v, want %q", want, got, err, token)
		}
	}
}

func TestObscure_WhatIsNoTokenIsNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "ey", "eyA", "eyA.eyB", "eyA.eyB.", "eyA.B.C", "A.eyB.C", "eyA.eyB.C.D", "eyA.eyB.C~", "eyA.eyB.C\n", "eyA..C"} {
		if got := Obscure(text); got != "" {
			t.Errorf("Obscure(%q): got %q, want nothing", text, got)
		}
	}
}

func TestReveal_RefusesWhatObscureNeverWrites(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "~", "~~", "~~~", "A", "A~B~C", "A~~B", "A~~B~", "A~~B~C~D", "A~eyB~C", "A~~B~eyC", "eyA.eyB.C", "A.eyB.C", "A~~B~C ", "A~~B~C\r\n",
		"A~~B~C=", "A~~B~\u00e9", "A~~B~C\x00", strings.Repeat("A", maxToken) + "~~B~C",
	} {
		got, err := Reveal(text)
		if e, ok := errors.AsType[*Error](err); !ok || e.Reason != Malformed || got != "" {
			t.Errorf("Reveal(%.40q): got %q, %v, want malformed", text, got, err)
		}
	}
}

func FuzzReveal(f *testing.F) {
	for _, text := range []string{"ABC~~DE~FG", "eyABC.eyDE.FG", "eyABC.eyDE.eyFG", "~~~~F", "A~~~F", "A~eyB~C", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if token, err := Reveal(text); err == nil && Obscure(token) != text {
			t.Errorf("%q reveals %q, which is obscured as %q", text, token, Obscure(token))
		}
		if obscured := Obscure(text); obscured != "" {
			if token, err := Reveal(obscured); err != nil || token != text {
				t.Errorf("%q is obscured as %q, which reveals %q, %v", text, obscured, token, err)
			}
		}
	})
}
