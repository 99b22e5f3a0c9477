package web

import (
	"errors"
	"net/http"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// activateForm asks for a justification and a duration. A GET without any role is a form whose
// session had expired when it was sent: the sign-in repeats its POST as a GET. A question mark at
// the end of the address says that the form of the project was sent with nothing chosen.
func (s *site) activateForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	roles, err := references(r.URL.Query())
	if err != nil {
		return err
	}
	if len(roles) == 0 && !r.URL.ForceQuery {
		return seeOther(w, r, lostFormAddress(projectAddress(r.PathValue("project")), "activate"))
	}
	choice, err := s.choose(r, v, roles)
	if err != nil {
		return err
	}
	if len(roles) == 0 {
		return s.chooseAgain(w, r, v, choice.Access, view.FieldRole)
	}
	page := s.models(v).activate(choice)
	if page.ID, err = eligibility.NewID(eligibility.SelfID, s.Random); err != nil {
		return err
	}
	s.render(w, r, v, http.StatusOK, view.Activate(s.layout(v, view.PartAccess), page))
	return nil
}

// choose has the desk judge the roles that a person chose on the project of the address.
func (s *site) choose(r *http.Request, v *visit, roles []eligibility.Reference) (activation.Choice, error) {
	choice, err := s.Activator.ChooseSelf(r.Context(), v.Email, r.PathValue("project"), roles)
	s.logUnreadable(r, v, choice.Access.Unreadable)
	return choice, err
}

// chooseAgain shows the project again to somebody who sent one of its two forms with nothing
// chosen. The field says which form it was.
func (s *site) chooseAgain(w http.ResponseWriter, r *http.Request, v *visit, access eligibility.ProjectAccess, form string) error {
	page := s.models(v).project(access)
	fault := view.Fault{Field: form, Summary: "Select at least 1 role to activate", Message: "Select at least 1 role to activate."}
	if form == view.FieldAsk {
		fault.Summary, fault.Message = "Select the role to request", "Select the role to request."
	}
	page.Faults = []view.Fault{fault}
	s.render(w, r, v, http.StatusUnprocessableEntity, view.Project(s.layout(v, view.PartAccess), page))
	return nil
}

// activate activates roles and leads to the page that shows them.
func (s *site) activate(w http.ResponseWriter, r *http.Request, v *visit) error {
	order, err := orderOf(r, v)
	if err != nil {
		return err
	}
	made, err := s.Activator.Self(r.Context(), order)
	if faultsOf(err) != nil {
		return s.activateAgain(w, r, v, order, err)
	}
	if err != nil {
		return err
	}
	done := s.record(r, v, made.Event())
	// The mailed links are for requests alone. A failure to publish is logged by the notifier.
	s.Notifier.Notify(r.Context(), done, event.Addresses{})
	return seeOther(w, r, activatedAddress(order.Project, order.ID))
}

// orderOf reads the order from a form, and adds it to the visit's attempt, so that a refusal is
// recorded with what it refused.
func orderOf(r *http.Request, v *visit) (activation.Order, error) {
	if err := parseForm(r); err != nil {
		return activation.Order{}, err
	}
	roles, err := references(r.PostForm)
	if err != nil {
		return activation.Order{}, err
	}
	order := activation.Order{
		Person: v.Email, Project: r.PathValue("project"), Roles: roles, ID: r.PostForm.Get(view.FieldID),
		Justification: r.PostForm.Get(view.FieldJustification), Duration: duration(r.PostForm),
	}
	v.attempt.ID, v.attempt.Justification = order.ID, order.Justification
	v.attemptRoles(order.Roles...)
	return order, nil
}

// attemptRoles adds the roles of a form to the visit's attempt. The binding that the form names is
// left out of the record: it is a hint that the browser sends, and nothing has verified it.
func (v *visit) attemptRoles(roles ...eligibility.Reference) {
	v.attempt.Grants = nil
	for _, r := range roles {
		v.attempt.Grants = append(v.attempt.Grants, event.Grant{Resource: v.attempt.Resource, Role: r.Role, Condition: r.ResourceCondition})
	}
}

// faultsOf returns what a person can correct in the form, or nil. An activation that would end
// before the one it replaces is corrected by a longer duration.
func faultsOf(err error) activation.Faults {
	var faults activation.Faults
	var refusal *activation.Refusal
	switch {
	case errors.As(err, &faults):
		return faults
	case errors.As(err, &refusal) && refusal.Reason == activation.Shortens:
		return activation.Faults{{Field: activation.FieldDuration, Message: refusal.Message}}
	}
	return nil
}

// activateAgain shows the form again as it was filled in, with what to correct. If the form cannot
// be shown, that error alone is recorded.
func (s *site) activateAgain(w http.ResponseWriter, r *http.Request, v *visit, order activation.Order, refused error) error {
	choice, err := s.choose(r, v, order.Roles)
	if err != nil {
		return err
	}
	s.recordRefusal(r, v, refused)
	if len(order.Roles) == 0 {
		return s.chooseAgain(w, r, v, choice.Access, view.FieldRole)
	}
	page := s.models(v).activate(choice)
	page.ID, page.Justification.Value = order.ID, order.Justification
	page.Duration, page.Faults = chosenDuration(r.PostForm), faultModels(faultsOf(refused))
	s.render(w, r, v, http.StatusUnprocessableEntity, view.Activate(s.layout(v, view.PartAccess), page))
	return nil
}

// activated shows an activation as the policy holds it now. Its address can be kept, so the
// activation may have ended or be gone.
func (s *site) activated(w http.ResponseWriter, r *http.Request, v *visit) error {
	id := r.PathValue("id")
	if !eligibility.ValidID(id) {
		return &Error{Kind: KindNoPage}
	}
	v.attempt.ID = id
	access, err := s.projectAccess(r, v)
	if err != nil {
		return err
	}
	page, ok := s.models(v).activated(access, id)
	if !ok {
		s.recordRefusal(r, v, &Error{Kind: KindNoLonger, Message: "no activation of theirs has this number"})
		s.render(w, r, v, kinds[KindNoLonger].status, view.Problem(s.layout(v, ""), view.NotActive(id)))
		return nil
	}
	s.render(w, r, v, http.StatusOK, view.Activated(s.layout(v, view.PartAccess), page))
	return nil
}
