package web

import (
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

func (s *site) homePage(o eligibility.Overview, v *visit) view.HomePage {
	page := view.HomePage{Now: v.now, Gaps: view.Gaps{Groups: len(o.Unreadable), Indexed: len(o.FromIndex), Unread: o.Unread}}
	for _, standing := range o.Standings {
		page.Active = append(page.Active, s.activeModels(standing, v)...)
		if len(standing.Entitlements) > 0 {
			page.Projects = append(page.Projects, view.ProjectRoles{
				Project: standing.Project, Link: projectAddress(standing.Project), Roles: s.entitlementModels(standing, v),
			})
		}
	}
	return page
}

func (s *site) projectPage(standing eligibility.Standing, v *visit) view.ProjectPage {
	page := view.ProjectPage{
		Now: v.now, Project: standing.Project, Roles: s.entitlementModels(standing, v),
		Choose: activateAddress(standing.Project), Ask: askAddress(standing.Project), Gaps: view.Gaps{Groups: len(standing.Unreadable)},
	}
	for _, a := range s.activeModels(standing, v) {
		if a.Lapsed {
			page.Orphans = append(page.Orphans, a)
		}
	}
	return page
}

func (s *site) entitlementModels(standing eligibility.Standing, v *visit) []view.Entitlement {
	models := make([]view.Entitlement, 0, len(standing.Entitlements))
	for _, e := range standing.Entitlements {
		models = append(models, s.entitlementModel(standing, e, v))
	}
	return models
}

func (s *site) entitlementModel(standing eligibility.Standing, e eligibility.Entitlement, v *visit) view.Entitlement {
	m := view.Entitlement{
		Role: roleModel(e.Key, standing.Titles), Constraint: constraintModel(e.Constraint), Max: s.Desk.Rules().Maximum,
		Closed: s.closed(e), Reference: e.Reference().Encode(),
	}
	if a, ok := openOf(standing, e.Key, v.now); ok {
		m.ActiveUntil, m.EndLink = a.Window.End, endAddress(a)
	}
	switch {
	case s.closed(e) != "":
	case e.Constraint == eligibility.SelfApproval:
		m.ActivateLink = withRole(activateAddress(e.Project()), m.Reference)
	default:
		m.RequestLink = withRole(askAddress(e.Project()), m.Reference)
	}
	return m
}

// closed is why an entitlement cannot be activated now, "" when it can.
func (s *site) closed(e eligibility.Entitlement) string {
	if s.Desk.Rules().Guards(e.Project()) {
		return activation.GuardedMessage
	}
	return e.Closed
}

// againAddress is the form that activates an entitlement, or asks for it; ""
// where it is closed.
func (s *site) againAddress(e eligibility.Entitlement) string {
	switch {
	case s.closed(e) != "":
		return ""
	case e.Constraint == eligibility.SelfApproval:
		return withRole(activateAddress(e.Project()), e.Reference().Encode())
	}
	return withRole(askAddress(e.Project()), e.Reference().Encode())
}

// activeModels are what is active now.
func (s *site) activeModels(standing eligibility.Standing, v *visit) []view.Activation {
	var models []view.Activation
	for _, a := range standing.Activations {
		if !a.Window.Contains(v.now) {
			continue
		}
		m := view.Activation{
			Role: roleModel(a.Key, standing.Titles), Start: a.Window.Start, End: a.Window.End, Description: a.Description,
			Lapsed: true, EndLink: endAddress(a), ProjectLink: projectAddress(a.Project()),
		}
		if e, ok := entitlementOf(standing, a.Key); ok {
			m.Lapsed = false
			m.ExtendLink = s.againAddress(e)
		}
		models = append(models, m)
	}
	return models
}

// activatePage is the form for what was chosen. Choosing what is not the
// person's own, or needs a peer, is refused like what does not exist.
func (s *site) activatePage(standing eligibility.Standing, roles []eligibility.Reference, v *visit) (view.ActivatePage, error) {
	if s.Desk.Rules().Guards(standing.Project) {
		return view.ActivatePage{}, &Error{Kind: KindGuarded}
	}
	page := view.ActivatePage{
		Now: v.now, Project: standing.Project, ProjectLink: projectAddress(standing.Project),
		Action: activateAddress(standing.Project), CancelLink: projectAddress(standing.Project),
		Justification: s.justificationModel(),
	}
	for _, role := range roles {
		e, ok := entitlementOf(standing, keyOf(standing.Project, role))
		if !ok || e.Constraint != eligibility.SelfApproval {
			return view.ActivatePage{}, &Error{Kind: KindNotYours}
		}
		if e.Closed != "" {
			return view.ActivatePage{}, &Error{Kind: KindNoLonger, Message: e.Closed}
		}
		m := s.entitlementModel(standing, e, v)
		chosen := view.ChosenRole{Role: m.Role, Reference: m.Reference, Max: m.Max, ActiveUntil: m.ActiveUntil}
		if !slices.Contains(page.Roles, chosen) {
			page.Roles = append(page.Roles, chosen)
		}
	}
	return page, nil
}

// justificationModel gives the browser no pattern: Go's grammar is not HTML's,
// and a browser's own message could not say the hint.
func (s *site) justificationModel() view.Justification {
	return view.Justification{Hint: s.Desk.Rules().Hint, MaxLength: eligibility.MaxText}
}

func activatedPage(standing eligibility.Standing, id string, v *visit) (view.ActivatedPage, bool) {
	page := view.ActivatedPage{Now: v.now, Project: standing.Project, ProjectLink: projectAddress(standing.Project), ID: id}
	for _, a := range standing.Activations {
		if a.ID != id {
			continue
		}
		if role := roleModel(a.Key, standing.Titles); !slices.Contains(page.Roles, role) { // one that was revoked stands there twice
			page.Roles = append(page.Roles, role)
		}
		page.Description = a.Description
		if page.Start.IsZero() || a.Window.End.After(page.End) {
			page.Start, page.End = a.Window.Start, a.Window.End
		}
	}
	return page, len(page.Roles) > 0
}

func (s *site) endPage(standing eligibility.Standing, a eligibility.Activation, v *visit) view.EndPage {
	e, eligible := entitlementOf(standing, a.Key)
	return view.EndPage{
		Now: v.now, Role: roleModel(a.Key, standing.Titles), End: a.Window.End, Lapsed: !eligible,
		Peers:  e.Constraint == eligibility.MultiPartyApproval,
		Action: projectAddress(a.Project()) + "/end", KeepLink: homeAddress,
		Reference: keyReference(a.Key).Encode(), ID: a.ID,
	}
}

func (s *site) endedPage(standing eligibility.Standing, a eligibility.Activation, v *visit) view.EndedPage {
	page := view.EndedPage{Now: v.now, Role: roleModel(a.Key, standing.Titles), At: a.Window.End}
	if e, ok := entitlementOf(standing, a.Key); ok {
		page.AgainLink, page.Peers = s.againAddress(e), e.Constraint == eligibility.MultiPartyApproval
	}
	return page
}

// entitlementOf is what a person chooses of a key.
func entitlementOf(s eligibility.Standing, k eligibility.Key) (eligibility.Entitlement, bool) {
	return first(s.Entitlements, func(e eligibility.Entitlement) bool { return e.Key == k })
}

// roleModel is a role as people read it, under its title where that is known.
func roleModel(k eligibility.Key, titles map[string]string) view.Role {
	return view.Role{Name: k.Role, Title: titles[k.Role], Project: k.Project(), Limit: k.ResourceCondition}
}

func constraintModel(c eligibility.Constraint) view.Constraint {
	if c == eligibility.MultiPartyApproval {
		return view.MultiPartyApproval
	}
	return view.SelfApproval
}

// fields names the form's fields for the parts of an order.
var fields = map[activation.Field]string{
	activation.FieldRoles:         view.FieldRole,
	activation.FieldJustification: view.FieldJustification,
	activation.FieldDuration:      view.FieldDuration,
	activation.FieldReviewers:     view.FieldReviewer,
	activation.FieldReason:        view.FieldReason,
}

func faultModel(f activation.Fault) view.Fault {
	return view.Fault{Field: fields[f.Field], Message: f.Message, Summary: strings.TrimSuffix(f.Message, ".")}
}
