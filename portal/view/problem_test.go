package view_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

func TestProblem_HasOneWayOn(t *testing.T) {
	t.Parallel()
	for name, m := range problems() {
		doc := render(t, view.Problem(layout(), m))
		if n := doc.Find("main .act").Length(); n != 1 {
			t.Errorf("%s: %d controls are the first to press, want 1", name, n)
		}
		if text(doc.Find("h1")) != m.Title || text(doc.Find(".lead")) != m.Meaning {
			t.Errorf("%s: the page says %q, %q", name, text(doc.Find("h1")), text(doc.Find(".lead")))
		}
		if diff := cmp.Diff(len(m.Advice), doc.Find(".bullets li").Length()); diff != "" {
			t.Errorf("%s: pieces of advice (-want +got):\n%s", name, diff)
		}
	}
}

func TestProblem_WithoutAPersonHasNoNavigation(t *testing.T) {
	t.Parallel()
	visitor := layout()
	visitor.Person = ""
	doc := render(t, view.Problem(visitor, view.NotSignedIn()))
	if n := doc.Find("nav, .who").Length(); n != 0 {
		t.Errorf("%d parts of the page know somebody, want none", n)
	}
	if got := doc.Find("main .act").AttrOr("href", ""); got != "/?gcp-iap-mode=CLEAR_LOGIN_COOKIE" {
		t.Errorf("signing in again leads to %q", got)
	}
}

func TestProblem_AfterAConflictNothingWrittenIsLost(t *testing.T) {
	t.Parallel()
	m := view.Conflict(view.Resend{Text: "Try again", Action: "/activate", Fields: []view.HiddenField{
		{Name: "role", Value: "a"}, {Name: "role", Value: "b"}, {Name: "justification", Value: `"BUG-1" & <b>`},
	}})
	doc := render(t, view.Problem(layout(), m))
	form := doc.Find("form[method=post][action='/activate']")
	if diff := cmp.Diff([]string{"a", "b"}, sent(form, "role")); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`"BUG-1" & <b>`}, sent(form, "justification")); diff != "" {
		t.Errorf("justification (-want +got):\n%s", diff)
	}
	if button := doc.Find("button"); button.AttrOr("form", "") != form.AttrOr("id", "none") {
		t.Errorf("the button sends the form %q, want %q", button.AttrOr("form", ""), form.AttrOr("id", ""))
	}
}

func TestProblem_DetailNamesThePermissionAndTheResource(t *testing.T) {
	t.Parallel()
	m := view.NotPermitted("Cloud Asset Inventory", "cloudasset.assets.searchAllIamPolicies", "organizations/1")
	m.Command = "gcloud organizations add-iam-policy-binding 1"
	doc := render(t, view.Problem(layout(), m))
	want := []string{"Cloud Asset Inventory", "cloudasset.assets.searchAllIamPolicies", "organizations/1"}
	if diff := cmp.Diff(want, allText(doc.Find("dd"))); diff != "" {
		t.Errorf("detail (-want +got):\n%s", diff)
	}
	copying := doc.Find("button[data-copy]")
	if _, hidden := copying.Attr("hidden"); !hidden || text(doc.Find("#"+copying.AttrOr("data-copy", ""))) != m.Command {
		t.Errorf("the button that copies is %v, want it hidden until the script runs, and for the command", copying.Get(0).Attr)
	}
}

func TestNoAnswer_NamesTheService(t *testing.T) {
	t.Parallel()
	for service, want := range map[string]string{
		"": "Google Cloud did not answer", "Cloud Asset Inventory": "Cloud Asset Inventory did not answer",
	} {
		doc := render(t, view.Problem(layout(), view.NoAnswer(service, "/projects/payments-prod")))
		if got := text(doc.Find("h1")); got != want {
			t.Errorf("the heading is %q, want %q", got, want)
		}
		if got := doc.Find("main .act").AttrOr("href", ""); got != "/projects/payments-prod" {
			t.Errorf("trying again leads to %q", got)
		}
	}
}
