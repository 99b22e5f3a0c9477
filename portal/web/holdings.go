package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// fieldUser is whose activation an administrator revokes.
const fieldUser = "user"

// holdings shows administrators who has what active on a project.
func (s *site) holdings(w http.ResponseWriter, r *http.Request, v *visit) error {
	all, err := s.administered(r, v)
	if err != nil {
		return err
	}
	project := r.PathValue("project")
	page := view.HoldingsPage{Now: v.now, Project: project, Done: taken(all, r, v)}
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

// administered is what everybody has on a project, for administrators; others
// are told what they are told of any project that is not theirs.
func (s *site) administered(r *http.Request, v *visit) (eligibility.Holdings, error) {
	project := r.PathValue("project")
	included, err := s.Desk.Administers(r.Context(), v.Email)
	if !included || !eligibility.ProjectCanExist(project) {
		return eligibility.Holdings{}, &Error{Kind: KindNotYours, Err: err}
	}
	return s.Catalog.Holdings(r.Context(), project)
}

// takenAddress is the list after an activation was taken. It names it, because
// the list shows only what is active.
func takenAddress(a eligibility.Activation, repeated bool, untold []event.Untold, v *visit) string {
	query := told(string(view.VerdictRevoked), toldOf(a, v), untold)
	if repeated {
		query = url.Values{fieldDone: {string(view.VerdictRevoked)}, fieldBefore: {beforeEnded}}
	}
	query.Set(fieldBy, v.Email)
	query.Set(view.FieldRole, keyReference(a.Key).Encode())
	query.Set(fieldUser, a.User)
	query.Set(view.FieldID, a.ID)
	return holdingsAddress(a.Project()) + "?" + query.Encode()
}

// toldOf is who a mail about an activation that was taken goes to.
func toldOf(a eligibility.Activation, v *visit) []string { return []string{a.User, v.Email} }

// taken is what an administrator has just revoked, by the address of the page,
// where the policy shows it so; nil where it does not.
func taken(h eligibility.Holdings, r *http.Request, v *visit) *view.DecidedPage {
	all, query := h.Activations, r.URL.Query()
	role, ok, err := onlyReference(query)
	if err != nil || !ok || query.Get(fieldDone) != string(view.VerdictRevoked) || query.Get(fieldBy) != v.Email {
		return nil
	}
	of := func(a eligibility.Activation) bool {
		return a.Key == keyOf(r.PathValue("project"), role) && a.User == query.Get(fieldUser)
	}
	if slices.ContainsFunc(all, func(a eligibility.Activation) bool { return of(a) && a.Window.Contains(v.now) }) {
		return nil
	}
	i := slices.IndexFunc(all, func(a eligibility.Activation) bool { return of(a) && a.ID == query.Get(view.FieldID) })
	if i < 0 {
		return nil
	}
	page := view.DecidedPage{
		Now: v.now, Verdict: view.VerdictRevoked, Role: roleModel(all[i].Key, h.Titles), Beneficiary: all[i].User,
		Start: all[i].Window.Start, End: all[i].Window.End, Repeated: query.Has(fieldBefore),
	}
	if !page.Repeated {
		whoWasTold(&page, saidOf(r, toldOf(all[i], v)), v)
	}
	return &page
}

func revokeAddress(a eligibility.Activation) string {
	query := url.Values{view.FieldRole: {keyReference(a.Key).Encode()}, fieldUser: {a.User}, view.FieldID: {a.ID}}
	return projectAddress(a.Project()) + "/revoke?" + query.Encode()
}

// administratorRevokeForm asks an administrator whether to end an activation.
func (s *site) administratorRevokeForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	project, query := r.PathValue("project"), r.URL.Query()
	role, ok, err := onlyReference(query)
	if err != nil {
		return err
	}
	if !ok {
		return seeOther(w, r, lostAddress(holdingsAddress(project), "revoke"))
	}
	all, err := s.administered(r, v)
	if err != nil {
		return err
	}
	for _, a := range all.Activations {
		if a.Key == keyOf(project, role) && a.User == query.Get(fieldUser) && a.ID == query.Get(view.FieldID) && a.Window.Contains(v.now) {
			s.render(w, r, v, http.StatusOK, view.RevokeAsk(s.layout(v, view.PartAccess), view.RevokePage{
				Now: v.now, Role: roleModel(a.Key, all.Titles), Beneficiary: a.User, Start: a.Window.Start, End: a.Window.End, Description: a.Description,
				Action: projectAddress(project) + "/revoke", KeepLink: holdingsAddress(project),
				Reference: keyReference(a.Key).Encode(), ID: a.ID, Fields: []view.HiddenField{{Name: fieldUser, Value: a.User}},
			}))
			return nil
		}
	}
	return seeOther(w, r, holdingsAddress(project))
}

// administratorRevoke ends an activation for an administrator.
func (s *site) administratorRevoke(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := r.ParseForm(); err != nil {
		return &Error{Kind: KindMalformed, Err: err}
	}
	role, ok, err := onlyReference(r.PostForm)
	if err != nil || !ok {
		return &Error{Kind: KindMalformed, Err: err}
	}
	user, err := eligibility.ParsePrincipal("user:" + r.PostForm.Get(fieldUser))
	if err != nil {
		return &Error{Kind: KindMalformed, Err: err}
	}
	id := r.PostForm.Get(view.FieldID)
	if id != "" && !eligibility.ValidID(id) {
		return &Error{Kind: KindMalformed}
	}
	v.attempt.ID = id
	v.tries(role)
	project := r.PathValue("project")
	ended, err := s.Desk.Revoke(r.Context(), activation.Revocation{By: v.Email, User: user.Email, Key: keyOf(project, role), ID: id})
	if err != nil {
		return unadministered(err)
	}
	done := s.record(r, v, ended.Event(event.Revoke, nil))
	var untold []event.Untold
	if !ended.Repeated {
		untold = s.Notifier.Tell(r.Context(), done, s.addresses(r, request.Claims{}, ""))
	}
	return seeOther(w, r, takenAddress(ended.Activation, ended.Repeated, untold, v))
}

// unadministered tells who is no administrator what they are told of any project
// that is not theirs: there is no request that could name them.
func unadministered(err error) error {
	var refusal *activation.Refusal
	if errors.As(err, &refusal) && refusal.Reason == activation.NotReviewer {
		return &Error{Kind: KindNotYours, Err: err}
	}
	return err
}
