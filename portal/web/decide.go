package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// showRequest shows a request as it is now: to its beneficiary, and to who
// decided or could, with the decision to be made while it waits.
func (s *site) showRequest(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, err := s.look(r, v)
	if err != nil {
		return err
	}
	if page.toDecide() {
		if page.Refused != nil {
			return page.Refused
		}
		s.render(w, r, v, http.StatusOK, view.Review(s.layout(v, view.PartAccess), page.review()))
		return nil
	}
	if page.justDid() {
		s.render(w, r, v, http.StatusOK, view.Decided(s.layout(v, view.PartAccess), page.decided()))
		return nil
	}
	status := http.StatusOK
	if page.Status.State == activation.Expired {
		status = http.StatusGone
	}
	s.render(w, r, v, status, view.Asked(s.layout(v, view.PartAccess), page.asked()))
	return nil
}

// look redeems the request of the address and has the desk look at it.
func (s *site) look(r *http.Request, v *visit) (requestPage, error) {
	claims, err := s.redeemed(r, v)
	if err != nil {
		return requestPage{}, err
	}
	return s.lookAt(r, v, claims)
}

func (s *site) lookAt(r *http.Request, v *visit, claims request.Claims) (requestPage, error) {
	token := r.PathValue("token")
	review, err := s.Requests.Look(r.Context(), claims, v.Email)
	s.noteUnreadable(r, v, review.Unreadable)
	s.noteRole(r, v, claims.Key.Role, review.RoleError)
	return requestPage{
		Review: review, now: v.now, here: requestAddress(token), link: s.addresses(r, claims, token).Request,
		said: saidOf(r.URL.Query(), everybody(claims)),
	}, err
}

// approve opens the window that was asked for.
func (s *site) approve(w http.ResponseWriter, r *http.Request, v *visit) error {
	claims, err := s.decision(r, v)
	if err != nil {
		return err
	}
	order := activation.Decision{By: v.Email, Claims: claims, Mine: hint(r.PostForm, fieldMine), Theirs: hint(r.PostForm, fieldTheirs)}
	done, err := s.Decider.Approve(r.Context(), order)
	if err != nil {
		return err
	}
	return s.decided(w, r, v, done)
}

// decided writes a decision down, then tells people, then leads to the request's
// page. Nobody is told again of a decision that was made before.
func (s *site) decided(w http.ResponseWriter, r *http.Request, v *visit, decided activation.Decided) error {
	token := r.PathValue("token")
	done := s.record(r, v, decided.Event())
	if decided.Repeated {
		return seeOther(w, r, beforeAddress(token, beforeDecided))
	}
	untold := s.Notifier.Notify(r.Context(), done, s.addresses(r, decided.Claims, token))
	return seeOther(w, r, toldAddress(token, decided.Claims, string(done.Verb.Decision()), untold))
}

// decline refuses a request, with a reason for who asked.
func (s *site) decline(w http.ResponseWriter, r *http.Request, v *visit) error {
	claims, err := s.decision(r, v)
	if err != nil {
		return err
	}
	done, err := s.Decider.Decline(r.Context(), activation.Decision{By: v.Email, Claims: claims, Reason: r.PostForm.Get(view.FieldReason)})
	if faults := faultsOf(err); faults != nil {
		return s.declineAgain(w, r, v, claims, faults)
	}
	if err != nil {
		return err
	}
	return s.decided(w, r, v, done)
}

// declineAgain shows the review once more, with what to correct.
func (s *site) declineAgain(w http.ResponseWriter, r *http.Request, v *visit, claims request.Claims, faults activation.Faults) error {
	s.refuse(r, v, faults)
	shown, err := s.lookAt(r, v, claims)
	if err != nil {
		return err
	}
	page := shown.review()
	page.Faults, page.Reason = faultModels(faults), r.PostForm.Get(view.FieldReason)
	s.render(w, r, v, http.StatusUnprocessableEntity, view.Review(s.layout(v, view.PartAccess), page))
	return nil
}

// withdraw takes a request back.
func (s *site) withdraw(w http.ResponseWriter, r *http.Request, v *visit) error {
	claims, err := s.decision(r, v)
	if err != nil {
		return err
	}
	done, err := s.Decider.Withdraw(r.Context(), v.Email, claims)
	if err != nil {
		return err
	}
	return s.decided(w, r, v, done)
}

// resend tells the reviewers again.
func (s *site) resend(w http.ResponseWriter, r *http.Request, v *visit) error {
	claims, err := s.decision(r, v)
	if err != nil {
		return err
	}
	if claims.Beneficiary != v.Email {
		return &Error{Kind: KindNotNamed}
	}
	page, err := s.lookAt(r, v, claims)
	if err != nil {
		return err
	}
	if page.Status.State != activation.Waiting {
		return seeOther(w, r, page.here)
	}
	at := s.addresses(r, claims, r.PathValue("token"))
	at.GrantsMore = len(page.Role.GrantsMore()) > 0
	again := activation.Asked{Claims: claims, Token: r.PathValue("token")}.Event()
	again.By = v.Actor
	untold := s.Notifier.Notify(r.Context(), again, at)
	query := told(doneAsked, everybody(claims), untold)
	query.Set(fieldAgain, strconv.FormatInt(v.now.Unix(), 10))
	return seeOther(w, r, page.here+"?"+query.Encode())
}

// revokeForm asks a reviewer whether to end what a request has opened.
func (s *site) revokeForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, err := s.look(r, v)
	if err != nil {
		return err
	}
	if page.Status.State != activation.Approved || v.Email == page.Claims.Beneficiary {
		return seeOther(w, r, page.here)
	}
	s.render(w, r, v, http.StatusOK, view.RevokeAsk(s.layout(v, view.PartAccess), page.revoke()))
	return nil
}

// revoke ends what a request has opened, for its reviewers.
func (s *site) revoke(w http.ResponseWriter, r *http.Request, v *visit) error {
	claims, err := s.decision(r, v)
	if err != nil {
		return err
	}
	ended, err := s.Revoker.Revoke(r.Context(), activation.Revocation{
		By: v.Email, User: claims.Beneficiary, Key: claims.Key, ID: claims.ID, Claims: &claims,
	})
	if err != nil {
		return err
	}
	done := s.record(r, v, ended.Event(event.Revoke, &claims))
	if ended.Repeated {
		return seeOther(w, r, beforeAddress(r.PathValue("token"), beforeEnded))
	}
	untold := s.Notifier.Notify(r.Context(), done, s.addresses(r, claims, r.PathValue("token")))
	query := told(string(event.Revoked), everybody(claims), untold)
	query.Set(fieldBy, v.Email)
	return seeOther(w, r, requestAddress(r.PathValue("token"))+"?"+query.Encode())
}

// decision reads the form of a decision, and redeems its request again.
func (s *site) decision(r *http.Request, v *visit) (request.Claims, error) {
	if err := parse(r); err != nil {
		return request.Claims{}, err
	}
	return s.redeemed(r, v)
}

// redeemed is the request of the address, for those whom it names. An expired
// one is shown to them too.
func (s *site) redeemed(r *http.Request, v *visit) (request.Claims, error) {
	claims, err := s.Redeemer.Redeem(r.Context(), r.PathValue("token"))
	var reason *request.Error
	if errors.As(err, &reason) && reason.Reason == request.Expired {
		err = nil // what it says holds; that it is over, its state tells
	}
	if err != nil {
		return request.Claims{}, unredeemed(err)
	}
	verb := v.attempt.Verb
	v.attempt = activation.RequestEvent(claims)
	v.attempt.Verb = verb
	if claims.Beneficiary != v.Email && !slices.Contains(claims.Reviewers, v.Email) {
		return request.Claims{}, &Error{Kind: KindNotNamed}
	}
	v.claims = claims
	return claims, nil
}

func unredeemed(err error) error {
	var reason *request.Error
	if errors.As(err, &reason) && reason.Reason == request.KeysUnavailable {
		return &upstream.Outage{Service: "Google's key server", Err: err}
	}
	return &Error{Kind: KindBadLink, Err: err}
}

// backToRequest is what an expired session makes of a decision.
func (s *site) backToRequest(w http.ResponseWriter, r *http.Request, _ *visit) error {
	return seeOther(w, r, lostAddress(requestAddress(r.PathValue("token")), r.PathValue("act")))
}

// Fields of the review's form that hold hints: where to look first. They are
// never believed.
const (
	fieldMine   = "mine"
	fieldTheirs = "theirs"
)

func hint(values url.Values, field string) eligibility.Evidence {
	r, err := eligibility.ParseReference(values.Get(field))
	if err != nil {
		return eligibility.Evidence{} // one more look-up, never access
	}
	return r.Hint
}
