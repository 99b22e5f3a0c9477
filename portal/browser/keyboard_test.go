//go:build browser

package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
)

// focus is where the focus is, in words.
const focus = `(() => {
	const e = document.activeElement;
	const label = e.labels?.[0]?.innerText ?? "";
	return (e.type ? e.type + " " : "") + (label || e.innerText || e.id || e.localName).replace(/\s+/g, " ").trim();
})()`

// focusSeen says whether what has the focus is on the screen, with an outline of its own.
const focusSeen = `(() => {
	const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
	return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 8 && box.height > 8 &&
		box.top >= 0 && box.bottom <= innerHeight;
})()`

func TestBrowser_TheKeyboardReachesEverythingInTheOrderOfReading(t *testing.T) {
	t.Parallel()
	s := newScene(t, options{prepare: prepareJourney})
	b := s.signedIn(t, alice)
	b.visit("/projects/" + project)
	b.choose(inEntry("form[data-pick]", "roles/compute.admin", "input"))
	b.follow(at("form[data-pick] .act"))
	var stops []string
	for range 12 {
		b.press(kb.Tab)
		stop, _, _ := strings.Cut(evaluate[string](b, focus), " until ") // and then a time
		stops = append(stops, stop)
		if !evaluate[bool](b, focusSeen) {
			t.Errorf("nobody sees that %q has the focus", stops[len(stops)-1])
		}
	}
	want := []string{
		"Skip to the content", "JIT Access", "Access", "Switch account", "Access", project, "Change",
		"text Justification", "radio 1 hour", "number minutes", "submit Activate", "Cancel",
	}
	if diff := cmp.Diff(want, stops); diff != "" {
		t.Errorf("stops of the Tab key (-want +got):\n%s", diff)
	}
}

func TestBrowser_TheFirstStopSkipsToTheContent(t *testing.T) {
	t.Parallel()
	b := pages["home, many"].open(t, newScene(t, options{prepare: preparePages}))
	b.press(kb.Tab)
	b.wantPrefix("the first stop", evaluate[string](b, focus), "Skip to the content")
	b.enter()
	if got := evaluate[string](b, "document.activeElement.id"); got != "main" {
		t.Errorf("after the skip %q has the focus, want main", got)
	}
	b.press(kb.Tab)
	b.wantPrefix("the stop after it", evaluate[string](b, focus), "Find a role")
}

// A refused form says what to correct, with the focus on it; its lines lead to the fields, with
// script and without.
func TestBrowser_TheErrorSummaryTakesTheFocusAndLeadsToTheFields(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string][]func(*tab){"with script": nil, "without script": {withoutScript}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, options{prepare: preparePages})
			b := s.signedIn(t, alice, prepare...)
			if status := activateErrors(b, s); status != 422 {
				t.Fatalf("the refused form has status %d, want 422", status)
			}
			eventually(t, func() error { // the focus moves when the page is first drawn
				const want = "2 things to correct. Nothing was activated."
				if got := evaluate[string](b, focus); !strings.HasPrefix(got, want) {
					return fmt.Errorf("what has the focus says %q, want it to begin with %q", got, want)
				}
				return nil
			})
			b.wantPrefix("the title", evaluate[string](b, "document.title"), "Error: ")
			b.fieldIsDescribed("Justification", "Write a justification")
			for _, field := range []string{"justification", "minutes"} {
				b.do(evaluated(`document.querySelector(".notice.bad").focus()`))
				for evaluate[string](b, `document.activeElement.hash ?? ""`) != "#"+field {
					b.press(kb.Tab)
				}
				b.enter()
				if got := evaluate[string](b, "document.activeElement.id"); got != field {
					t.Errorf("the line of %s leads to %q", field, got)
				}
			}
		})
	}
}

// fieldIsDescribed fails the test unless a field's fault is read out with it.
func (b *tab) fieldIsDescribed(name, fault string) {
	b.t.Helper()
	nodes := b.tree()
	i := slices.IndexFunc(nodes, func(n node) bool { return n.role == "textbox" && n.name == name })
	if i < 0 || !strings.Contains(nodes[i].description, fault) {
		b.t.Errorf("no field %s with the description %q in %+v", name, fault, nodes)
	}
}
