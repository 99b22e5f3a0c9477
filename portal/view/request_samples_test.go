package view_test

import (
	"fmt"
	"time"

	"github.com/a-h/templ"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

var sql = role("payments-prod", "cloudsql.admin", "Cloud SQL Admin")

func askableProject() view.ProjectPage {
	m := projectPage()
	m.Ask = "/projects/payments-prod/request"
	m.Roles = append(m.Roles, active(peers(role("payments-prod", "cloudkms.viewer", "Cloud KMS Viewer"), time.Hour), until(20)))
	return m
}

func nothingToAsk() view.ProjectPage {
	m := askableProject()
	m.Faults = []view.Fault{{Field: view.FieldAsk, Summary: "Select a role to request", Message: "Select 1 role."}}
	return m
}

// requestPage has n peers. The first two are chosen, and were asked before.
func requestPage(n int) view.RequestPage {
	m := view.RequestPage{
		Now: now, Project: "payments-prod", ProjectLink: "/projects/payments-prod", CancelLink: "/projects/payments-prod",
		Action: "/projects/payments-prod/request", ID: "mpa-8qvY2wQn4LrT0aXc", Expires: time.Hour,
		Role:         view.ChosenRole{Role: sql, Reference: "peers.cloudsql", Max: 2 * time.Hour},
		MinReviewers: 1, MaxReviewers: 10,
		Justification: view.Justification{Hint: "Bug or case number, then a few words.", MaxLength: 99},
	}
	for i := range n {
		m.Peers = append(m.Peers, view.Peer{
			Email: fmt.Sprintf("peer%03d@example.com", i+1), Value: fmt.Sprintf("v%d", i+1), Chosen: i < 2, Before: i < 2,
		})
	}
	return m
}

func refusedRequest() view.RequestPage {
	m := requestPage(7)
	for i := range m.Peers {
		m.Peers[i].Chosen = false
	}
	m.Unreadable, m.Duration.Other = 2, "300"
	m.Faults = []view.Fault{
		{Field: view.FieldReviewer, Summary: "Choose at least 1 reviewer", Message: "Choose at least 1 reviewer."},
		{Field: view.FieldJustification, Summary: "Write a justification", Message: "Write a justification."},
		{Field: view.FieldDuration, Summary: "Choose a duration of at most 120 minutes", Message: "At most 120 minutes."},
		{Field: view.FieldRole, Summary: "Choose another role", Message: "Choose another role."},
	}
	return m
}

func activeRequest() view.RequestPage {
	m := requestPage(7)
	m.Role.ActiveUntil = until(20)
	return m
}

// askedPage is a waiting request, seen by its beneficiary.
func askedPage() view.AskedPage {
	return view.AskedPage{
		Now: now, State: view.Waiting, Role: sql, Beneficiary: "alice@example.com",
		Reviewers: []string{"bob@example.com", "carol@example.com"}, Justification: "CASE-9876 restore the orders table",
		Asked: now, Expires: until(60), Duration: time.Hour, ID: "mpa-8qvY2wQn4LrT0aXc",
		ProjectLink: "/projects/payments-prod", SelfLink: "/requests/abc", Link: "https://jit.example.com/requests/abc",
		WithdrawAction: "/requests/abc/withdraw", ResendAction: "/requests/abc/resend",
		Hints: []view.HiddenField{{Name: "hint", Value: "0"}}, Mail: &view.Mail{Copied: true},
	}
}

// decidedRequest is a request of an hour ago that has been decided or has expired.
func decidedRequest(state view.RequestState) view.AskedPage {
	m := askedPage()
	m.State, m.Asked, m.Expires, m.WithdrawAction, m.ResendAction, m.Mail = state, until(-60), now, "", "", nil
	m.AgainLink = "/projects/payments-prod/request?role=peers.cloudsql"
	return m
}

func voidRequest() view.AskedPage {
	m := decidedRequest(view.Void)
	m.Void = "The rules for justifications or durations have changed since it was asked for. It has to be asked for again."
	return m
}

func approvedRequest() view.AskedPage {
	m := decidedRequest(view.Approved)
	m.Start, m.End, m.AgainLink, m.DecidedAt = until(-10), until(50), "", until(-10)
	m.Description = "Approved by bob@example.com, justification: CASE-9876 restore the orders table"
	m.EndLink, m.RevokeLink = "/activations/end?role=x", "/requests/abc/revoke"
	return m
}

func declinedRequest() view.AskedPage {
	m := decidedRequest(view.Declined)
	m.DecidedBy, m.Reason = "bob@example.com", "Use the read replica; the primary is frozen until Friday."
	m.Description = "Declined by bob@example.com: " + m.Reason
	return m
}

// tooLateRequest is what somebody sees whose decision came too late.
func tooLateRequest() view.AskedPage {
	m := declinedRequest()
	m.TooLate, m.DecidedAt = view.TooLateDecided, until(-5)
	return m
}

// endedRequest is a request whose window was ended early.
func endedRequest() view.AskedPage {
	m := decidedRequest(view.Over)
	m.EndedEarly, m.Start, m.End, m.TooLate, m.DecidedAt = true, until(-10), until(-5), view.TooLateEnded, until(-10)
	return m
}

func unreachedRequest() view.AskedPage {
	m := askedPage()
	m.Mail = &view.Mail{Unreached: append([]string{m.Beneficiary}, m.Reviewers...), Reason: "The mail server did not take it.", ResentAt: now}
	return m
}

// uncertainRequest is a request whose beneficiary may not be eligible any more.
func uncertainRequest() view.AskedPage {
	m := askedPage()
	m.EligibilityUnknown = true
	return m
}

func partlyReached() view.AskedPage {
	m := askedPage()
	m.Mail.Unreached = []string{"carol@example.com"}
	return m
}

func reviewPage() view.ReviewPage {
	return view.ReviewPage{
		Now: until(6), Role: sql, Beneficiary: "alice@example.com", Reviewers: []string{"bob@example.com", "carol@example.com"},
		Justification: "CASE-9876 restore the orders table", Asked: now, Expires: until(60), Duration: time.Hour,
		ID: "mpa-8qvY2wQn4LrT0aXc", ApproveAction: "/requests/abc/approve", DeclineAction: "/requests/abc/decline",
		Hints: []view.HiddenField{{Name: "hint", Value: "0"}}, MaxReason: 200,
		Allows: &view.Permissions{
			Title: "Cloud SQL Admin", Description: "Full control of Cloud SQL resources.", Total: 75,
			Counts: []view.ServiceCount{{Service: "cloudsql", Count: 74, Example: "cloudsql.instances.get"}, {Service: "serviceusage", Count: 1}},
		},
	}
}

// dangerousReview is for a role that changes who has access, that is narrowed, and that is active
// already.
func dangerousReview() view.ReviewPage {
	m := reviewPage()
	m.Role, m.HeldUntil, m.Reviewers = secrets, until(20), []string{"bob@example.com"}
	m.Allows = &view.Permissions{Total: 40}
	for i := range 15 {
		m.Allows.GrantsMore = append(m.Allows.GrantsMore, fmt.Sprintf("service%02d.things.setIamPolicy", i))
		m.Allows.Counts = append(m.Allows.Counts, view.ServiceCount{Service: fmt.Sprintf("service%02d", i), Count: 3})
	}
	return m
}

func refusedDecline() view.ReviewPage {
	m := reviewPage()
	m.Allows = nil
	m.Faults = []view.Fault{{Field: view.FieldReason, Summary: "Write a reason for declining", Message: "Write a reason."}}
	return m
}

func decidedPage(verdict view.Decision) view.DecidedPage {
	m := view.DecidedPage{
		Now: until(6), Decision: verdict, Role: sql, Beneficiary: "alice@example.com",
		Justification: "CASE-9876 restore the orders table", Notified: []string{"alice@example.com", "carol@example.com"},
		RequestLink: "/requests/abc",
	}
	switch verdict {
	case view.DecisionApproved:
		m.Start, m.End, m.RevokeLink = until(6), until(66), "/requests/abc/revoke"
	case view.DecisionDeclined:
		m.Reason = "Use the read replica."
	case view.DecisionRevoked:
		m.End = until(6)
	}
	return m
}

func unreachedDecision() view.DecidedPage {
	m := decidedPage(view.DecisionApproved)
	m.Notified, m.Unreached = nil, "The e-mail to alice@example.com was not sent."
	return m
}

func revokePage() view.RevokePage {
	return view.RevokePage{
		Now: now, Role: sql, Beneficiary: "alice@example.com", Start: until(-10), End: until(50),
		Description: "Approved by bob@example.com, justification: CASE-9876", Action: "/activations/revoke",
		CancelLink: "/projects/payments-prod/active", Reference: "peers.cloudsql", ID: "mpa-8qvY2wQn4LrT0aXc",
		Fields: []view.HiddenField{{Name: "person", Value: "alice@example.com"}},
	}
}

func holdingsPage() view.HoldingsPage {
	return view.HoldingsPage{Now: now, Project: "payments-prod", ProjectLink: "/projects/payments-prod", Holdings: []view.Holding{
		{Role: sql, Person: "alice@example.com", Start: until(-10), End: until(50), Description: "CASE-9876", RevokeLink: "/revoke?person=alice"},
		{Role: secrets, Person: "bob@example.com", Start: until(-30), End: until(30), RevokeLink: "/revoke?person=bob"},
		{Role: compute, Person: "carol@example.com", Start: until(-30), End: until(30)},
	}, Findings: []view.Finding{
		{Seen: "The binding of roles/viewer on projects/payments-prod: a marker is misspelt.", Write: "Write the marker as it is."},
		{Seen: "The binding of roles/owner on projects/payments-prod: a marker is negated.", Write: "Write the marker alone.", Grants: true},
	}}
}

// revokedHolding is the list after its reader has revoked something and somebody was not notified.
func revokedHolding() view.HoldingsPage {
	m, done := holdingsPage(), decidedPage(view.DecisionRevoked)
	done.Notified, done.Unreached, done.RequestLink = nil, "The e-mail to alice@example.com was not sent.", ""
	m.Done = &done
	return m
}

// requestPages is every page of a request in every state.
func requestPages(l view.Layout) map[string]templ.Component {
	reviewer := l
	reviewer.Person = "bob@example.com"
	all := map[string]templ.Component{
		"project-ask":        view.Project(l, askableProject()),
		"project-ask-errors": view.Project(l, nothingToAsk()),
		"request-none":       view.Request(l, requestPage(0)),
		"request-one":        view.Request(l, requestPage(1)),
		"request":            view.Request(l, requestPage(7)),
		"request-many":       view.Request(l, requestPage(200)),
		"request-errors":     view.Request(l, refusedRequest()),
		"request-extend":     view.Request(l, activeRequest()),
		"asked":              view.Asked(l, askedPage()),
		"asked-unsent":       view.Asked(l, unreachedRequest()),
		"asked-partly-sent":  view.Asked(l, partlyReached()),
		"asked-uncertain":    view.Asked(l, uncertainRequest()),
		"asked-approved":     view.Asked(l, approvedRequest()),
		"asked-declined":     view.Asked(l, declinedRequest()),
		"asked-overtaken":    view.Asked(reviewer, tooLateRequest()),
		"asked-ended":        view.Asked(l, endedRequest()),
		"asked-void":         view.Asked(l, voidRequest()),
		"review":             view.Review(reviewer, reviewPage()),
		"review-dangerous":   view.Review(reviewer, dangerousReview()),
		"review-errors":      view.Review(reviewer, refusedDecline()),
		"decided-unreached":  view.Decided(reviewer, unreachedDecision()),
		"revoke":             view.RevokeAsk(reviewer, revokePage()),
		"holdings":           view.Holdings(reviewer, holdingsPage()),
		"holdings-revoked":   view.Holdings(reviewer, revokedHolding()),
		"holdings-none":      view.Holdings(reviewer, view.HoldingsPage{Now: now, Project: "payments-prod"}),
	}
	for _, s := range []view.RequestState{view.Over, view.Withdrawn, view.Spent, view.Expired, view.Ineligible} {
		all["asked-"+string(s)] = view.Asked(l, decidedRequest(s))
	}
	for _, v := range []view.Decision{view.DecisionApproved, view.DecisionDeclined, view.DecisionWithdrawn, view.DecisionRevoked} {
		all["decided-"+string(v)] = view.Decided(reviewer, decidedPage(v))
	}
	return all
}

func requestProblems() map[string]view.ProblemPage {
	return map[string]view.ProblemPage{
		"not-reviewer":        view.NotReviewer("heidi@example.com"),
		"own-request":         view.OwnRequest([]string{"bob@example.com", "carol@example.com"}, "/requests/abc", ""),
		"own-request-too":     view.OwnRequest(nil, "/requests/abc", "alice@example.com"),
		"expired":             view.RequestExpired(""),
		"expired-own":         view.RequestExpired("/projects/payments-prod/request?role=x"),
		"ineligible":          view.NoLongerEligible("alice@example.com"),
		"reviewer-ineligible": view.ReviewerNoLongerEligible(),
		"group-unreadable":    view.GroupUnreadable("/requests/abc", nil),
		"group-unread-again": view.GroupUnreadable("", &view.Resend{
			Text: "Try again", Action: "/requests/abc/approve", Fields: []view.HiddenField{{Name: "mine", Value: "x"}},
		}),
		"binding-changed": view.BindingChanged(),
		"spent":           view.RequestSpent("/requests/abc"),
		"damaged-link":    view.DamagedLink(),
	}
}

// filledRequests is every page of a request with a value in every string, in the states in which
// they show the most.
func filledRequests(l view.Layout, value string) map[string]templ.Component {
	ask := filled(askableProject(), value)
	for i := range ask.Roles {
		ask.Roles[i].Closed, ask.Roles[i].Constraint = "", view.MultiPartyApproval
	}
	asked, declined, approved := filled(partlyReached(), value), filled(declinedRequest(), value), filled(approvedRequest(), value)
	asked.State, declined.State, approved.State = view.Waiting, view.Declined, view.Approved
	all := map[string]templ.Component{
		"ask": view.Project(l, ask), "request": view.Request(l, filled(refusedRequest(), value)),
		"asked": view.Asked(l, asked), "declined": view.Asked(l, declined), "approved": view.Asked(l, approved),
		"unknown": view.Asked(l, filled(approvedRequest(), value)),
		"review":  view.Review(l, filled(dangerousReview(), value)), "decline": view.Review(l, filled(refusedDecline(), value)),
		"revoke": view.RevokeAsk(l, filled(revokePage(), value)), "holdings": view.Holdings(l, filled(revokedHolding(), value)),
		"not-reviewer": view.Problem(l, view.NotReviewer(value)), "ineligible": view.Problem(l, view.NoLongerEligible(value)),
		"own": view.Problem(l, view.OwnRequest([]string{value}, value, value)),
	}
	for _, v := range []view.Decision{view.DecisionApproved, view.DecisionDeclined, view.DecisionWithdrawn, view.DecisionRevoked} {
		m := filled(decidedPage(v), value)
		m.Decision = v
		all["decided-"+string(v)] = view.Decided(l, m)
	}
	return all
}
