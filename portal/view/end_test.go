package view_test

import (
	"testing"

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
	if got := doc.Find("form .row a").AttrOr("href", ""); got != m.CancelLink {
		t.Errorf("Keep it leads to %q, want %q", got, m.CancelLink)
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

// Once the page said of a role that a peer has to approve that it can be activated again at will.
func TestEnd_SaysHowTheRoleCanBeHadAgain(t *testing.T) {
	t.Parallel()
	self, peers := endPage(), endPage()
	peers.NeedsPeer = true
	for want, m := range map[string]view.EndPage{
		"You stay eligible and can activate it again whenever you need it.": self,
		"You stay eligible; a peer has to approve again.":                   peers,
	} {
		if got := text(render(t, view.End(layout(), m)).Find(".bullets li").Last()); got != want {
			t.Errorf("the page says %q, want %q", got, want)
		}
	}
}

// Once the page said "You ended it", whoever had, and for hours that the role was about to stop
// working.
func TestEnded_SaysWhenAndNotWho(t *testing.T) {
	t.Parallel()
	final := endedPage()
	final.AgainLink = ""
	for _, test := range []struct {
		page        view.EndedPage
		lead, again string
	}{
		{endedPage(), "It ended at 02:15 UTC. Google Cloud needs about 2 minutes, sometimes 7 or more, until the role stops working everywhere.", "Activate it again"},
		{endedMultiParty(), "It ended at 02:15 UTC.", "Request it again"},
		{final, "It ended at 02:15 UTC. Google Cloud needs about 2 minutes, sometimes 7 or more, until the role stops working everywhere.", ""},
	} {
		doc := render(t, view.Ended(layout(), test.page))
		got := []string{text(doc.Find(".lead")), text(doc.Find(".row a:not(.button)").Not("header a, .crumbs a, .who a, nav a").Filter("main a"))}
		if diff := cmp.Diff([]string{test.lead, test.again}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
