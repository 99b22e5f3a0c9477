package view_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// reviewed is a page as bob sees it.
func reviewed(t *testing.T, m view.ReviewPage) *goquery.Document {
	t.Helper()
	l := layout()
	l.Person = "bob@example.com"
	return render(t, view.Review(l, m))
}

func checkSays(t *testing.T, s *goquery.Selection, sentences ...string) {
	t.Helper()
	for _, sentence := range sentences {
		if got := text(s); !strings.Contains(got, sentence) {
			t.Errorf("%q does not say %q", got, sentence)
		}
	}
}

func TestReview_SaysWhatADecisionTakes(t *testing.T) {
	t.Parallel()
	doc := reviewed(t, reviewPage())
	checkSays(t, doc.Find("h1"), "alice@example.com asks for Cloud SQL Admin on payments-prod")
	checkSays(t, doc.Find("blockquote"), "CASE-9876 restore the orders table")
	checkSays(t, doc.Find(".facts"), "None: the whole project", "1 hour, from your approval", "Holds it nowNo", "02:14 UTC, 6 min ago",
		"you and carol@example.com")
	checkSays(t, doc.Find("[aria-labelledby=allows]"), "No permission of it changes who has access.", "Cloud SQL Admin holds 75 permissions of 2 services",
		"74, for example cloudsql.instances.get",
		"“Full control of Cloud SQL resources.”")
	checkSays(t, doc.Find(".panel"), "until about 03:20 UTC", "carol@example.com may decide, or the request expires at 03:14 UTC, in 54 min")
}

func TestReview_MarksARoleThatGrantsMore(t *testing.T) {
	t.Parallel()
	doc := reviewed(t, dangerousReview())
	allows := doc.Find("[aria-labelledby=allows]")
	checkSays(t, allows.Find(".notice.wait"), "This role can change who has access.", "service00.things.setIamPolicy", "and 9 more")
	checkSays(t, doc.Find(".facts"), "Only resources whose name begins with projects/418230117/secrets/psp-", "Yes, until 02:34 UTC", "you alone")
	if n := allows.Find("tbody tr").Length(); n != 12 {
		t.Errorf("%d of 15 services are named, want 12", n)
	}
	if strings.Contains(text(allows), "No permission of it") {
		t.Error("the page says both that the role grants more and that it does not")
	}
}

func TestReview_UnknownPermissionsAreNoPermissions(t *testing.T) {
	t.Parallel()
	allows := reviewed(t, refusedDecline()).Find("[aria-labelledby=allows]")
	checkSays(t, allows, "What this role allows could not be read.", "It may allow to change who has access.")
	if strings.Contains(text(allows), "No permission of it") {
		t.Error("the page says that the role grants no more, which nobody knows")
	}
}

func TestReview_DecidesByTwoFormsOfWhichDecliningIsFolded(t *testing.T) {
	t.Parallel()
	m := reviewPage()
	doc := reviewed(t, m)
	for action, button := range map[string]string{m.ApproveAction: "Approve for 1 hour", m.DeclineAction: "Decline"} {
		form := doc.Find(`form[method=post][action="` + action + `"]`)
		if form.Find("[name=hint]").Length() != 1 || text(form.Find("button")) != button {
			t.Errorf("the form to %s has the button %q, want %q and the hints", action, text(form.Find("button")), button)
		}
	}
	details := doc.Find("details")
	if _, open := details.Attr("open"); open || details.Find("[name=reason][required]").Length() != 1 {
		t.Error("declining is not folded away, or takes no reason")
	}
}

func TestReview_RefusedUnfoldsTheReason(t *testing.T) {
	t.Parallel()
	doc := reviewed(t, refusedDecline())
	checkSummary(t, doc, "1 thing to correct. Nothing was declined.", []string{"Write a reason for declining"})
	if doc.Find("details[open] [name=reason][aria-invalid=true]").Length() != 1 {
		t.Error("the reason is folded away or not marked")
	}
}

func TestDecided_SaysWhatIsTrueNow(t *testing.T) {
	t.Parallel()
	for verdict, want := range map[view.Decision]string{
		view.DecisionApproved:  "Approved. alice@example.com has Cloud SQL Admin until 03:20 UTC",
		view.DecisionDeclined:  "Declined. Nothing was activated",
		view.DecisionWithdrawn: "Withdrawn. Nothing was activated",
		view.DecisionRevoked:   "Revoked: Cloud SQL Admin on payments-prod",
	} {
		doc := render(t, view.Decided(layout(), decidedPage(verdict)))
		if got := text(doc.Find("h1")); got != want {
			t.Errorf("the heading is %q, want %q", got, want)
		}
		checkSays(t, doc.Find(".notice.good"), "alice@example.com and carol@example.com were told by e-mail.")
	}
	doc := render(t, view.Decided(layout(), unreachedDecision()))
	checkSays(t, doc.Find(".notice.wait"), "The e-mail to alice@example.com was not sent. The access is active all the same.")
	if n := doc.Find(".notice.good").Length(); n != 0 {
		t.Error("the page says that somebody was notified who was not")
	}
}

func TestRevokeAsk_SendsWhatNamesTheActivation(t *testing.T) {
	t.Parallel()
	m := revokePage()
	doc := render(t, view.RevokeAsk(layout(), m))
	form := doc.Find(`main form[method=post][action="` + m.Action + `"]`)
	for name, want := range map[string]string{"role": m.Reference, "id": m.ID, "person": "alice@example.com"} {
		if got := form.Find("[type=hidden][name="+name+"]").AttrOr("value", ""); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	checkSays(t, form, "Revoke Cloud SQL Admin on payments-prod from alice@example.com now?", "It would end by itself at 03:04 UTC, in 50 min.")
}

func TestHoldings_EachNamesItsPerson(t *testing.T) {
	t.Parallel()
	doc := render(t, view.Holdings(layout(), holdingsPage()))
	controls := doc.Find(".entry-do .button")
	if controls.Length() != 2 {
		t.Errorf("%d activations can be revoked, want the 2 that have an address", controls.Length())
	}
	checkSays(t, controls.Last(), "Revoke Cloud SQL Admin on payments-prod from alice@example.com")
	checkSays(t, doc.Find(".lead"), "3 activations, as the IAM policy has it now.")
}

func TestProblems_OfARequestSayNothingOfIt(t *testing.T) {
	t.Parallel()
	main := text(render(t, view.Problem(layout(), view.NotReviewer("heidi@example.com"))).Find("main"))
	for _, part := range []string{"alice@", "bob@", "Cloud SQL", "payments-prod", "CASE-"} {
		if strings.Contains(main, part) {
			t.Errorf("who was not asked reads %q", part)
		}
	}
}

// An approval never shortens what is active, and does not change the window that a request of JIT
// Access 1.8.1 fixed.
func TestReview_SaysUntilWhenAnApprovalLasts(t *testing.T) {
	t.Parallel()
	plain, held, longer, fixed := reviewPage(), reviewPage(), reviewPage(), reviewPage()
	held.HeldUntil, longer.HeldUntil = until(20), until(100)
	fixed.Start, fixed.End = now, until(45)
	for _, test := range []struct {
		name          string
		page          view.ReviewPage
		until, button string
		facts         string
		moves         int
	}{
		{"not held", plain, "until about 03:20 UTC", "Approve for 1 hour", "1 hour, from your approval", 1},
		{"held for less", held, "until about 03:20 UTC", "Approve for 1 hour", "Yes, until 02:34 UTC", 1},
		{"held for longer", longer, "until 03:54 UTC", "Approve for 1 hour", "Yes, until 03:54 UTC", 0},
		{"fixed", fixed, "until 02:59 UTC", "Approve until 02:59 UTC", "02:14 UTC to 02:59 UTC, whenever it is approved", 0},
	} {
		doc := reviewed(t, test.page)
		form := doc.Find("form:has(#approve)")
		checkSays(t, form.Find("p"), "If you approve, alice@example.com has the role at once, "+test.until+".")
		checkSays(t, doc.Find(".facts"), test.facts)
		if got := text(form.Find("#approve")); got != test.button {
			t.Errorf("%s: the button says %q, want %q", test.name, got, test.button)
		}
		if n := form.Find("[data-ends]").Length(); n != test.moves {
			t.Errorf("%s: %d ends move with the clock, want %d", test.name, n, test.moves)
		}
	}
}

func TestHoldings_AreThoseThatLastFirstToEndFirst(t *testing.T) {
	t.Parallel()
	m := holdingsPage()
	m.Holdings = append(m.Holdings, view.Holding{Role: gke, Person: "dan@example.com", Start: until(-60), End: now})
	doc := render(t, view.Holdings(layout(), m))
	want := []string{
		"Secret Manager Secret Accessor of bob@example.com", "Compute Admin of carol@example.com", "Cloud SQL Admin of alice@example.com",
	}
	if diff := cmp.Diff(want, allText(doc.Find("h2.role"))); diff != "" {
		t.Errorf("activations (-want +got):\n%s", diff)
	}
	checkSays(t, doc.Find(".lead"), "3 activations, as the IAM policy has it now.")
}

// Once no page showed a binding that looks eligible and is not.
func TestHoldings_ShowsFindingsThoseThatGrantAccessFirst(t *testing.T) {
	t.Parallel()
	doc := render(t, view.Holdings(layout(), holdingsPage()))
	want := []string{
		"The binding of roles/owner on projects/payments-prod: a marker is negated. Write the marker alone. May grant access as it is written",
		"The binding of roles/viewer on projects/payments-prod: a marker is misspelt. Write the marker as it is. Grants nothing as it is written",
	}
	if diff := cmp.Diff(want, allText(doc.Find("section[aria-labelledby=findings] li"))); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if n := render(t, view.Holdings(layout(), view.HoldingsPage{Now: now})).Find("section").Length(); n != 0 {
		t.Errorf("%d sections about no finding", n)
	}
}

func TestHoldings_SaysWhatWasRevokedAndWhoWasNotReached(t *testing.T) {
	t.Parallel()
	m := revokedHolding()
	got := text(render(t, view.Holdings(layout(), m)).Find("main"))
	for _, want := range []string{"Revoked: ", "no longer has the role", m.Done.Unreached, "The access has ended all the same."} {
		if !strings.Contains(got, want) {
			t.Errorf("the page does not say %q: %s", want, got)
		}
	}
	m.Done.Repeated, m.Done.Unreached = true, ""
	if got := text(render(t, view.Holdings(layout(), m)).Find("main")); !strings.Contains(got, "nothing was changed now") || strings.Contains(got, "told") {
		t.Errorf("a repetition says: %s", got)
	}
}
