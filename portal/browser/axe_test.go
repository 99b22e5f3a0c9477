//go:build browser

package browser

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// standards are what the pages are held to: WCAG 2.0 to 2.2, A and AA, and what axe-core calls best
// practices.
var standards = []string{"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"}

// leastPassed is how many rules any page of ours passes at least; fewer means that the checker did
// not look at the page.
const leastPassed = 12

// axe is the source of axe-core.
func axe(t *testing.T) string {
	t.Helper()
	path := os.Getenv(axeVariable)
	if path == "" {
		skipOrFail(t, "axe-core: run make axe-core, or set "+axeVariable)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("reading axe-core: %v", err)
	}
	return string(source)
}

// axeReport is the result of axe-core for a page: the rules that the page violates, with where, and
// how many it passes.
type axeReport struct {
	Broken []string
	Passed int
}

const auditScript = `axe.run(document, {
	runOnly: {type: "tag", values: %s}, resultTypes: ["violations"], preload: false,
}).then((result) => ({
	Broken: result.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ") + " " + n.failureSummary).join("; ")),
	Passed: result.passes.length,
}))`

// appearance is a colour scheme and a width.
type appearance struct {
	scheme string
	width  int64
}

var appearances = []appearance{{"light", wide}, {"dark", wide}, {"light", narrow}, {"dark", narrow}}

func (l appearance) String() string { return fmt.Sprintf("%s at %d pixels", l.scheme, l.width) }

// setAppearance makes the tab show pages in that appearance.
func (b *tab) setAppearance(l appearance) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(l.width, height))
	send(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: l.scheme},
		{Name: "prefers-reduced-motion", Value: "reduce"}, // no colour is caught half way
	}})
}

// checkRules asks axe-core about the page as it is shown. Its source was evaluated in the page
// before.
func (b *tab) checkRules(l appearance) {
	b.t.Helper()
	found := b.audit()
	for _, broken := range found.Broken {
		b.t.Errorf("%s: %s", l, broken)
	}
	if found.Passed < leastPassed {
		b.t.Errorf("%s: axe-core passes %d rules only; did it see the page?", l, found.Passed)
	}
}

func (b *tab) audit() axeReport {
	b.t.Helper()
	return evaluate[axeReport](b, fmt.Sprintf(auditScript, jsArray(standards)))
}

// jsArray writes texts as an array of a script.
func jsArray(items []string) string {
	var all []string
	for _, text := range items {
		all = append(all, quoted(text))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// Each of these defects must be found in a page.
func TestBrowser_TheCheckerSeesWhatIsBroken(t *testing.T) {
	t.Parallel()
	source := axe(t)
	b := pages["activate"].open(t, newScene(t, options{prepare: preparePages}))
	evaluate[chromedp.Void](b, source)
	// In this order: the last one takes away what others look for.
	for _, c := range []struct{ script, rule string }{
		{`document.documentElement.lang = ""`, "html-has-lang"},
		{`document.querySelector("label[for=justification]").remove()`, "label"},
		{`document.querySelector("h1").outerHTML = "<h2>No heading</h2>"`, "page-has-heading-one"},
		{`document.querySelector("main").append(document.createElement("button"))`, "button-name"},
		{`document.documentElement.attributeStyleMap.set("color", "rgb(180, 180, 180)")`, "color-contrast"},
		{`document.querySelector("main").outerHTML = "<div>" + document.querySelector("main").innerHTML + "</div>"`, "landmark-one-main"},
	} {
		evaluate[chromedp.Void](b, c.script+"; undefined")
		found := b.audit()
		if !slices.ContainsFunc(found.Broken, func(broken string) bool { return strings.HasPrefix(broken, c.rule+":") }) {
			t.Errorf("after %s the checker finds %q, want %s", c.script, found.Broken, c.rule)
		}
	}
}
