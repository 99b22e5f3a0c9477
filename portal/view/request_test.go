package view_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

func TestRequest_SendsRoleReviewersAndID(t *testing.T) {
	t.Parallel()
	m := requestPage(7)
	form := render(t, view.Request(layout(), m)).Find("form")
	if form.AttrOr("method", "") != "post" || form.AttrOr("action", "") != m.Action {
		t.Errorf("the form is %v, want a POST to %s", form.Get(0).Attr, m.Action)
	}
	want := map[string][]string{
		view.FieldRole: {"peers.cloudsql"}, view.FieldID: {"mpa-8qvY2wQn4LrT0aXc"}, view.FieldDuration: {"1h"},
		view.FieldReviewer: {"v1", "v2", "v3", "v4", "v5", "v6", "v7"},
	}
	for name, values := range want {
		if diff := cmp.Diff(values, sent(form, name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff([]string{"peer001@example.com asked before", "peer002@example.com asked before"},
		allText(form.Find(".peer:has(:checked)"))); diff != "" {
		t.Errorf("chosen (-want +got):\n%s", diff)
	}
}

func TestRequest_PromisesNoEnd(t *testing.T) {
	t.Parallel()
	tiles := render(t, view.Request(layout(), requestPage(7))).Find(".tiles")
	if n := tiles.Find("time").Length(); n != 0 {
		t.Errorf("%d durations name an end, want none before the approval", n)
	}
	want := []string{"30 minutes from the approval", "1 hour from the approval", "2 hours from the approval"}
	if diff := cmp.Diff(want, allText(tiles.Find("label.tile"))); diff != "" {
		t.Errorf("durations (-want +got):\n%s", diff)
	}
}

func TestRequest_SaysHowManyPeersToChoose(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		peers, fewest, most int
		want                string
		search              int
	}{
		{1, 1, 10, "1 peer is eligible for this role and can approve it. Choose 1; the first decision counts.", 0},
		{7, 1, 10, "7 peers are eligible for this role and can approve it. Choose 1 to 7; the first decision counts.", 0},
		{200, 2, 10, "200 peers are eligible for this role and can approve it. Choose 2 to 10; the first decision counts.", 1},
		{3, 0, 0, "3 peers are eligible for this role and can approve it. Choose 1 to 3; the first decision counts.", 0},
	} {
		m := requestPage(test.peers)
		m.MinReviewers, m.MaxReviewers = test.fewest, test.most
		doc := render(t, view.Request(layout(), m))
		if got := text(doc.Find("#reviewers-hint")); got != test.want {
			t.Errorf("the hint is %q, want %q", got, test.want)
		}
		if n := doc.Find(".peers input").Length(); n != test.peers {
			t.Errorf("%d peers can be chosen, want %d", n, test.peers)
		}
		if n := doc.Find("[data-peers][hidden] input:not([name])").Length(); n != test.search {
			t.Errorf("%d peers: %d searches wait for the script, want %d", test.peers, n, test.search)
		}
	}
}

func TestRequest_ThatCannotBeSentSaysWhy(t *testing.T) {
	t.Parallel()
	unreadable, late := requestPage(0), requestPage(7)
	unreadable.Unreadable = 1
	late.Role.ActiveUntil = now.Add(3 * time.Hour)
	for want, m := range map[string]view.RequestPage{
		"Ask an administrator to add one":      requestPage(0),
		"not every group could be read":        unreadable,
		"Come back later to request more time": late,
	} {
		doc := render(t, view.Request(layout(), m))
		if n := doc.Find("form, button").Length(); n != 0 {
			t.Errorf("%q: %d forms and buttons, want none", want, n)
		}
		if !strings.Contains(text(doc.Find("main")), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestRequest_RefusedLeadsToEachField(t *testing.T) {
	t.Parallel()
	doc := render(t, view.Request(layout(), refusedRequest()))
	checkSummary(t, doc, "4 things to correct. Nobody was asked.", []string{
		"Choose at least 1 reviewer", "Write a justification", "Choose a duration of at most 120 minutes", "Choose another role",
	})
	for _, message := range []string{"reviewer", "justification", "minutes", "role"} {
		if doc.Find("#"+message+"-fault").Length() != 1 {
			t.Errorf("nothing stands beside %s", message)
		}
	}
}

func TestProject_AsksForOneRoleAtATime(t *testing.T) {
	t.Parallel()
	m := askableProject()
	form := render(t, view.Project(layout(), m)).Find(`form[action="` + m.Ask + `"]`)
	if form.AttrOr("method", "") != "get" {
		t.Errorf("the form's method is %q, want get", form.AttrOr("method", ""))
	}
	if n, boxes := form.Find("[type=radio][name=role][required]").Length(), form.Find("[type=checkbox]").Length(); n != 2 || boxes != 0 {
		t.Errorf("%d roles exclude each other and %d do not, want 2 and 0", n, boxes)
	}
	checkSummary(t, render(t, view.Project(layout(), nothingToAsk())), "1 thing to correct. Nobody was asked.",
		[]string{"Select a role to request"})
}

func TestHome_OffersToRequestWhatAPeerApproves(t *testing.T) {
	t.Parallel()
	e := peers(sql, time.Hour)
	e.RequestLink = "/projects/payments-prod/request?role=x"
	doc := render(t, view.Home(layout(), view.HomePage{Now: now, Projects: []view.ProjectRoles{
		{Project: "payments-prod", Link: "/projects/payments-prod", Roles: []view.Entitlement{e}},
	}}))
	button := doc.Find(".entry-do a.button")
	if text(button) != "Request Cloud SQL Admin on payments-prod" || button.AttrOr("href", "") != e.RequestLink {
		t.Errorf("the control is %q to %q", text(button), button.AttrOr("href", ""))
	}
	if strings.Contains(text(doc.Find("main")), "cannot ask one yet") {
		t.Error("the page says that no peer can be asked")
	}
	e.ActiveUntil = until(30)
	button = render(t, view.Home(layout(), view.HomePage{Now: now, Projects: []view.ProjectRoles{
		{Project: "payments-prod", Link: "/projects/payments-prod", Roles: []view.Entitlement{e}},
	}})).Find(".entry-do a.button")
	if text(button) != "Extend Cloud SQL Admin on payments-prod, by a request" || button.AttrOr("href", "") != e.RequestLink {
		t.Errorf("the control of an active role is %q to %q", text(button), button.AttrOr("href", ""))
	}
}
