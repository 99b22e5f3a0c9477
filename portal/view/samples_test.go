package view_test

import (
	"fmt"
	"maps"
	"time"

	"github.com/a-h/templ"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// now is the time at which all sample pages are shown.
var now = time.Date(2026, time.November, 19, 2, 14, 0, 0, time.UTC)

// until is a number of minutes after now.
func until(minutes int) time.Time {
	return now.Add(time.Duration(minutes) * time.Minute)
}

func layout() view.Layout {
	return view.Layout{
		Person: "alice@example.com", Domain: "example.com", Part: view.PartAccess, RequestID: "7f3c-21ab", Version: "0.1.0",
		Assets: view.Assets{Stylesheet: "/static/portal.css", Script: "/static/portal.js", Icons: "/static/icons.svg"},
	}
}

func role(project, name, title string) view.Role {
	return view.Role{Project: project, Name: "roles/" + name, Title: title}
}

func limited(r view.Role, condition string) view.Role {
	r.Limit = condition
	return r
}

func self(r view.Role, longest time.Duration) view.Entitlement {
	reference := "self." + r.Project + "." + r.Name
	return view.Entitlement{
		Role: r, Constraint: view.SelfApproval, Max: longest, Reference: reference,
		ActivateLink: "/projects/" + r.Project + "/activate?role=" + reference,
	}
}

func peers(r view.Role, longest time.Duration) view.Entitlement {
	return view.Entitlement{Role: r, Constraint: view.MultiPartyApproval, Max: longest, Reference: "peers." + r.Name}
}

func active(e view.Entitlement, until time.Time) view.Entitlement {
	e.ActiveUntil = until
	e.EndLink = "/activations/end?role=" + e.Reference
	return e
}

func closed(e view.Entitlement, why string) view.Entitlement {
	e.Closed, e.ActivateLink = why, ""
	return e
}

func activation(r view.Role, start, end time.Time, why string) view.Activation {
	return view.Activation{
		Role: r, Start: start, End: end, Description: "Self-approved, justification: " + why,
		ProjectLink: "/projects/" + r.Project,
		ExtendLink:  "/projects/" + r.Project + "/activate?role=self." + r.Project + "." + r.Name,
		EndLink:     "/activations/end?role=" + r.Name,
	}
}

var (
	compute = role("payments-prod", "compute.admin", "Compute Admin")
	gke     = role("payments-prod", "container.admin", "Kubernetes Engine Admin")
	secrets = limited(role("payments-prod", "secretmanager.secretAccessor", "Secret Manager Secret Accessor"),
		`resource.name.startsWith("projects/418230117/secrets/psp-")`)
	viewer = limited(role("data-warehouse", "bigquery.dataViewer", "BigQuery Data Viewer"),
		`resource.name.startsWith("projects/data-warehouse/datasets/refunds")`)
)

func paymentsRoles() []view.Entitlement {
	return []view.Entitlement{
		active(self(compute, 2*time.Hour), until(72)),
		self(gke, 4*time.Hour),
		self(secrets, time.Hour),
		peers(role("payments-prod", "cloudsql.admin", "Cloud SQL Admin"), 2*time.Hour),
		closed(self(role("payments-prod", "logging.admin", "Logging Admin"), 0),
			"Its terms cannot be read. An administrator must correct the eligible binding."),
		closed(peers(role("payments-prod", "cloudkms.admin", "Cloud KMS Admin"), 0),
			"Nobody could approve: you are the only one who is eligible. An administrator must add a peer."),
	}
}

func homePage() view.HomePage {
	lapsed := activation(role("edge-network", "dns.admin", ""), until(-60), until(180), "CASE-7 move the record back")
	lapsed.Lapsed, lapsed.ExtendLink = true, ""
	return view.HomePage{
		Now: now,
		Active: []view.Activation{
			activation(compute, until(-48), until(72), "BUG-12345 instance group does not scale"),
			lapsed,
			activation(viewer, until(-52), until(8), "CASE-9876 refund totals differ"),
			activation(gke, until(-60), now, "BUG-1 is over"),
		},
		Projects: []view.ProjectRoles{
			{Project: "data-warehouse", Link: "/projects/data-warehouse", Roles: []view.Entitlement{
				active(self(viewer, time.Hour), until(8)),
				peers(role("data-warehouse", "bigquery.admin", "BigQuery Admin"), 2*time.Hour),
			}},
			{Project: "payments-prod", Link: "/projects/payments-prod", Roles: paymentsRoles()},
		},
	}
}

func quietHome() view.HomePage {
	return view.HomePage{Now: now, Projects: []view.ProjectRoles{
		{Project: "ml-platform", Link: "/projects/ml-platform", Roles: []view.Entitlement{
			self(role("ml-platform", "storage.objectAdmin", "Storage Object Admin"), 2*time.Hour),
			self(role("ml-platform", "aiplatform.admin", "Vertex AI Administrator"), 90*time.Minute),
		}},
		{Project: "payments-prod", Link: "/projects/payments-prod", Roles: []view.Entitlement{
			peers(role("payments-prod", "cloudsql.admin", "Cloud SQL Admin"), 2*time.Hour),
		}},
	}}
}

// manyHome has 312 roles on 39 projects.
func manyHome() view.HomePage {
	m := view.HomePage{Now: now, Gaps: view.Gaps{Groups: 1, Indexed: 12, Unread: []string{"edge-prod"}}}
	for i := range 39 {
		project := fmt.Sprintf("fleet-%02d", i+1)
		p := view.ProjectRoles{Project: project, Link: "/projects/" + project}
		for j := range 8 {
			e := self(role(project, fmt.Sprintf("custom.role%d", j+1), fmt.Sprintf("Custom Role %d", j+1)), time.Hour)
			if j%3 == 0 {
				e = peers(e.Role, time.Hour)
			}
			p.Roles = append(p.Roles, e)
		}
		m.Projects = append(m.Projects, p)
	}
	return m
}

func searchedHome() view.HomePage {
	m := manyHome()
	m.Search = view.Search{Words: " ROLE2 fleet-1 "}
	return m
}

func projectPage() view.ProjectPage {
	return view.ProjectPage{
		Now: now, Project: "payments-prod", Roles: paymentsRoles(), Choose: "/projects/payments-prod/activate",
		Unlisted: []view.Activation{{
			Role: role("payments-prod", "viewer.custom", ""), Start: until(-30), End: until(30), Lapsed: true,
			EndLink: "/activations/end?role=custom",
		}},
	}
}

func emptyProject() view.ProjectPage {
	m := projectPage()
	m.Faults = []view.Fault{{
		Field: view.FieldRole, Summary: "Select at least 1 role to activate", Message: "Select at least 1 role.",
	}}
	return m
}

func activatePage() view.ActivatePage {
	return view.ActivatePage{
		Now: now, Project: "payments-prod", ProjectLink: "/projects/payments-prod", CancelLink: "/projects/payments-prod",
		Action: "/projects/payments-prod/activate", ID: "jit-Zm9vYmFyMTIzNDU2",
		Roles: []view.ChosenRole{
			{Role: gke, Reference: "self.gke", Max: 4 * time.Hour},
			{Role: secrets, Reference: "self.secrets", Max: 3 * time.Hour},
		},
		Justification: view.Justification{
			Hint:      "Bug or case number, then a few words. For example: BUG-12345 disk is full",
			MaxLength: 99,
		},
	}
}

func refusedActivation() view.ActivatePage {
	m := activatePage()
	m.Roles[1].Max = 4 * time.Hour
	m.Justification.Value = "pods restart all the time"
	m.Duration.Other = "300"
	m.Faults = []view.Fault{
		{Field: view.FieldJustification, Summary: "Write the justification as its hint says", Message: "Start with BUG- or CASE- and a number."},
		{Field: view.FieldDuration, Summary: "Choose a duration of at most 240 minutes", Message: "At most 240 minutes."},
		{Field: view.FieldRole, Summary: "Choose other roles", Message: "Choose at most 10 roles."},
	}
	return m
}

func extendPage() view.ActivatePage {
	m := activatePage()
	m.Roles = []view.ChosenRole{{Role: compute, Reference: "self.compute", Max: 2 * time.Hour, ActiveUntil: until(72)}}
	m.Justification.Value, m.Justification.Repeated = "BUG-12345 instance group does not scale", true
	return m
}

func tooEarlyToExtend() view.ActivatePage {
	m := extendPage()
	m.Roles[0].ActiveUntil = until(150)
	return m
}

func activatedPage() view.ActivatedPage {
	return view.ActivatedPage{
		Now: now, Project: "payments-prod", ProjectLink: "/projects/payments-prod", Roles: []view.Role{gke, secrets},
		Start: now, End: until(60), ID: "jit-Zm9vYmFyMTIzNDU2",
		Description: "Self-approved, justification: BUG-12345 pods restart all the time",
	}
}

func endPage() view.EndPage {
	return view.EndPage{
		Now: now, Role: compute, End: until(72), Action: "/activations/end", CancelLink: "/", Reference: "self.compute",
		ID: "jit-Zm9vYmFyMTIzNDU2",
	}
}

func endedPage() view.EndedPage {
	return view.EndedPage{Now: until(1), Role: compute, At: until(1), AgainLink: "/projects/payments-prod/activate"}
}

// endedMultiParty is a role that a peer has to approve, ended long ago.
func endedMultiParty() view.EndedPage {
	return view.EndedPage{Now: until(30), Role: sql, At: until(1), NeedsPeer: true, AgainLink: "/projects/payments-prod/request?role=x"}
}

// administeredProject is a project as an administrator sees it.
func administeredProject() view.ProjectPage {
	m := projectPage()
	m.HoldingsLink = "/projects/payments-prod/holdings"
	return m
}

// withLostForm is the layout of the page that follows a lost form.
func withLostForm(l view.Layout) view.Layout {
	l.LostForm = "Nothing was activated."
	return l
}

// pages is every page in every state.
func pages() map[string]templ.Component {
	l := layout()
	visitor := l
	visitor.Person, visitor.Part = "", ""
	all := map[string]templ.Component{
		"home":              view.Home(l, homePage()),
		"home-quiet":        view.Home(l, quietHome()),
		"home-empty":        view.Home(l, view.HomePage{Now: now}),
		"home-many":         view.Home(l, manyHome()),
		"home-search":       view.Home(l, searchedHome()),
		"project":           view.Project(l, administeredProject()),
		"project-errors":    view.Project(l, emptyProject()),
		"activate":          view.Activate(l, activatePage()),
		"activate-errors":   view.Activate(l, refusedActivation()),
		"extend":            view.Activate(l, extendPage()),
		"extend-later":      view.Activate(l, tooEarlyToExtend()),
		"activated":         view.Activated(l, activatedPage()),
		"end":               view.End(l, endPage()),
		"ended":             view.Ended(l, endedPage()),
		"project-lost":      view.Project(withLostForm(l), projectPage()),
		"ended-multi-party": view.Ended(l, endedMultiParty()),
		"error-signin":      view.Problem(visitor, view.NotSignedIn()),
	}
	maps.Copy(all, requestPages(l))
	l.Part = ""
	for name, m := range requestProblems() {
		all["error-"+name] = view.Problem(l, m)
	}
	for name, m := range problems() {
		all["error-"+name] = view.Problem(l, m)
	}
	return all
}

func problems() map[string]view.ProblemPage {
	return map[string]view.ProblemPage{
		"forbidden":  view.NotYours(),
		"nothing":    view.NothingHere(),
		"inactive":   view.NotActive("jit-AAAAAAAAAAAAAAAA"),
		"missing":    view.NoPage(),
		"unreadable": view.Unreadable(),
		"foreign":    view.ForeignForm(),
		"embedded":   view.ForeignPage(),
		"links":      view.TooManyLinks("/projects/payments-prod?role=x"),
		"guarded":    view.Guarded("admin-prod"),
		"outside":    view.OutOfScope("payments-prod", []string{"gcloud projects remove-iam-policy-binding payments-prod --member='user:alice@example.com' --role='roles/compute.admin' --condition='^;^expression=true;title=JIT access activation'"}),
		"moved":      view.OutOfScope("payments-prod", nil),
		"gone":       view.Gone(),
		"many":       view.TooManyPages(40*time.Second, view.Again{Link: "/"}),
		"much":       view.TooMuchDone(40*time.Second, view.Again{Link: "/"}),
		"many-acts": view.TooManyActs(40*time.Second, view.Again{Form: &view.Resend{
			Text: "Try again", Action: "/projects/payments-prod/activate", Fields: []view.HiddenField{{Name: "id", Value: "x"}},
		}}),
		"many-requests": view.TooManyRequests(40*time.Second, view.Again{Link: "/"}),
		"quota":         view.QuotaSpent(40*time.Second, view.Again{Link: "/"}),
		"busy":          view.Busy("/projects/payments-prod", nil),
		"busy-again": view.Busy("", &view.Resend{
			Text: "Try again", Action: "/projects/payments-prod/activate", Fields: []view.HiddenField{{Name: "id", Value: "x"}},
		}),
		"upstream":   view.NoAnswer("", "/"),
		"unsettled":  view.Unsettled(),
		"permission": view.NotPermitted("Cloud Asset Inventory", "cloudasset.assets.searchAllIamPolicies", "organizations/1"),
		"unknown":    view.Unexpected(),
		"conflict": view.Conflict(view.Resend{
			Text: "Try again", Action: "/activate", Fields: []view.HiddenField{{Name: "justification", Value: "BUG-1"}},
		}),
	}
}
