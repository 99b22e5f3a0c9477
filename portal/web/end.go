package web

import (
	"net/http"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// endForm asks whether to end an activation. An address without a role is what
// an expired session makes of a sent form.
func (s *site) endForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	role, ok, err := onlyReference(r.URL.Query())
	if err != nil {
		return err
	}
	if !ok {
		return seeOther(w, r, lostAddress(projectAddress(r.PathValue("project")), "end"))
	}
	standing, err := s.standing(r, v)
	if err != nil {
		return err
	}
	key := keyOf(standing.Project, role)
	if open, ok := openOf(standing, key, v.now); ok {
		s.render(w, r, v, http.StatusOK, view.End(s.layout(v, view.PartAccess), s.endPage(standing, open, v)))
		return nil
	}
	if _, ok := newestOf(standing, key); !ok {
		return &Error{Kind: KindNotYours}
	}
	return seeOther(w, r, endedAddress(key))
}

// end ends an activation and leads to the page that says so.
func (s *site) end(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := r.ParseForm(); err != nil {
		return &Error{Kind: KindMalformed, Err: err}
	}
	role, ok, err := onlyReference(r.PostForm)
	if err != nil || !ok {
		return &Error{Kind: KindMalformed, Err: err}
	}
	id := r.PostForm.Get(view.FieldID)
	if id != "" && !eligibility.ValidID(id) {
		return &Error{Kind: KindMalformed}
	}
	v.attempt.ID = id
	v.tries(role)
	key := keyOf(r.PathValue("project"), role)
	ended, err := s.Desk.End(r.Context(), activation.EndOrder{Person: v.Email, Key: key, ID: id})
	if err != nil {
		return err
	}
	done := s.record(r, v, ended.Event(event.End, nil))
	if !ended.Repeated {
		s.Notifier.Tell(r.Context(), done, s.addresses(r, request.Claims{}, "")) // a system that was not told is in the log
	}
	return seeOther(w, r, endedAddress(key))
}

// ended shows an activation that is over, as the policy has it now.
func (s *site) ended(w http.ResponseWriter, r *http.Request, v *visit) error {
	role, ok, err := onlyReference(r.URL.Query())
	if err != nil {
		return err
	}
	if !ok {
		return seeOther(w, r, projectAddress(r.PathValue("project")))
	}
	standing, err := s.standing(r, v)
	if err != nil {
		return err
	}
	key := keyOf(standing.Project, role)
	if open, ok := openOf(standing, key, v.now); ok {
		return seeOther(w, r, endAddress(open))
	}
	newest, ok := newestOf(standing, key)
	if !ok {
		return &Error{Kind: KindNoLonger, Message: "No activation of yours for this role is in the IAM policy now."}
	}
	s.render(w, r, v, http.StatusOK, view.Ended(s.layout(v, view.PartAccess), s.endedPage(standing, newest, v)))
	return nil
}

func keyOf(project string, r eligibility.Reference) eligibility.Key {
	return eligibility.Key{Resource: "projects/" + project, Role: r.Role, ResourceCondition: r.ResourceCondition}
}

// openOf is the person's activation of a key that is open now. A newer binding
// may stand beside it: that of a request that was declined.
func openOf(s eligibility.Standing, k eligibility.Key, now time.Time) (eligibility.Activation, bool) {
	for _, a := range s.Activations {
		if a.Key == k && a.Window.Contains(now) {
			return a, true
		}
	}
	return eligibility.Activation{}, false
}

// newestOf is the person's newest activation of a key.
func newestOf(s eligibility.Standing, k eligibility.Key) (eligibility.Activation, bool) {
	for _, a := range s.Activations {
		if a.Key == k {
			return a, true
		}
	}
	return eligibility.Activation{}, false
}
