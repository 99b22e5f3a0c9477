package web

import (
	"slices"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// models makes the view models of pages from the desk's results. It takes values, never requests.
type models struct {
	rules activation.Rules
	now   time.Time
}

func (s *site) models(v *visit) models { return models{s.Rules, v.now} }

// home lists a project only if the person is eligible there. What is active elsewhere is shown as
// active alone.
func (m models) home(o eligibility.Overview) view.HomePage {
	page := view.HomePage{Now: m.now, Gaps: view.Gaps{Groups: len(o.Unreadable), Indexed: len(o.FromIndex), Unread: o.Unread}}
	for _, access := range o.Projects {
		page.Active = append(page.Active, m.active(access)...)
		if len(access.Entitlements) > 0 {
			page.Projects = append(page.Projects, view.ProjectRoles{
				Project: access.Project, Link: projectAddress(access.Project), Roles: m.entitlements(access),
			})
		}
	}
	return page
}

// project shows what is active beside the entitlements only if none of them stands for it, so that
// nothing appears twice.
func (m models) project(access eligibility.ProjectAccess) view.ProjectPage {
	page := view.ProjectPage{
		Now: m.now, Project: access.Project, Roles: m.entitlements(access),
		Choose: activateAddress(access.Project), Ask: askAddress(access.Project), Gaps: view.Gaps{Groups: len(access.Unreadable)},
	}
	for _, a := range m.active(access) {
		if a.Lapsed {
			page.Unlisted = append(page.Unlisted, a)
		}
	}
	return page
}

func (m models) entitlements(access eligibility.ProjectAccess) []view.Entitlement {
	all := make([]view.Entitlement, 0, len(access.Entitlements))
	for _, e := range access.Entitlements {
		all = append(all, m.entitlement(access, e))
	}
	return all
}

// entitlement is an entitlement with its activation, if there is one. A closed one gets no link to
// a form.
func (m models) entitlement(access eligibility.ProjectAccess, e eligibility.Entitlement) view.Entitlement {
	model := view.Entitlement{
		Role: roleModel(e.Key, access.Titles), Max: m.rules.For(e).Maximum,
		Closed: e.Closed, Reference: e.Reference().Encode(),
	}
	if a, ok := access.Open(e.Key, m.now); ok {
		model.ActiveUntil, model.EndLink = a.Window.End, endAddress(a)
	}
	if e.Constraint == eligibility.MultiPartyApproval {
		model.Constraint, model.RequestLink = view.MultiPartyApproval, formAddressWith(e, model.Reference)
	} else {
		model.Constraint, model.ActivateLink = view.SelfApproval, formAddressWith(e, model.Reference)
	}
	return model
}

// active are the activations whose window is open now. One is lapsed until an entitlement is found
// that could extend it.
func (m models) active(access eligibility.ProjectAccess) []view.Activation {
	var all []view.Activation
	for _, a := range access.Activations {
		if !a.Window.Contains(m.now) {
			continue
		}
		model := view.Activation{
			Role: roleModel(a.Key, access.Titles), Start: a.Window.Start, End: a.Window.End, Description: a.Description,
			Lapsed: true, EndLink: endAddress(a), ProjectLink: projectAddress(a.Project()),
		}
		if e, ok := access.Offers(a.Key); ok {
			model.Lapsed, model.ExtendLink = false, formAddress(e)
		}
		all = append(all, model)
	}
	return all
}

// chosen is a role in the form that activates or requests it.
func (m models) chosen(access eligibility.ProjectAccess, e eligibility.Entitlement) view.ChosenRole {
	model := m.entitlement(access, e)
	return view.ChosenRole{Role: model.Role, Reference: model.Reference, Max: model.Max, ActiveUntil: model.ActiveUntil}
}

// activate is the form for the roles that were chosen.
func (m models) activate(c activation.Choice) view.ActivatePage {
	project := c.Access.Project
	page := view.ActivatePage{
		Now: m.now, Project: project, ProjectLink: projectAddress(project),
		Action: activateAddress(project), CancelLink: projectAddress(project), Justification: justificationModel(c.Limits),
	}
	for _, e := range c.Entitlements {
		page.Roles = append(page.Roles, m.chosen(c.Access, e))
	}
	return page
}

// request is the form for one role, with the peers who could approve it.
func (m models) request(c activation.Choice) view.RequestPage {
	e := c.Entitlements[0]
	page := view.RequestPage{
		Now: m.now, Project: e.Project(), ProjectLink: projectAddress(e.Project()),
		Action: askAddress(e.Project()), CancelLink: projectAddress(e.Project()), Role: m.chosen(c.Access, e),
		MinReviewers: c.Limits.MinReviewers, MaxReviewers: c.Limits.MaxReviewers, Expires: c.Limits.RequestTimeout,
		Justification: justificationModel(c.Limits), Unreadable: len(c.Peers.Unreadable),
	}
	for _, p := range c.Peers.People {
		reference := e.Reference()
		reference.Hint = p.Evidence
		page.Peers = append(page.Peers, view.Peer{Email: p.Email, Value: p.Email + " " + reference.Encode()}) // see reviewersOf
	}
	return page
}

// justificationModel gives the browser no pattern to check: Go's syntax is not that of HTML, and a
// browser's own message could not show the hint.
func justificationModel(l activation.Limits) view.Justification {
	return view.Justification{Hint: l.Hint, MaxLength: eligibility.MaxText}
}

// activated is the page of an activation. It is false if the policy holds nothing with its id. A
// revoked activation has two bindings with its id, so its role would appear twice and its window is
// the one that ends last.
func (m models) activated(access eligibility.ProjectAccess, id string) (view.ActivatedPage, bool) {
	page := view.ActivatedPage{Now: m.now, Project: access.Project, ProjectLink: projectAddress(access.Project), ID: id}
	for _, a := range access.Activations {
		if a.ID != id {
			continue
		}
		if role := roleModel(a.Key, access.Titles); !slices.Contains(page.Roles, role) {
			page.Roles = append(page.Roles, role)
		}
		page.Description = a.Description
		if page.Start.IsZero() || a.Window.End.After(page.End) {
			page.Start, page.End = a.Window.Start, a.Window.End
		}
	}
	return page, len(page.Roles) > 0
}

// end asks whether to end an activation. Whether it can be activated again depends on the
// entitlements of now.
func (m models) end(access eligibility.ProjectAccess, a eligibility.Activation) view.EndPage {
	e, eligible := access.Offers(a.Key)
	return view.EndPage{
		Now: m.now, Role: roleModel(a.Key, access.Titles), End: a.Window.End, Lapsed: !eligible,
		NeedsPeer: e.Constraint == eligibility.MultiPartyApproval,
		Action:    projectAddress(a.Project()) + "/end", CancelLink: homeAddress,
		Reference: keyReference(a.Key).Encode(), ID: a.ID,
	}
}

// ended offers to activate the role again while the person is eligible for it.
func (m models) ended(access eligibility.ProjectAccess, a eligibility.Activation) view.EndedPage {
	page := view.EndedPage{Now: m.now, Role: roleModel(a.Key, access.Titles), At: a.Window.End}
	if e, ok := access.Offers(a.Key); ok {
		page.AgainLink, page.NeedsPeer = formAddress(e), e.Constraint == eligibility.MultiPartyApproval
	}
	return page
}

// roleModel is a role as people read it, with its title where that is known.
func roleModel(k eligibility.Key, titles map[string]string) view.Role {
	return view.Role{Name: k.Role, Title: titles[k.Role], Project: k.Project(), Limit: k.ResourceCondition}
}

// faultModels are the faults of a form. Its fields are named as those of an order, and the summary
// of a page has no full stops.
func faultModels(faults activation.Faults) []view.Fault {
	all := make([]view.Fault, len(faults))
	for i, f := range faults {
		all[i] = view.Fault{Field: string(f.Field), Message: f.Message, Summary: strings.TrimSuffix(f.Message, ".")}
	}
	return all
}
