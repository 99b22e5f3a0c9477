package view_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

func TestHome_SaysTheOutcomeFirst(t *testing.T) {
	t.Parallel()
	one := homePage()
	one.Active = one.Active[:1]
	nothingElse := one
	nothingElse.Projects = nil
	unknown := view.HomePage{Now: now, Gaps: view.Gaps{Groups: 2}}
	single := quietHome()
	single.Projects = single.Projects[1:]
	tests := []struct {
		name string
		page view.HomePage
		want string
	}{
		{"several active", homePage(), "3 roles are active. The first ends in 8 min, at 02:22 UTC."},
		{"one active", one, "1 role is active. It ends in 1 h 12 min, at 03:26 UTC."},
		{"active, eligible for nothing", nothingElse, "1 role is active. It ends in 1 h 12 min, at 03:26 UTC."},
		{"nothing active", quietHome(), "Nothing is active. You are eligible for 3 roles on 2 projects."},
		{"one role", single, "Nothing is active. You are eligible for 1 role on payments-prod."},
		{"many", manyHome(), "Nothing is active. You are eligible for 312 roles on 39 projects."},
		{"a search changes nothing", searchedHome(), "Nothing is active. You are eligible for 312 roles on 39 projects."},
		{"nothing at all", view.HomePage{Now: now}, "If you joined a group or were added to an eligible binding only just now, wait a few minutes and reload: Google’s index is behind."},
		{
			"nothing found", unknown,
			"Nothing is active. No role was found that you are eligible for, but not every group could be read.",
		},
	}
	for _, test := range tests {
		if got := text(render(t, view.Home(layout(), test.page)).Find(".lead")); got != test.want {
			t.Errorf("%s: the sentence is %q, want %q", test.name, got, test.want)
		}
	}
}

// Once the page said that there is nothing, when the index was only behind.
func TestHome_SaysThatNothingWasFoundNotThatThereIsNothing(t *testing.T) {
	t.Parallel()
	nothingElse := view.HomePage{Now: now, Active: homePage().Active[:1]}
	for want, m := range map[string]view.HomePage{
		"No eligible role was found for alice@example.com": {Now: now}, "Your access": nothingElse,
	} {
		if got := text(render(t, view.Home(layout(), m)).Find("h1")); got != want {
			t.Errorf("the heading is %q, want %q", got, want)
		}
	}
}

func TestHome_ShowsWhatIsActiveFirstToEndFirst(t *testing.T) {
	t.Parallel()
	doc := render(t, view.Home(layout(), homePage()))
	entries := doc.Find("section[aria-labelledby=active] .entry")
	want := []string{
		"BigQuery Data Viewer on data-warehouse", "Compute Admin on payments-prod", "roles/dns.admin on edge-network",
	}
	if diff := cmp.Diff(want, allText(entries.Find("h3"))); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
	first := entries.First()
	if !first.HasClass("soon") || text(first.Find(".left")) != "8 min left" {
		t.Errorf("the first entry says %q, want that it ends soon", text(first.Find(".entry-when")))
	}
	if got, want := text(first.Find(".entry-when .quiet")), "Ends soon, at 02:22 UTC, of 1 hour"; got != want {
		t.Errorf("the first entry says %q, want %q", got, want)
	}
	if got, want := text(entries.Eq(1).Find(".entry-when .quiet")), "until 03:26 UTC, of 2 hours"; got != want {
		t.Errorf("the second entry says %q, want %q", got, want)
	}
	if rail := entries.Eq(1).Find("progress"); rail.AttrOr("aria-label", "") != "72 of 120 minutes left" ||
		rail.AttrOr("value", "") != "72" || rail.AttrOr("max", "") != "120" {
		t.Errorf("the rail is %v, want 72 of 120", rail.Get(0).Attr)
	}
	if got := doc.Find("section[aria-labelledby=active] .soon").Length(); got != 1 {
		t.Errorf("%d entries end soon, want 1", got)
	}
}

func TestHome_DoesNotExtendWhatOneIsNoLongerEligibleFor(t *testing.T) {
	t.Parallel()
	entry := render(t, view.Home(layout(), homePage())).Find("section[aria-labelledby=active] .entry").Last()
	want := []string{"End now roles/dns.admin on edge-network"}
	if diff := cmp.Diff(want, allText(entry.Find(".button"))); diff != "" {
		t.Errorf("controls (-want +got):\n%s", diff)
	}
	if got := allText(entry.Find(".entry-what .quiet")); len(got) != 2 {
		t.Errorf("the entry says %q, want the justification and that it cannot be extended", got)
	}
}

func TestHome_OffersWhatCanBeDone(t *testing.T) {
	t.Parallel()
	doc := render(t, view.Home(layout(), homePage()))
	group := doc.Find("details").Eq(1)
	if got, want := text(group.Find("summary")), "payments-prod 6 roles, 1 active"; got != want {
		t.Errorf("the project says %q, want %q", got, want)
	}
	type row struct{ State, Act string }
	var got []row
	for _, entry := range group.Find(".entry[data-constraint]").EachIter() {
		got = append(got, row{text(entry.Find(".entry-when")), text(entry.Find(".entry-do"))})
	}
	want := []row{
		{"Active until 03:26 UTC", "Extend Compute Admin on payments-prod"},
		{"Self-approval, up to 4 hours", "Activate Kubernetes Engine Admin on payments-prod"},
		{
			"Self-approval, up to 1 hour",
			`Activate Secret Manager Secret Accessor on payments-prod, only where resource.name.startsWith("projects/418230117/secrets/psp-")`,
		},
		{"Multi-party approval, up to 2 hours A peer must approve; the portal cannot ask one yet", ""},
		{"Cannot be activated", ""},
		{"Cannot be activated", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("payments-prod (-want +got):\n%s", diff)
	}
	if got, want := text(group.Find(".links").Last()), "Select several roles of payments-prod"; got != want {
		t.Errorf("the project ends with %q, want %q", got, want)
	}
}

func TestHome_AbsentSectionsLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	quiet := render(t, view.Home(layout(), quietHome()))
	for _, selector := range []string{"section[aria-labelledby=active]", "form", ".notice", `a[href="#q"]`} {
		if n := quiet.Find(selector).Length(); n != 0 {
			t.Errorf("%d elements are %q, want none", n, selector)
		}
	}
	empty := render(t, view.Home(layout(), view.HomePage{Now: now}))
	if empty.Find("section").Length() != 0 || empty.Find("details").Length() != 0 {
		t.Error("somebody who is eligible for nothing sees an empty list")
	}
	if got, want := text(empty.Find(".command")), "Please add user:alice@example.com to an eligible binding for role ______ on project ______."; got != want {
		t.Errorf("the words to send are %q, want %q", got, want)
	}
}

func TestHome_FoldsManyProjectsUntilSomebodySearches(t *testing.T) {
	t.Parallel()
	many := render(t, view.Home(layout(), manyHome()))
	if all, open := many.Find("details").Length(), many.Find("details[open]").Length(); all != 39 || open != 0 {
		t.Errorf("%d of %d projects are open, want 0 of 39", open, all)
	}
	found := render(t, view.Home(layout(), searchedHome()))
	if all, open := found.Find("details").Length(), found.Find("details[open]").Length(); all != 10 || open != 10 {
		t.Errorf("%d of %d projects are open, want 10 of 10", open, all)
	}
	if got, want := text(found.Find("[role=status]")), "10 of 312 roles match “ROLE2 fleet-1”. Show all"; got != want {
		t.Errorf("the search says %q, want %q", got, want)
	}
	if got := found.Find("#q").AttrOr("value", ""); got != " ROLE2 fleet-1 " {
		t.Errorf("the field holds %q, want what was written", got)
	}
	if n := found.Find("[data-filter]").Length(); n != 0 {
		t.Error("the script would filter a list that is not whole")
	}
	if n := many.Find("[data-filter=eligible]").Length(); n != 1 {
		t.Error("the script cannot filter the whole list")
	}
}

func TestHome_SearchWithoutMatchSaysSo(t *testing.T) {
	t.Parallel()
	m := manyHome()
	m.Search = view.Search{Constraint: view.MultiPartyApproval, Words: "no such role"}
	doc := render(t, view.Home(layout(), m))
	if got, want := text(doc.Find("[role=status]")), "0 of 312 roles match “no such role”. Show all"; got != want {
		t.Errorf("the search says %q, want %q", got, want)
	}
	if got := doc.Find("option[selected]").AttrOr("value", ""); got != string(view.MultiPartyApproval) {
		t.Errorf("the constraint is %q, want what was chosen", got)
	}
	if n := doc.Find(".ledger").Length(); n != 0 {
		t.Errorf("%d empty ledgers are shown, want none", n)
	}
}

func TestHome_SaysWhatItCouldNotFindOut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		gaps view.Gaps
		want []string
	}{
		{"nothing", view.Gaps{}, nil},
		{"a group", view.Gaps{Groups: 1}, []string{
			"This list may be incomplete. The members of 1 group cannot be read at the moment, so roles that you have through " +
				"that group are missing. Reload in a few minutes; tell an administrator if it stays like this.",
		}},
		{"groups", view.Gaps{Groups: 3}, []string{
			"This list may be incomplete. The members of 3 groups cannot be read at the moment, so roles that you have through " +
				"those groups are missing. Reload in a few minutes; tell an administrator if it stays like this.",
		}},
		{"policies and the index", view.Gaps{Unread: []string{"a", "b"}, Indexed: 1}, []string{
			"The policies of a and b could not be read. Google Cloud’s index stands in. What changed in the last minutes may be missing here.",
			"1 project is shown as Google Cloud’s index has it. What changed there in the last minutes may be missing here; the page of a project has it.",
		}},
	}
	for _, test := range tests {
		m := quietHome()
		m.Gaps = test.gaps
		got := allText(render(t, view.Home(layout(), m)).Find(".notice.wait"))
		if diff := cmp.Diff(test.want, slices.Clip(got), cmp.Transformer("nil", func(s []string) []string {
			return append([]string{}, s...)
		})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestHome_EndedActivationsAreNotActive(t *testing.T) {
	t.Parallel()
	m := homePage()
	m.Now = now.Add(24 * time.Hour)
	doc := render(t, view.Home(layout(), m))
	if n := doc.Find("section[aria-labelledby=active]").Length(); n != 0 {
		t.Error("the section of what is active is shown when everything has ended")
	}
	if n := doc.Find(".badge.good").Length(); n != 0 {
		t.Errorf("%d roles are said to be active, want none", n)
	}
}
