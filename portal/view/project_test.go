package view_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

func TestProject_SelfApprovalRolesCanBeChosen(t *testing.T) {
	t.Parallel()
	m := projectPage()
	m.Roles[1].Selected = true
	doc := render(t, view.Project(layout(), m))
	form := doc.Find("form")
	if form.AttrOr("method", "") != "get" || form.AttrOr("action", "") != m.Choose {
		t.Errorf("the form is %v, want a GET of %s", form.Get(0).Attr, m.Choose)
	}
	var values []string
	for _, box := range form.Find("input[type=checkbox][name=role]").EachIter() {
		values = append(values, box.AttrOr("value", ""))
	}
	want := []string{m.Roles[0].Reference, m.Roles[1].Reference, m.Roles[2].Reference}
	if diff := cmp.Diff(want, values); diff != "" {
		t.Errorf("check boxes (-want +got):\n%s", diff)
	}
	if got := form.Find("input[checked]").AttrOr("value", ""); got != m.Roles[1].Reference {
		t.Errorf("%q is chosen, want %q", got, m.Roles[1].Reference)
	}
	states := allText(form.Find(".entry-when"))
	wantStates := []string{
		"Active until 03:26 UTC Select it to extend, or end it now: Compute Admin on payments-prod",
		"Available, up to 4 hours", "Available, up to 1 hour",
	}
	if diff := cmp.Diff(wantStates, states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

func TestProject_RolesThatNeedAPeerHaveNoControl(t *testing.T) {
	t.Parallel()
	section := render(t, view.Project(layout(), projectPage())).Find("section[aria-labelledby=peers]")
	if diff := cmp.Diff([]string{"Cloud SQL Admin"}, allText(section.Find("h3"))); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	if n := section.Find("input, button, a, [disabled]").Length(); n != 0 {
		t.Errorf("%d controls, want none", n)
	}
	want := "A peer must approve these roles before they become active."
	if got := text(section.Find("p").First()); got != want {
		t.Errorf("the section says %q, want %q", got, want)
	}
}

func TestProject_RolesThatCannotBeActivatedSayWhy(t *testing.T) {
	t.Parallel()
	section := render(t, view.Project(layout(), projectPage())).Find("section[aria-labelledby=not]")
	want := []string{
		"Its terms cannot be read. An administrator must correct the eligible binding.",
		"Nobody could approve: you are the only one who is eligible. An administrator must add a peer.",
	}
	if diff := cmp.Diff(want, allText(section.Find(".entry-what > p"))); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	if n := section.Find("input, button, a").Length(); n != 0 {
		t.Errorf("%d controls, want none", n)
	}
}

func TestProject_AnActivationWithoutAnEntitlementCanBeEnded(t *testing.T) {
	t.Parallel()
	m := projectPage()
	m.Roles = nil
	doc := render(t, view.Project(layout(), m))
	entry := doc.Find("section[aria-labelledby=active] .entry")
	if got, want := text(entry.Find(".button")), "End now roles/viewer.custom on payments-prod"; got != want {
		t.Errorf("the control is %q, want %q", got, want)
	}
	if got, want := text(doc.Find(".lead")), "No role on this project was found that you are eligible for."; got != want {
		t.Errorf("the page says %q, want %q", got, want)
	}
	if n := doc.Find("form").Length(); n != 0 {
		t.Error("there is a form, although nothing can be chosen")
	}
}

func TestProject_ActiveRolesThatCannotBeActivatedAgainCanBeEnded(t *testing.T) {
	t.Parallel()
	m := projectPage()
	m.Roles = []view.Entitlement{active(m.Roles[3], until(30)), active(m.Roles[4], until(20))}
	doc := render(t, view.Project(layout(), m))
	want := []string{
		"Active until 02:44 UTC You can end it now: Cloud SQL Admin on payments-prod",
		"Active until 02:34 UTC You can end it now: Logging Admin on payments-prod",
	}
	if diff := cmp.Diff(want, allText(doc.Find(".two .entry-when"))); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

func TestProject_NothingChosenIsAnErrorThatLeadsToTheRoles(t *testing.T) {
	t.Parallel()
	doc := render(t, view.Project(layout(), emptyProject()))
	if got, want := text(doc.Find("title")), "Error: payments-prod · JIT Access"; got != want {
		t.Errorf("the title is %q, want %q", got, want)
	}
	checkSummary(t, doc, "1 thing to correct. Nothing was activated.", []string{"Select at least 1 role to activate"})
	if described := doc.Find("fieldset").AttrOr("aria-describedby", ""); text(doc.Find("#"+described)) != "Select at least 1 role." {
		t.Errorf("the roles are described by %q, want the fault", described)
	}
}

func TestProject_LinksToTheConsoleAndTheAuditLog(t *testing.T) {
	t.Parallel()
	links := render(t, view.Project(layout(), projectPage())).Find("h1 ~ .links a")
	want := []string{"Open in Cloud Console", "Audit log"}
	if diff := cmp.Diff(want, allText(links)); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
}

// Once a page without roles said that the person is eligible for none, although a group could not
// be read.
func TestProject_AnUnreadableGroupIsNoProofOfNothing(t *testing.T) {
	t.Parallel()
	for groups, want := range map[int]string{
		0: "No role on this project was found that you are eligible for.",
		1: "No role on this project was found that you are eligible for, but not every group could be read.",
	} {
		m := view.ProjectPage{Now: now, Project: "payments-prod", Gaps: view.Gaps{Groups: groups}}
		if got := text(render(t, view.Project(layout(), m)).Find(".lead")); got != want {
			t.Errorf("with %d unreadable groups the page says %q, want %q", groups, got, want)
		}
	}
}
