package web

import (
	"net/http"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// endForm asks a person to confirm that an activation is to end. A GET without a role is a form
// whose session had expired when it was sent.
func (s *site) endForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	role, ok, err := singleReference(r.URL.Query())
	if err != nil {
		return err
	}
	if !ok {
		return seeOther(w, r, lostFormAddress(projectAddress(r.PathValue("project")), "end"))
	}
	access, err := s.projectAccess(r, v)
	if err != nil {
		return err
	}
	key := keyOf(access.Project, role)
	if open, ok := access.Open(key, v.now); ok {
		s.render(w, r, v, http.StatusOK, view.End(s.layout(v, view.PartAccess), s.models(v).end(access, open)))
		return nil
	}
	// It may have ended since the page with the link was shown.
	if _, ok := access.Newest(key); !ok {
		return &Error{Kind: KindNotYours}
	}
	return seeOther(w, r, endedAddress(key))
}

// end ends an activation and redirects to the page that shows its end.
func (s *site) end(w http.ResponseWriter, r *http.Request, v *visit) error {
	role, id, err := activationOf(r, v)
	if err != nil {
		return err
	}
	key := keyOf(r.PathValue("project"), role)
	ended, err := s.Activator.End(r.Context(), activation.EndOrder{Person: v.Email, Key: key, ID: id})
	if err != nil {
		return err
	}
	done := s.record(r, v, ended.Event(event.End, nil))
	// Nobody gets mail about an end of their own. A failure to publish is logged by the notifier.
	s.Notifier.Notify(r.Context(), done, s.addresses(r, request.Claims{}, ""))
	return seeOther(w, r, endedAddress(key))
}

// activationOf reads which activation a form names, and adds it to the visit's attempt. The id is
// empty for an activation that JIT Access 1.8.1 wrote.
func activationOf(r *http.Request, v *visit) (role eligibility.Reference, id string, err error) {
	if err := parseForm(r); err != nil {
		return role, "", err
	}
	role, ok, err := singleReference(r.PostForm)
	if err != nil || !ok {
		return role, "", &Error{Kind: KindMalformed, Err: err}
	}
	id = r.PostForm.Get(view.FieldID)
	if id != "" && !eligibility.ValidID(id) {
		return role, "", &Error{Kind: KindMalformed}
	}
	v.attempt.ID = id
	v.attemptRoles(role)
	return role, id, nil
}

// ended shows an activation that has ended, as the policy holds it now. One that has been activated
// again since leads to the form that ends it.
func (s *site) ended(w http.ResponseWriter, r *http.Request, v *visit) error {
	role, ok, err := singleReference(r.URL.Query())
	if err != nil {
		return err
	}
	if !ok {
		return seeOther(w, r, projectAddress(r.PathValue("project")))
	}
	access, err := s.projectAccess(r, v)
	if err != nil {
		return err
	}
	key := keyOf(access.Project, role)
	if open, ok := access.Open(key, v.now); ok {
		return seeOther(w, r, endAddress(open))
	}
	newest, ok := access.Newest(key)
	if !ok {
		return &Error{Kind: KindNoLonger, Message: "No activation of yours for this role is in the IAM policy now."}
	}
	s.render(w, r, v, http.StatusOK, view.Ended(s.layout(v, view.PartAccess), s.models(v).ended(access, newest)))
	return nil
}

// keyOf is the key of an activation that an address or a form names.
func keyOf(project string, r eligibility.Reference) eligibility.Key {
	return eligibility.Key{Resource: "projects/" + project, Role: r.Role, ResourceCondition: r.ResourceCondition}
}
