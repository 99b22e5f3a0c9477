//go:build browser

package browser

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// stepTimeout bounds one step in a tab, on a busy machine.
const stepTimeout = 30 * time.Second

// The widths at which pages are checked.
const (
	wide   = 1440
	narrow = 320
	height = 900
)

// tab is a tab in a profile of its own. What it sees is checked when the test ends.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string
	seen *observations
}

// open opens a tab for a scene. The prepare functions run before the first page.
func (s *scene) open(t *testing.T, prepare ...func(*tab)) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chromium.start(t), chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, base: s.base, seen: newObservations(s.base)}
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as this context
		t.Fatalf("opening a tab: %v", err)
	}
	b.do(chromedp.EmulateViewport(wide, height))
	send(b, audits.Enable, cdp.Empty{})
	send(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	if err := chromedp.Listen(ctx, b.seen.record); err != nil {
		t.Fatalf("listening to the tab: %v", err)
	}
	t.Cleanup(func() { b.seen.check(t) })
	for _, p := range prepare {
		p(b)
	}
	return b
}

// signedIn opens a tab in which somebody has signed in and home is shown.
func (s *scene) signedIn(t *testing.T, email string, prepare ...func(*tab)) *tab {
	t.Helper()
	b := s.open(t, prepare...)
	b.visit("/")
	b.follow(at(`button[value="` + email + `"]`))
	return b
}

// withoutScript prepares a tab in which no page runs a script.
func withoutScript(b *tab) {
	send(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// inTimeZone prepares a tab somewhere in the world.
func inTimeZone(name string) func(*tab) {
	return func(b *tab) {
		send(b, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: name})
	}
}

// send sends one command of the protocol.
func send[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// do does something in the tab that leads to no other page.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("at %s: %v", b.address(), err)
	}
}

// visit opens an address of the portal, or a whole one.
func (b *tab) visit(address string) *network.Response {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.base + address
	}
	return b.navigate(chromedp.Navigate(address), "visiting "+address)
}

// element is an element of a page, as an expression of a script. The references in addresses and
// fields are opaque, so roles are found by their text.
type element = chromedp.JSPath

// at is the first element that a selector finds.
func at(selector string) element {
	return element("document.querySelector(" + quoted(selector) + ")")
}

// inEntry is an element of the first entry of a section that holds the words.
func inEntry(section, words, selector string) element {
	return element("[...document.querySelectorAll(" + quoted(section+" .entry") + ")]" +
		".find((entry) => entry.textContent.includes(" + quoted(words) + "))?.querySelector(" + quoted(selector) + ")")
}

// follow clicks on what leads to another page, and waits for it.
func (b *tab) follow(where element) *network.Response {
	b.t.Helper()
	return b.navigate(chromedp.Click(where), "clicking on "+string(where))
}

func (b *tab) navigate(step chromedp.Action[chromedp.Void], what string) *network.Response {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, step)
	if err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
	if response == nil {
		b.t.Fatalf("%s led to no page", what)
	}
	return response
}

// choose checks a box or a radio button.
func (b *tab) choose(where element) {
	b.t.Helper()
	b.do(chromedp.Click(where))
}

// write types into a field.
func (b *tab) write(selector, text string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// press presses keys where the focus is.
func (b *tab) press(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// enter presses Enter on a link. A keyboard's driver sends no character after a key that the page
// has acted upon; KeyEvent would, into whatever has the focus by then.
func (b *tab) enter() {
	b.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		send(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{
			Type: kind, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13, NativeVirtualKeyCode: 13,
		})
	}
}

// evaluate runs an expression beside the page's own script; it works with script off, and no
// content security policy stops it.
func evaluate[T any](b *tab, expression string) T {
	b.t.Helper()
	result, err := ask[T](b, expression)
	if err != nil {
		b.t.Fatalf("evaluating %.80s: %v", expression, err)
	}
	return result
}

// ask is evaluate for a page that may just be closing.
func ask[T any](b *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// text is the visible text of an element.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return evaluate[string](b, `(document.querySelector(`+quoted(selector)+`)?.innerText ?? "").replace(/\s+/g, " ").trim()`)
}

// heading is the text of the page's h1.
func (b *tab) heading() string {
	b.t.Helper()
	return b.text("h1")
}

// address is where the tab is, without the origin of the portal.
func (b *tab) address() string {
	address, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		return "an unknown address"
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme+"://"+u.Host != b.base {
		return address
	}
	return u.RequestURI()
}

// wantPrefix fails the test unless a text has the prefix.
func (b *tab) wantPrefix(what, got, prefix string) {
	b.t.Helper()
	if !strings.HasPrefix(got, prefix) {
		b.t.Fatalf("%s at %s is %q, want it to begin with %q", what, b.address(), got, prefix)
	}
}

// evaluated is evaluate as a step that returns nothing.
func evaluated(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](script + "; undefined")
}
