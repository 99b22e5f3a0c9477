package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// showRequest shows a request in its present state: the form to decide to a reviewer while it
// waits, the outcome to somebody who has just decided, and its state to everybody else whom it
// names.
func (s *site) showRequest(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, err := s.loadPage(r, v)
	if err != nil {
		return err
	}
	if page.asksDecision() {
		if page.Refused != nil {
			return page.Refused
		}
		s.render(w, r, v, http.StatusOK, view.Review(s.layout(v, view.PartAccess), page.review()))
		return nil
	}
	if page.justDone() {
		s.render(w, r, v, http.StatusOK, view.Decided(s.layout(v, view.PartAccess), page.decided()))
		return nil
	}
	status := http.StatusOK
	if page.Status.State == activation.Expired { // the link is of no more use; that of a decided request shows its outcome
		status = http.StatusGone
	}
	s.render(w, r, v, status, view.Asked(s.layout(v, view.PartAccess), page.asked()))
	return nil
}

// loadPage redeems the token of the address and reads the present state of its request.
func (s *site) loadPage(r *http.Request, v *visit) (requestPage, error) {
	claims, err := s.redeem(r, v)
	if err != nil {
		return requestPage{}, err
	}
	return s.loadPageFor(r, v, claims)
}

// loadPageFor reads the present state of a request whose token was redeemed.
func (s *site) loadPageFor(r *http.Request, v *visit, claims request.Claims) (requestPage, error) {
	token := r.PathValue("token")
	review, err := s.Requests.Look(r.Context(), claims, v.Email, v.Subject)
	s.logUnreadable(r, v, review.Unreadable)
	s.logRoleError(r, v, claims.Key.Role, review.RoleError)
	return requestPage{
		Review: review, now: v.now, address: requestAddress(token), link: s.linkToCopy(r, claims, token),
		flash: flashOf(r.URL.Query(), recipients(claims)),
	}, err
}

// approve activates the requested role for the beneficiary.
func (s *site) approve(w http.ResponseWriter, r *http.Request, v *visit) error {
	claims, err := s.redeemForm(r, v)
	if err != nil {
		return err
	}
	order := activation.DecisionOrder{
		By: v.Email, Subject: v.Subject, Claims: claims,
		ReviewerHint: hintOf(r.PostForm, fieldReviewerHint), BeneficiaryHint: hintOf(r.PostForm, fieldBeneficiaryHint),
	}
	done, err := s.Decider.Approve(r.Context(), order)
	if err != nil {
		return err
	}
	return s.decided(w, r, v, done)
}

// decided records a decision, notifies people of it, and redirects to the request's page, in this
// order: what happened is on record before anything else can fail. A repeated decision notifies
// nobody again.
func (s *site) decided(w http.ResponseWriter, r *http.Request, v *visit, decided activation.Decided) error {
	token := r.PathValue("token")
	done := s.record(r, v, decided.Event())
	if decided.Repeated {
		return seeOther(w, r, tooLateAddress(token, tooLateDecided))
	}
	unreached := s.Notifier.Notify(r.Context(), done, s.addresses(r, decided.Claims, token))
	return seeOther(w, r, doneAddress(token, decided.Claims, string(done.Verb.Decision()), unreached))
}

// decline refuses a request with a reason, which the beneficiary reads.
func (s *site) decline(w http.ResponseWriter, r *http.Request, v *visit) error {
	claims, err := s.redeemForm(r, v)
	if err != nil {
		return err
	}
	order := activation.DecisionOrder{By: v.Email, Subject: v.Subject, Claims: claims, Reason: r.PostForm.Get(view.FieldReason)}
	done, err := s.Decider.Decline(r.Context(), order)
	if faultsOf(err) != nil {
		return s.declineAgain(w, r, v, claims, err)
	}
	if err != nil {
		return err
	}
	return s.decided(w, r, v, done)
}

// declineAgain shows the review again with what to correct in the reason.
func (s *site) declineAgain(w http.ResponseWriter, r *http.Request, v *visit, claims request.Claims, refused error) error {
	shown, err := s.loadPageFor(r, v, claims)
	if err != nil {
		return err
	}
	page := shown.review()
	page.Faults, page.Reason = faultModels(faultsOf(refused)), r.PostForm.Get(view.FieldReason)
	s.recordRefusal(r, v, refused)
	s.render(w, r, v, http.StatusUnprocessableEntity, view.Review(s.layout(v, view.PartAccess), page))
	return nil
}

// withdraw lets the beneficiary take a request back.
func (s *site) withdraw(w http.ResponseWriter, r *http.Request, v *visit) error {
	claims, err := s.redeemForm(r, v)
	if err != nil {
		return err
	}
	done, err := s.Decider.Withdraw(r.Context(), v.Email, claims)
	if err != nil {
		return err
	}
	return s.decided(w, r, v, done)
}

// resend sends the mail of a waiting request again. Nothing is recorded, because nothing about the
// request has changed.
func (s *site) resend(w http.ResponseWriter, r *http.Request, v *visit) error {
	claims, err := s.redeemForm(r, v)
	if err != nil {
		return err
	}
	if !claims.AskedBy(v.Email) {
		return &Error{Kind: KindNotNamed}
	}
	page, err := s.loadPageFor(r, v, claims)
	if err != nil {
		return err
	}
	if !page.Approvable() { // nobody can decide it any more, and the page says so
		return seeOther(w, r, page.address)
	}
	if err := quota.TakeRequest(r.Context()); err != nil {
		return err
	}
	at := s.addresses(r, claims, r.PathValue("token"))
	at.GrantsMore = len(page.Role.GrantsMore()) > 0
	again := activation.Asked{Claims: claims, Token: r.PathValue("token")}.Event()
	again.By = v.Actor
	unreached := s.Notifier.Notify(r.Context(), again, at)
	query := doneQuery(doneAsked, recipients(claims), unreached)
	query.Set(fieldAgain, strconv.FormatInt(v.now.Unix(), 10))
	return seeOther(w, r, page.address+"?"+query.Encode())
}

// revokeForm asks a reviewer to confirm that the activation of a request is to end. The beneficiary
// ends it with a form of their own.
func (s *site) revokeForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, err := s.loadPage(r, v)
	if err != nil {
		return err
	}
	if page.Status.State != activation.Approved || page.Own {
		return seeOther(w, r, page.address)
	}
	s.render(w, r, v, http.StatusOK, view.RevokeAsk(s.layout(v, view.PartAccess), page.revoke()))
	return nil
}

// revoke ends the activation of a request for one of its reviewers.
func (s *site) revoke(w http.ResponseWriter, r *http.Request, v *visit) error {
	claims, err := s.redeemForm(r, v)
	if err != nil {
		return err
	}
	ended, err := s.Revoker.Revoke(r.Context(), activation.Revocation{
		By: v.Email, Subject: v.Subject, User: claims.Beneficiary, Key: claims.Key, ID: claims.ID, Claims: &claims,
	})
	if err != nil {
		return err
	}
	done := s.record(r, v, ended.Event(event.Revoke, &claims))
	if ended.Repeated {
		return seeOther(w, r, tooLateAddress(r.PathValue("token"), tooLateEnded))
	}
	unreached := s.Notifier.Notify(r.Context(), done, s.addresses(r, claims, r.PathValue("token")))
	query := doneQuery(string(event.Revoked), recipients(claims), unreached)
	query.Set(fieldBy, v.Email)
	return seeOther(w, r, requestAddress(r.PathValue("token"))+"?"+query.Encode())
}

// redeemForm reads the form of a decision and redeems the token of its address again: nothing that
// the page was shown with counts.
func (s *site) redeemForm(r *http.Request, v *visit) (request.Claims, error) {
	if err := parseForm(r); err != nil {
		return request.Claims{}, err
	}
	return s.redeem(r, v)
}

// redeem returns the request of the address to those whom it names, and adds it to the visit's
// attempt. An expired request is no error here: its page says that it has expired, and the desk
// refuses to decide on it.
func (s *site) redeem(r *http.Request, v *visit) (request.Claims, error) {
	claims, err := s.Redeemer.Redeem(r.Context(), r.PathValue("token"))
	var reason *request.Error
	if err != nil && (!errors.As(err, &reason) || reason.Reason != request.Expired) {
		return request.Claims{}, redeemError(err)
	}
	verb := v.attempt.Verb
	v.attempt = activation.RequestEvent(claims)
	v.attempt.Verb = verb
	// From here on a refusal is recorded with the request, even for people whom it does not name.
	if !claims.AskedBy(v.Email) && !claims.IsReviewer(v.Email) {
		return request.Claims{}, &Error{Kind: KindNotNamed}
	}
	v.claims = claims
	return claims, nil
}

// redeemError tells a token that is damaged or forged from keys that could not be fetched to verify
// it.
func redeemError(err error) error {
	var reason *request.Error
	if errors.As(err, &reason) && reason.Reason == request.KeysUnavailable {
		return &upstream.Outage{Service: "Google's key server", Err: err}
	}
	return &Error{Kind: KindBadLink, Err: err}
}

// backToRequest redirects a GET of an address to post to, which the sign-in after an expired
// session makes of a POST.
func (s *site) backToRequest(w http.ResponseWriter, r *http.Request, _ *visit) error {
	return seeOther(w, r, lostFormAddress(requestAddress(r.PathValue("token")), r.PathValue("act")))
}

// Fields of the review's form that say where to look first for the eligible bindings of both
// people. They save a look-up, and the desk verifies them.
const (
	fieldReviewerHint    = "mine"
	fieldBeneficiaryHint = "theirs"
)

// hintOf reads a hint; one that cannot be read costs the desk one more look-up.
func hintOf(values url.Values, field string) eligibility.Evidence {
	r, err := eligibility.ParseReference(values.Get(field))
	if err != nil {
		return eligibility.Evidence{}
	}
	return r.Hint
}
