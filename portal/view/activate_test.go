package view_test

import (
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// checkSummary checks an error summary: its words, that it takes the focus, and that its links
// reach fields.
func checkSummary(t *testing.T, doc *goquery.Document, heading string, lines []string) {
	t.Helper()
	summary := doc.Find(".notice.bad[tabindex='-1'][autofocus]")
	if summary.Length() != 1 || text(summary.Find("h2")) != heading {
		t.Fatalf("the summary that takes the focus is %q, want %q", text(summary.Find("h2")), heading)
	}
	if diff := cmp.Diff(lines, allText(summary.Find("li"))); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	for _, link := range summary.Find("a").EachIter() {
		target := doc.Find(link.AttrOr("href", ""))
		if target.Length() != 1 || !target.Is("input:not([type=hidden]), select, textarea, a[href]") {
			t.Errorf("%q leads to %q, want something that takes the focus", text(link), link.AttrOr("href", ""))
		}
	}
}

// sent is the values that a form would send under a name.
func sent(form *goquery.Selection, name string) []string {
	var values []string
	for _, field := range form.Find("[name=" + name + "]").EachIter() {
		if _, chosen := field.Attr("checked"); field.AttrOr("type", "") != "radio" || chosen {
			values = append(values, field.AttrOr("value", ""))
		}
	}
	return values
}

func TestActivate_SendsTheRolesAndTheID(t *testing.T) {
	t.Parallel()
	m := activatePage()
	form := render(t, view.Activate(layout(), m)).Find("form")
	if form.AttrOr("method", "") != "post" || form.AttrOr("action", "") != m.Action {
		t.Errorf("the form is %v, want a POST to %s", form.Get(0).Attr, m.Action)
	}
	want := map[string][]string{
		view.FieldRole:          {"self.gke", "self.secrets"},
		view.FieldID:            {"jit-Zm9vYmFyMTIzNDU2"},
		view.FieldJustification: {""},
		view.FieldDuration:      {"1h"},
		view.FieldMinutes:       {""},
	}
	for name, values := range want {
		if diff := cmp.Diff(values, sent(form, name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if n := form.Find("button").Length(); n != 1 || text(form.Find("button")) != "Activate 2 roles" {
		t.Errorf("the %d buttons say %q, want one, Activate 2 roles", n, text(form.Find("button")))
	}
}

func TestActivate_OffersTheShortestMaximumAndSaysWhoseItIs(t *testing.T) {
	t.Parallel()
	doc := render(t, view.Activate(layout(), activatePage()))
	if got, want := text(doc.Find("#duration-hint")), "At most 3 hours, the maximum of Secret Manager Secret Accessor."; got != want {
		t.Errorf("the hint is %q, want %q", got, want)
	}
	want := []string{
		"30 minutes until 02:44 UTC", "1 hour until 03:14 UTC", "2 hours until 04:14 UTC", "3 hours until 05:14 UTC",
	}
	if diff := cmp.Diff(want, allText(doc.Find("label.tile"))); diff != "" {
		t.Errorf("presets (-want +got):\n%s", diff)
	}
	if minutes := doc.Find("#minutes"); minutes.AttrOr("min", "") != "1" || minutes.AttrOr("max", "") != "180" {
		t.Errorf("minutes are %v, want 1 to 180", minutes.Get(0).Attr)
	}
}

func TestActivate_HeadingNamesWhatItDoes(t *testing.T) {
	t.Parallel()
	single := activatePage()
	single.Roles = single.Roles[:1]
	tests := []struct {
		name                  string
		page                  view.ActivatePage
		heading, lead, button string
	}{
		{"several", activatePage(), "Activate 2 roles on payments-prod", "", "Activate 2 roles"},
		{"one", single, "Activate Kubernetes Engine Admin on payments-prod", "", "Activate"},
		{
			"one that is active", extendPage(), "Extend Compute Admin on payments-prod",
			"Active until 03:26 UTC, 1 h 12 min left. A new window starts now and replaces it.", "Extend",
		},
	}
	for _, test := range tests {
		doc := render(t, view.Activate(layout(), test.page))
		got := []string{text(doc.Find("h1")), text(doc.Find(".lead")), text(doc.Find("form button"))}
		if diff := cmp.Diff([]string{test.heading, test.lead, test.button}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestActivate_AnActiveRoleAmongSeveralIsNotShortened(t *testing.T) {
	t.Parallel()
	m := activatePage()
	m.Roles[0].ActiveUntil = until(150)
	doc := render(t, view.Activate(layout(), m))
	want := "Kubernetes Engine Admin is active until 04:44 UTC, 2 h 30 min left. A new window for all of them starts now and ends later."
	if got := text(doc.Find(".lead")); got != want {
		t.Errorf("the lead is %q, want %q", got, want)
	}
	if diff := cmp.Diff([]string{"3 hours until 05:14 UTC"}, allText(doc.Find("label.tile"))); diff != "" {
		t.Errorf("presets (-want +got):\n%s", diff)
	}
	if got := doc.Find("#minutes").AttrOr("min", ""); got != "151" {
		t.Errorf("at least %s minutes can be written, want 151", got)
	}
}

func TestActivate_ExtendingOffersOnlyWhatEndsLater(t *testing.T) {
	t.Parallel()
	form := render(t, view.Activate(layout(), extendPage())).Find("form")
	if diff := cmp.Diff([]string{"90 minutes until 03:44 UTC", "2 hours until 04:14 UTC"}, allText(form.Find("label.tile"))); diff != "" {
		t.Errorf("presets (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"2h"}, sent(form, view.FieldDuration)); diff != "" {
		t.Errorf("chosen (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"BUG-12345 instance group does not scale"}, sent(form, view.FieldJustification)); diff != "" {
		t.Errorf("justification (-want +got):\n%s", diff)
	}
	want := "From your last activation. Change it if the reason is another one now."
	if got := text(form.Find("#justification-hint")); got != want {
		t.Errorf("the hint is %q, want %q", got, want)
	}
}

func TestActivate_WhatWouldEndEarlierIsNotOffered(t *testing.T) {
	t.Parallel()
	doc := render(t, view.Activate(layout(), tooEarlyToExtend()))
	if n := doc.Find("form").Length(); n != 0 {
		t.Error("there is a form, although every window would end before the active one")
	}
	want := "A new window could last 2 hours at most, and would end before that. Come back later to extend it."
	if got := text(doc.Find("main p").Last()); got != want {
		t.Errorf("the page says %q, want %q", got, want)
	}
}

func TestActivate_RefusedComesBackAsItWasSent(t *testing.T) {
	t.Parallel()
	doc := render(t, view.Activate(layout(), refusedActivation()))
	if got, want := text(doc.Find("title")), "Error: Activate 2 roles on payments-prod · JIT Access"; got != want {
		t.Errorf("the title is %q, want %q", got, want)
	}
	checkSummary(t, doc, "3 things to correct. Nothing was activated.", []string{
		"Write the justification as its hint says", "Choose a duration of at most 240 minutes", "Choose other roles",
	})
	form := doc.Find("form")
	want := map[string]string{
		view.FieldJustification: "pods restart all the time", view.FieldDuration: view.DurationOther, view.FieldMinutes: "300",
	}
	for name, value := range want {
		if diff := cmp.Diff([]string{value}, sent(form, name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for field, fault := range map[string]string{
		view.FieldJustification: "Start with BUG- or CASE- and a number.", view.FieldMinutes: "At most 240 minutes.",
	} {
		control := form.Find("#" + field)
		if control.AttrOr("aria-invalid", "") != "true" || text(doc.Find("#"+field+"-fault")) != fault {
			t.Errorf("%s says %q and is marked %q", field, text(doc.Find("#"+field+"-fault")), control.AttrOr("aria-invalid", ""))
		}
	}
	if got, want := form.Find("#justification").AttrOr("aria-describedby", ""), "justification-hint justification-fault"; got != want {
		t.Errorf("the justification is described by %q, want %q", got, want)
	}
}

func TestActivate_KeepsAPresetThatIsStillOffered(t *testing.T) {
	t.Parallel()
	m := activatePage()
	for chosen, want := range map[time.Duration]string{2 * time.Hour: "2h", 7 * time.Hour: "1h", 0: "1h"} {
		m.Duration.Chosen = chosen
		form := render(t, view.Activate(layout(), m)).Find("form")
		if diff := cmp.Diff([]string{want}, sent(form, view.FieldDuration)); diff != "" {
			t.Errorf("chosen %v (-want +got):\n%s", chosen, diff)
		}
	}
	m.Roles[1].Max = 20 * time.Minute
	form := render(t, view.Activate(layout(), m)).Find("form")
	if diff := cmp.Diff([]string{"20m"}, sent(form, view.FieldDuration)); diff != "" {
		t.Errorf("below the default (-want +got):\n%s", diff)
	}
}

func TestActivate_EveryFaultReachesAField(t *testing.T) {
	t.Parallel()
	for _, field := range []string{view.FieldRole, view.FieldJustification, view.FieldDuration, view.FieldMinutes} {
		fault := view.Fault{Field: field, Summary: "Correct the " + field, Message: "Something else is needed."}
		m := activatePage()
		m.Faults = []view.Fault{fault}
		doc := render(t, view.Activate(layout(), m))
		checkSummary(t, doc, "1 thing to correct. Nothing was activated.", []string{fault.Summary})
		if got := text(doc.Find(".fault")); got != fault.Message {
			t.Errorf("beside the field stands %q, want %q", got, fault.Message)
		}
	}
}

func TestActivated_SaysUntilWhenAndHowLongItTakes(t *testing.T) {
	t.Parallel()
	doc := render(t, view.Activated(layout(), activatedPage()))
	if got, want := text(doc.Find("h1")), "Active until 03:14 UTC"; got != want {
		t.Errorf("the heading is %q, want %q", got, want)
	}
	if got, want := text(doc.Find(".lead")), "2 roles on payments-prod, for 1 hour."; got != want {
		t.Errorf("the lead is %q, want %q", got, want)
	}
	want := []string{
		"Google Cloud needs about 2 minutes until this works everywhere, sometimes 7 or more. " +
			"If it still refuses you, wait a moment and try again; nothing else is needed.",
	}
	if diff := cmp.Diff(want, allText(doc.Find(".notice"))); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
	facts := []string{
		"Kubernetes Engine Admin roles/container.admin",
		`Secret Manager Secret Accessor roles/secretmanager.secretAccessor only where resource.name.startsWith("projects/418230117/secrets/psp-")`,
		"payments-prod", "02:14 UTC to 03:14 UTC", "1 h", "Self-approved, justification: BUG-12345 pods restart all the time",
		"jit-Zm9vYmFyMTIzNDU2",
	}
	if diff := cmp.Diff(facts, allText(doc.Find("dd"))); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

func TestActivated_LaterSaysThatItHasEnded(t *testing.T) {
	t.Parallel()
	m := activatedPage()
	m.Now = m.End
	doc := render(t, view.Activated(layout(), m))
	if got, want := text(doc.Find("h1")), "Ended at 03:14 UTC"; got != want {
		t.Errorf("the heading is %q, want %q", got, want)
	}
	if n := doc.Find(".notice, [data-countdown]").Length(); n != 0 {
		t.Errorf("%d elements speak of an active role, want none", n)
	}
}

func TestActivated_AFailedNotificationIsNoError(t *testing.T) {
	t.Parallel()
	m := activatedPage()
	m.Unreached = "The event was not recorded."
	doc := render(t, view.Activated(layout(), m))
	if got, want := text(doc.Find("h1")), "Active until 03:14 UTC"; got != want {
		t.Errorf("the heading is %q, want %q", got, want)
	}
	if got, want := text(doc.Find(".notice.wait")), "The event was not recorded. The access itself is as this page says."; got != want {
		t.Errorf("the notice is %q, want %q", got, want)
	}
}
