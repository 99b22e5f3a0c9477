package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// fieldUser names whose activation an administrator revokes.
const fieldUser = "user"

// holdings shows administrators who has what active on a project.
func (s *site) holdings(w http.ResponseWriter, r *http.Request, v *visit) error {
	project := r.PathValue("project")
	all, err := s.Access.Holdings(r.Context(), v.Email, project)
	if err != nil {
		return err
	}
	page := view.HoldingsPage{Now: v.now, Project: project, Done: s.models(v).revoked(all, project, r.URL.Query(), v.Email)}
	for _, f := range all.Findings {
		page.Findings = append(page.Findings, view.Finding(f))
	}
	for _, a := range all.Activations {
		if a.Window.Contains(v.now) {
			page.Holdings = append(page.Holdings, view.Holding{
				Role: roleModel(a.Key, all.Titles), Person: a.User, Start: a.Window.Start, End: a.Window.End, Description: a.Description,
				RevokeLink: revokeAddress(a),
			})
		}
	}
	s.render(w, r, v, http.StatusOK, view.Holdings(s.layout(v, view.PartAccess), page))
	return nil
}

// revokedAddress is the address of the list after an administrator revoked an activation. It names
// that activation, because the list shows only those that are active.
func revokedAddress(a eligibility.Activation, repeated bool, unreached []event.Unreached, v *visit) string {
	query := doneQuery(string(event.Revoked), revocationRecipients(a, v.Email), unreached)
	if repeated { // nobody was notified, so the page must not say who was
		query = url.Values{fieldDone: {string(event.Revoked)}, fieldTooLate: {tooLateEnded}}
	}
	query.Set(fieldBy, v.Email)
	query.Set(view.FieldRole, keyReference(a.Key).Encode())
	query.Set(fieldUser, a.User)
	query.Set(view.FieldID, a.ID)
	return holdingsAddress(a.Project()) + "?" + query.Encode()
}

// revocationRecipients get the mail about an activation that an administrator revoked.
func revocationRecipients(a eligibility.Activation, administrator string) []string {
	return []string{a.User, administrator}
}

// revoked is the activation that the address of the page says an administrator has just revoked. It
// is nil unless the policy agrees: an address can be written by hand.
func (m models) revoked(h eligibility.Holdings, project string, query url.Values, administrator string) *view.DecidedPage {
	role, ok, err := singleReference(query)
	if err != nil || !ok || query.Get(fieldDone) != string(event.Revoked) || query.Get(fieldBy) != administrator {
		return nil
	}
	of := func(a eligibility.Activation) bool {
		return a.Key == keyOf(project, role) && a.User == query.Get(fieldUser)
	}
	// The role is active, so it was not revoked, or has been activated again since.
	if slices.ContainsFunc(h.Activations, func(a eligibility.Activation) bool { return of(a) && a.Window.Contains(m.now) }) {
		return nil
	}
	i := slices.IndexFunc(h.Activations, func(a eligibility.Activation) bool { return of(a) && a.ID == query.Get(view.FieldID) })
	if i < 0 {
		return nil
	}
	a := h.Activations[i]
	page := view.DecidedPage{
		Now: m.now, Decision: view.DecisionRevoked, Role: roleModel(a.Key, h.Titles), Beneficiary: a.User,
		Start: a.Window.Start, End: a.Window.End, Repeated: query.Has(fieldTooLate),
	}
	if !page.Repeated {
		page.Notified, page.Unreached = flashOf(query, revocationRecipients(a, administrator)).mailNotice(a.User, administrator)
	}
	return &page
}

// revokeAddress is the address of the form that revokes somebody's activation.
func revokeAddress(a eligibility.Activation) string {
	query := url.Values{view.FieldRole: {keyReference(a.Key).Encode()}, fieldUser: {a.User}, view.FieldID: {a.ID}}
	return projectAddress(a.Project()) + "/revoke?" + query.Encode()
}

// administratorRevokeForm asks an administrator to confirm that an activation is to end.
func (s *site) administratorRevokeForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	project, query := r.PathValue("project"), r.URL.Query()
	role, ok, err := singleReference(query)
	if err != nil {
		return err
	}
	if !ok {
		return seeOther(w, r, lostFormAddress(holdingsAddress(project), "revoke"))
	}
	all, err := s.Access.Holdings(r.Context(), v.Email, project)
	if err != nil {
		return err
	}
	for _, a := range all.Activations {
		if a.Key == keyOf(project, role) && a.User == query.Get(fieldUser) && a.ID == query.Get(view.FieldID) && a.Window.Contains(v.now) {
			s.render(w, r, v, http.StatusOK, view.RevokeAsk(s.layout(v, view.PartAccess), view.RevokePage{
				Now: v.now, Role: roleModel(a.Key, all.Titles), Beneficiary: a.User, Start: a.Window.Start, End: a.Window.End, Description: a.Description,
				Action: projectAddress(project) + "/revoke", CancelLink: holdingsAddress(project),
				Reference: keyReference(a.Key).Encode(), ID: a.ID, Fields: []view.HiddenField{{Name: fieldUser, Value: a.User}},
			}))
			return nil
		}
	}
	// It has ended since the list was shown, and the list now shows it so.
	return seeOther(w, r, holdingsAddress(project))
}

// administratorRevoke ends somebody's activation for an administrator.
func (s *site) administratorRevoke(w http.ResponseWriter, r *http.Request, v *visit) error {
	role, id, err := activationOf(r, v)
	if err != nil {
		return err
	}
	user, err := eligibility.ParsePrincipal("user:" + r.PostForm.Get(fieldUser))
	if err != nil {
		return &Error{Kind: KindMalformed, Err: err}
	}
	project := r.PathValue("project")
	ended, err := s.Revoker.Revoke(r.Context(), activation.Revocation{By: v.Email, Subject: v.Subject, User: user.Email, Key: keyOf(project, role), ID: id})
	if err != nil {
		return err
	}
	done := s.record(r, v, ended.Event(event.Revoke, nil))
	unreached := s.Notifier.Notify(r.Context(), done, s.addresses(r, request.Claims{}, ""))
	return seeOther(w, r, revokedAddress(ended.Activation, ended.Repeated, unreached, v))
}
