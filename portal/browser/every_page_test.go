//go:build browser

package browser

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
)

func TestBrowser_EveryPageIsAccessibleInEachLook(t *testing.T) {
	t.Parallel()
	checkPages(t, newScene(t, options{prepare: preparePages}), pages)
}

// checkPages checks what holds for every page, in parallel.
func checkPages(t *testing.T, s *scene, pages map[string]page) {
	t.Helper()
	source := axe(t)
	for name, p := range pages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkPage(p.open(t, s), source)
		})
	}
}

// checkPage checks what holds for every page of the one in the tab. Source is that of axe-core.
func checkPage(b *tab, source string) {
	b.t.Helper()
	b.checkTree()
	evaluate[chromedp.Void](b, source)
	for _, l := range appearances {
		b.setAppearance(l)
		b.checkWidth(l)
		b.checkRules(l)
	}
}

// checkWidth fails the test where a page can be scrolled sideways, or something on it reaches out
// of the window.
func (b *tab) checkWidth(l appearance) {
	b.t.Helper()
	if got := evaluate[int64](b, "window.innerWidth"); got != l.width {
		b.t.Errorf("%s: the window is %d pixels wide", l, got)
	}
	if got := evaluate[int64](b, "document.documentElement.scrollWidth"); got > l.width {
		b.t.Errorf("%s: the page is %d pixels wide", l, got)
	}
	beyond := evaluate[[]string](b, `[...document.querySelectorAll("body *")]
		.filter((e) => e.getClientRects().length > 0 && !e.matches(".sr, .sr *") &&
			(e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1))
		.map((e) => e.outerHTML.slice(0, 120))`)
	for _, e := range beyond {
		b.t.Errorf("%s: this reaches out of the window: %s", l, e)
	}
}

// node is one element in the accessibility tree.
type node struct{ role, name, description string }

// tree is the accessibility tree of the page.
func (b *tab) tree() []node {
	b.t.Helper()
	var nodes []node
	for _, n := range send(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if !n.Ignored {
			nodes = append(nodes, node{words(b, n.Role), words(b, n.Name), words(b, n.Description)})
		}
	}
	return nodes
}

func words(b *tab, v *accessibility.Value) string {
	b.t.Helper()
	if v == nil || len(v.Value) == 0 {
		return ""
	}
	var value any
	if err := json.Unmarshal(v.Value, &value); err != nil {
		b.t.Fatalf("reading the accessibility tree: %v", err)
	}
	return strings.TrimSpace(fmt.Sprint(value))
}

// controls are the roles of what people act on; each needs a name.
var controls = []string{
	"link", "button", "checkbox", "radio", "textbox", "searchbox", "spinbutton", "combobox", "progressindicator", "DisclosureTriangle",
}

// checkTree fails the test if the tree lacks what people navigate by with a screen reader.
func (b *tab) checkTree() {
	b.t.Helper()
	nodes := b.tree()
	for _, landmark := range []string{"banner", "main", "contentinfo"} {
		if n := count(nodes, landmark); n != 1 {
			b.t.Errorf("the tree has %d landmarks %s, want 1", n, landmark)
		}
	}
	names := map[string]bool{}
	for _, n := range nodes {
		if slices.Contains(controls, n.role) && n.name == "" {
			b.t.Errorf("a %s has no name", n.role)
		}
		if n.role == "navigation" && (n.name == "" || names[n.name]) {
			b.t.Errorf("navigation is called %q, want a name of its own", n.name)
		}
		names[n.name] = names[n.name] || n.role == "navigation"
	}
	if n := evaluate[int](b, `document.querySelectorAll("h1").length`); n != 1 {
		b.t.Errorf("the page has %d first headings, want 1", n)
	}
	if !slices.ContainsFunc(nodes, func(n node) bool { return n.role == "heading" && unbroken(n.name) == unbroken(b.heading()) }) {
		b.t.Errorf("the tree lacks the heading %q", b.heading())
	}
}

// unbroken is a name without blanks: to Chromium, a place where a line may break is one.
func unbroken(name string) string { return strings.ReplaceAll(name, " ", "") }

func count(nodes []node, role string) int {
	n := 0
	for _, node := range nodes {
		if node.role == role {
			n++
		}
	}
	return n
}
