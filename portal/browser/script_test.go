//go:build browser

package browser

import (
	"fmt"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// clock stands in for the clock of a page: time goes on, and timers are due, only when a test calls
// advanceClock. It stands at a moment, or at 0 for the present.
const clock = `(() => {
	const real = Date, timers = new Map(), start = %d || real.now();
	let ahead = 0, number = 0;
	window.Date = class extends real {
		constructor(...parts) { parts.length === 0 ? super(start + ahead) : super(...parts); }
		static now() { return start + ahead; }
	};
	window.setTimeout = (call, after) => { timers.set(++number, {call, due: Date.now() + after}); return number; };
	window.clearTimeout = (id) => { timers.delete(id); };
	window.passes = (milliseconds) => {
		ahead += milliseconds;
		for (const [id, timer] of [...timers]) if (timer.due <= Date.now()) { timers.delete(id); timer.call(); }
	};
})()`

// withClock prepares a tab whose pages have that clock; the zero value of at is the present.
func withClock(at time.Time) func(*tab) {
	var stands int64
	if !at.IsZero() {
		stands = at.UnixMilli()
	}
	source := fmt.Sprintf(clock, stands)
	return func(b *tab) {
		send(b, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: source})
	}
}

// advanceClock lets time pass on the page.
func (b *tab) advanceClock(d time.Duration) {
	b.t.Helper()
	b.do(evaluated(fmt.Sprintf("passes(%d)", d.Milliseconds())))
}

func TestBrowser_TimesAreTheReadersOwn(t *testing.T) {
	t.Parallel()
	s := newScene(t, options{prepare: preparePages})
	tokyo := time.FixedZone("GMT+9", 9*60*60)
	b := s.signedIn(t, grace, inTimeZone("Asia/Tokyo"))
	type shown struct{ Moment, Text, Title string }
	times := evaluate[[]shown](b, `[...document.querySelectorAll("main time")].map((t) => ({Moment: t.dateTime, Text: t.textContent, Title: t.title}))`)
	if len(times) < 4 {
		t.Fatalf("home shows %d times, want at least 4", len(times))
	}
	for _, got := range times {
		at, err := time.Parse(time.RFC3339, got.Moment)
		if err != nil {
			t.Fatalf("reading a time: %v", err)
		}
		want := shown{got.Moment, at.In(tokyo).Format("15:04 MST"), at.UTC().Format("2006-01-02 15:04 UTC")}
		if now := time.Now(); at.In(tokyo).YearDay() != now.In(tokyo).YearDay() {
			want.Text = at.In(tokyo).Format("Mon 2 Jan 2006, 15:04 MST")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("a time (-want +got):\n%s", diff)
		}
	}
	b.wantPrefix("the footer", b.text(".footer"), "Times are in your time zone (GMT+9).")
}

func TestBrowser_TimesAreInUTCWithoutScript(t *testing.T) {
	t.Parallel()
	s := newScene(t, options{prepare: preparePages})
	b := s.signedIn(t, grace, inTimeZone("Asia/Tokyo"), withoutScript)
	b.wantPrefix("the footer", b.text(".footer"), "Times are in UTC.")
	if n := evaluate[int](b, `[...document.querySelectorAll("main time")].filter((t) => !t.textContent.endsWith(" UTC")).length`); n != 0 {
		t.Errorf("%d times are not in UTC", n)
	}
	if got := b.text("section[aria-labelledby=active] [data-countdown]"); got != "5 min left" && got != "4 min left" {
		t.Errorf("the first activation has %q, want 5 min left", got)
	}
}

func TestBrowser_WhatIsLeftCountsDownToTheEnd(t *testing.T) {
	t.Parallel()
	s := newScene(t, options{at: screenshotTime, prepare: func(t *testing.T, w *world.World) {
		grant(t, w, "projects/"+project,
			activation("compute.admin", alice, "jit-AAAAAAAAAAAAAAAA", "CASE-1041", screenshotTime, screenshotTime.Add(11*time.Minute)))
	}})
	b := s.signedIn(t, alice, withClock(screenshotTime), inTimeZone("UTC"))
	const soon = `document.querySelector(".entry.soon .left.wait svg:not([hidden])") !== null`
	for _, step := range []struct {
		passes time.Duration
		says   string
		soon   bool
	}{
		{0, "11 min left until 02:25 UTC, of 11 minutes", false},
		{time.Minute, "10 min left until 02:25 UTC, of 11 minutes", false},
		{time.Minute, "9 min left Ends soon, at 02:25 UTC, of 11 minutes", true},
		{7*time.Minute + 30*time.Second, "1 min 30 s left Ends soon, at 02:25 UTC, of 11 minutes", true},
		{time.Second, "1 min 29 s left Ends soon, at 02:25 UTC, of 11 minutes", true},
		{89 * time.Second, "Ended at 02:25 UTC, of 11 minutes", false},
	} {
		b.advanceClock(step.passes)
		if got := b.text("section[aria-labelledby=active] .entry-when"); got != step.says {
			t.Errorf("%v later the entry says %q, want %q", step.passes, got, step.says)
		}
		if got := evaluate[bool](b, soon); got != step.soon {
			t.Errorf("at %q the sign that it ends soon is %v, want %v", step.says, got, step.soon)
		}
	}
	if n := evaluate[int](b, `document.querySelectorAll("section[aria-labelledby=active] :is(.entry-do a, .rail)").length`); n != 0 {
		t.Errorf("what has ended has %d controls and rails, want none", n)
	}
}

// A page left open went on saying that something was active, and what to do with it.
func TestBrowser_APageLeftOpenIsLoadedAgainAtTheEnd(t *testing.T) {
	t.Parallel()
	s := newScene(t, options{at: screenshotTime, prepare: func(t *testing.T, w *world.World) {
		grant(t, w, "projects/"+project, eligible("compute.admin", selfApproval, "user:"+alice),
			activation("compute.admin", alice, "jit-AAAAAAAAAAAAAAAA", "CASE-1041", screenshotTime, screenshotTime.Add(11*time.Minute)))
	}})
	const stays = "window.stays === true"
	for _, address := range []string{"/", "/projects/" + project, "/projects/" + project + "/activations/jit-AAAAAAAAAAAAAAAA"} {
		b := s.signedIn(t, alice, withClock(screenshotTime), inTimeZone("UTC"))
		b.visit(address)
		b.do(evaluated("window.stays = true"))
		b.advanceClock(11 * time.Minute)
		if !evaluate[bool](b, stays) {
			t.Errorf("%s is loaded again at the end, when the server may not know of it yet", address)
		}
		b.do(evaluated("passes(2000)"))
		eventually(t, func() error {
			if evaluate[bool](b, stays) {
				return fmt.Errorf("%s is not loaded again", address)
			}
			return nil
		})
	}
	// What was over when the page came, or would be lost, is no reason.
	late := s.signedIn(t, alice, withClock(screenshotTime.Add(12*time.Minute)), inTimeZone("UTC"))
	late.do(evaluated("window.stays = true"))
	late.advanceClock(time.Minute)
	busy := s.signedIn(t, alice, withClock(screenshotTime), inTimeZone("UTC"))
	busy.do(evaluated(`window.stays = true; document.dispatchEvent(new Event("input"))`))
	busy.advanceClock(12 * time.Minute)
	for name, b := range map[string]*tab{"a clock ahead of the server's": late, "somebody who writes": busy} {
		if !evaluate[bool](b, stays) {
			t.Errorf("with %s the page is loaded again", name)
		}
	}
}

func TestBrowser_TypingFiltersAndSaysHowManyMatch(t *testing.T) {
	t.Parallel()
	b := newScene(t, options{prepare: preparePages}).signedIn(t, carol, withClock(time.Time{}))
	const visible = `[...document.querySelectorAll("[data-filtered] [data-constraint]")].filter((e) => e.checkVisibility()).length`
	if n := evaluate[int](b, visible); n != 0 {
		t.Fatalf("%d roles of 312 are unfolded, want none", n)
	}
	b.write("#q", "role07")
	if n := evaluate[int](b, visible); n != 12 {
		t.Errorf("%d roles are shown for role07, want one for each of 12 projects", n)
	}
	if text := b.text("[data-found]"); text != "" {
		t.Errorf("the page says %q while somebody is typing", text)
	}
	b.advanceClock(time.Second)
	b.wantPrefix("what is found", b.text("[data-found]"), "12 of 312 roles match.")
	b.write("#q", " "+project)
	if n := evaluate[int](b, visible); n != 1 {
		t.Errorf("%d roles are shown for role07 on %s, want 1", n, project)
	}
	b.do(evaluated(`const c = document.querySelector("#constraint"); c.value = "peers"; c.dispatchEvent(new Event("input", {bubbles: true}))`))
	b.advanceClock(time.Second)
	b.wantPrefix("what is found", b.text("[data-found]"), "0 of 312 roles match.")
	b.do(evaluated(`document.querySelector(".search").reset(); document.querySelector("#q").dispatchEvent(new Event("input", {bubbles: true}))`))
	b.advanceClock(time.Second)
	if text, n := b.text("[data-found]"), evaluate[int](b, visible); text != "" || n != 0 {
		t.Errorf("after clearing the search the page says %q and shows %d roles, want all folded again", text, n)
	}
}

func TestBrowser_ThePageCountsWhatIsSelected(t *testing.T) {
	t.Parallel()
	b := newScene(t, options{prepare: prepareJourney}).signedIn(t, alice)
	b.visit("/projects/" + project)
	for i, want := range []string{"0 selected", "1 selected", "2 selected", "1 selected"} {
		if got := b.text("[data-picked]"); got != want {
			t.Errorf("after %d clicks the page says %q, want %q", i, got, want)
		}
		b.choose(inEntry("form[data-pick]", []string{"compute", "container", "compute", "compute"}[i], "input"))
	}
}

func TestBrowser_WrittenMinutesAndPresetsForgetEachOther(t *testing.T) {
	t.Parallel()
	s := newScene(t, options{prepare: prepareJourney})
	b := s.signedIn(t, alice)
	b.visit("/projects/" + project)
	b.choose(inEntry("form[data-pick]", "roles/compute.admin", "input"))
	b.follow(at("form[data-pick] .act"))
	const chosen = `new FormData(document.querySelector("form[method=post]")).getAll("duration").join() + " " + document.querySelector("#minutes").value`
	b.write("#minutes", "25")
	if got := evaluate[string](b, chosen); got != "other 25" {
		t.Errorf("after writing minutes the form has %q, want other 25", got)
	}
	b.choose(at(`input[value="30m"]`))
	if got := evaluate[string](b, chosen); got != "30m " {
		t.Errorf("after choosing a preset the form has %q, want 30m and no minutes", got)
	}
}

func TestBrowser_TheButtonCopiesAndSaysSo(t *testing.T) {
	t.Parallel()
	s := newScene(t, options{})
	b := s.signedIn(t, erin, withClock(time.Time{}))
	permit(b, "clipboard-read")
	b.wantPrefix("the button", b.text("[data-copy]"), "Copy the text")
	b.choose(at("[data-copy]"))
	eventually(t, func() error {
		if got := b.text("[data-copy]"); got != "Copied" {
			return fmt.Errorf("the button says %q, want Copied", got)
		}
		return nil
	})
	if diff := cmp.Diff(evaluate[string](b, `document.querySelector("#ask").textContent`), evaluate[string](b, "navigator.clipboard.readText()")); diff != "" {
		t.Errorf("the clipboard (-page +clipboard):\n%s", diff)
	}
	b.advanceClock(2 * time.Second)
	b.wantPrefix("the button", b.text("[data-copy]"), "Copy the text")
}

func TestBrowser_WhatOnlyScriptCanDoIsHiddenWithoutIt(t *testing.T) {
	t.Parallel()
	s := newScene(t, options{prepare: prepareJourney})
	for email, address := range map[string]string{bob: "/", alice: "/projects/" + project} {
		b := s.signedIn(t, email, withoutScript)
		b.visit(address)
		if n := evaluate[int](b, `document.querySelectorAll("[data-copy], [data-picked]").length`); n != 1 {
			t.Fatalf("%s has %d things for script, want 1", address, n)
		}
		if evaluate[bool](b, `document.querySelector("[data-copy], [data-picked]").checkVisibility()`) {
			t.Errorf("%s shows what only script can do", address)
		}
	}
}

// permit grants the pages of the tab a permission that a browser asks people for.
func permit(b *tab, what string) {
	b.t.Helper()
	c := chromedp.FromContext(b.ctx)
	_, err := chromedp.CallBrowser(b.ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
		Permission: &cdpbrowser.PermissionDescriptor{Name: what}, Setting: cdpbrowser.PermissionSettingGranted,
		Origin: b.base, BrowserContextID: c.BrowserContextID,
	})
	if err != nil {
		b.t.Fatalf("permitting %s: %v", what, err)
	}
}
