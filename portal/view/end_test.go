package view_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

func TestEnd_AsksFirstAndNamesTheActivation(t *testing.T) {
	t.Parallel()
	m := endPage()
	doc := render(t, view.End(layout(), m))
	form := doc.Find("form")
	if form.AttrOr("method", "") != "post" || form.AttrOr("action", "") != m.Action {
		t.Errorf("the form is %v, want a POST to %s", form.Get(0).Attr, m.Action)
	}
	if diff := cmp.Diff([]string{m.Reference}, sent(form, view.FieldRole)); diff != "" {
		t.Errorf("role (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{m.ID}, sent(form, view.FieldID)); diff != "" {
		t.Errorf("id (-want +got):\n%s", diff)
	}
	if got, want := text(doc.Find("h1")), "End Compute Admin on payments-prod now?"; got != want {
		t.Errorf("the heading is %q, want %q", got, want)
	}
	if got, want := text(doc.Find(".lead")), "It would end by itself at 03:26 UTC, in 1 h 12 min."; got != want {
		t.Errorf("the lead is %q, want %q", got, want)
	}
	if got := doc.Find("form .row a").AttrOr("href", ""); got != m.KeepLink {
		t.Errorf("Keep it leads to %q, want %q", got, m.KeepLink)
	}
}

func TestEnd_DoesNotPromiseWhatCannotBeHadAgain(t *testing.T) {
	t.Parallel()
	m := endPage()
	m.Lapsed, m.ID = true, ""
	doc := render(t, view.End(layout(), m))
	if got, want := text(doc.Find(".bullets li").Last()), "No eligible binding of yours was found for it: it may be that you cannot activate it again."; got != want {
		t.Errorf("the page says %q, want %q", got, want)
	}
	if n := doc.Find("[name=id]").Length(); n != 0 {
		t.Error("an activation without id sends one")
	}
}

func TestEnded_SaysWhenAndHowEarly(t *testing.T) {
	t.Parallel()
	unknown, again := endedPage(), endedPage()
	unknown.Until, unknown.AgainLink = time.Time{}, ""
	tests := []struct {
		page        view.EndedPage
		lead, again string
	}{
		{again, "You ended it at 02:15 UTC, 1 h 11 min early. It stops working within about 2 minutes.", "Activate it again"},
		{unknown, "You ended it at 02:15 UTC. It stops working within about 2 minutes.", ""},
	}
	for _, test := range tests {
		doc := render(t, view.Ended(layout(), test.page))
		got := []string{text(doc.Find(".lead")), text(doc.Find(".row a:not(.button)").Not("header a, .crumbs a, .who a, nav a").Filter("main a"))}
		if diff := cmp.Diff([]string{test.lead, test.again}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
