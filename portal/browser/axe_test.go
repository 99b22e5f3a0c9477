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

// standards are what the pages are held to: WCAG 2.0 to 2.2, A and AA, and what
// axe-core calls best practices.
var standards = []string{"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"}

// leastPassed is how many rules any page of ours passes at least; fewer means
// that the checker did not look at the page.
const leastPassed = 12

// axe is the source of axe-core.
func axe(t *testing.T) string {
	t.Helper()
	path := os.Getenv(axeVariable)
	if path == "" {
		missing(t, "axe-core: run make axe-core, or set "+axeVariable)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("reading axe-core: %v", err)
	}
	return string(source)
}

// audit is what axe-core found on a page: the rules that it breaks, with where,
// and how many it keeps.
type audit struct {
	Broken []string
	Passed int
}

const auditScript = `axe.run(document, {
	runOnly: {type: "tag", values: %s}, resultTypes: ["violations"], preload: false,
}).then((result) => ({
	Broken: result.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ") + " " + n.failureSummary).join("; ")),
	Passed: result.passes.length,
}))`

// look is one way to look at a page.
type look struct {
	scheme string
	width  int64
}

var looks = []look{{"light", wide}, {"dark", wide}, {"light", narrow}, {"dark", narrow}}

func (l look) String() string { return fmt.Sprintf("%s at %d pixels", l.scheme, l.width) }

// wear makes the tab look at pages that way.
func (b *tab) wear(l look) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(l.width, height))
	send(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: l.scheme},
		{Name: "prefers-reduced-motion", Value: "reduce"}, // no colour is caught half way
	}})
}

// checkRules asks axe-core about the page as it is shown. Its source was
// evaluated in the page before.
func (b *tab) checkRules(l look) {
	b.t.Helper()
	found := b.audit()
	for _, broken := range found.Broken {
		b.t.Errorf("%s: %s", l, broken)
	}
	if found.Passed < leastPassed {
		b.t.Errorf("%s: axe-core passes %d rules only; did it see the page?", l, found.Passed)
	}
}

func (b *tab) audit() audit {
	b.t.Helper()
	return evaluate[audit](b, fmt.Sprintf(auditScript, list(standards)))
}

// list writes texts as a script does.
func list(texts []string) string {
	var all []string
	for _, text := range texts {
		all = append(all, quoted(text))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// Each broken thing is one that the pages would break if nobody looked.
func TestBrowser_TheCheckerSeesWhatIsBroken(t *testing.T) {
	t.Parallel()
	source := axe(t)
	b := pages["activate"].open(t, play(t, setting{prepare: preparePages}))
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
