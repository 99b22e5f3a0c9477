package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// showRequest shows a request as it is now: to its beneficiary, and to who
// decided or could, with the decision to be made while it waits.
func (s *site) showRequest(w http.ResponseWriter, r *http.Request, v *visit) error {
	claims, err := s.redeemed(r, v)
	if err != nil {
		return err
	}
	c, err := s.consider(r, claims, v)
	if err != nil {
		return err
	}
	if v.Email != claims.Beneficiary && c.status.State == activation.Waiting && (c.eligible || c.unknown != nil) {
		return s.review(w, r, c, v)
	}
	if verdict, ok := deed(r, c, v); ok {
		s.render(w, r, v, http.StatusOK, view.Decided(s.layout(v, view.PartAccess), s.decidedPage(r, c, verdict, v)))
		return nil
	}
	status := http.StatusOK
	if c.status.State == activation.Expired {
		status = http.StatusGone
	}
	s.render(w, r, v, status, view.Asked(s.layout(v, view.PartAccess), s.askedPage(r, c, v)))
	return nil
}

// review asks a reviewer for the decision.
func (s *site) review(w http.ResponseWriter, r *http.Request, c considered, v *visit) error {
	switch {
	case c.unknown != nil:
		return &Error{Kind: KindGroupUnreadable, Err: c.unknown}
	case c.mine == nil:
		return &Error{Kind: KindNotEligibleNow}
	}
	s.render(w, r, v, http.StatusOK, view.Review(s.layout(v, view.PartAccess), s.reviewPage(r, c, v)))
	return nil
}

// considered is a request with what Google says now.
type considered struct {
	claims   request.Claims
	status   activation.Status
	eligible bool // the beneficiary still is, by the binding it was asked under
	theirs   eligibility.Entitlement
	held     eligibility.Activation   // what the beneficiary has open; zero: nothing
	mine     *eligibility.Entitlement // the reviewer's; nil: none
	unknown  error                    // of a group that could not be read: one of them may be eligible all the same
	role     iamrole.Role
}

// consider looks both people up, and the role, side by side.
func (s *site) consider(r *http.Request, claims request.Claims, v *visit) (considered, error) {
	c := considered{claims: claims}
	var beneficiary, reviewer eligibility.Standing
	g, ctx := errgroup.WithContext(r.Context())
	g.Go(func() (err error) {
		beneficiary, err = s.whatStands(ctx, claims.Beneficiary, claims.Key.Project())
		return err
	})
	g.Go(func() error {
		c.role = s.Catalog.Role(ctx, claims.Key.Role)
		return nil
	})
	if v.Email != claims.Beneficiary {
		g.Go(func() (err error) {
			reviewer, err = s.whatStands(ctx, v.Email, claims.Key.Project())
			return err
		})
	}
	err := g.Wait()
	s.noteUnreadable(r, v, union(beneficiary.Unreadable, reviewer.Unreadable))
	if err != nil {
		return considered{}, err
	}
	c.status = activation.StatusOf(claims, beneficiary.Activations, v.now)
	c.theirs, c.eligible = openParty(beneficiary.Held, claims.Key, claims.Binding)
	if e, ok := openParty(reviewer.Held, claims.Key, ""); ok {
		c.mine = &e
	}
	c.unknown = c.doubt(beneficiary.Doubtful, reviewer.Doubtful)
	if a, ok := openOf(beneficiary, claims.Key, v.now); ok {
		c.held = a
	}
	return c, nil
}

// whatStands is what one of those has on a project whom a request names. A
// project that holds nothing of a person is taken for just that; one that could
// not be read is no secret to them.
func (s *site) whatStands(ctx context.Context, email, project string) (eligibility.Standing, error) {
	standing, err := s.Catalog.Standing(ctx, email, project)
	if err != nil && known(err).Kind == KindNotYours {
		err = standing.Unread
	}
	return standing, err
}

// doubt is why it is not known whether both are eligible, nil where it is known.
func (c considered) doubt(theirs, mine []eligibility.Entitlement) error {
	e, unknown := openParty(theirs, c.claims.Key, c.claims.Binding)
	unknown = unknown && !c.eligible
	if c.eligible && c.mine == nil {
		e, unknown = openParty(mine, c.claims.Key, "")
	}
	if !unknown {
		return nil
	}
	return fmt.Errorf("the members of %s could not be read", e.Evidence.Member)
}

// openParty is the entitlement that makes somebody one of a request's people, whatever
// else they hold: by the binding of a digest, or by any for "".
func openParty(all []eligibility.Entitlement, k eligibility.Key, digest string) (eligibility.Entitlement, bool) {
	return first(all, func(e eligibility.Entitlement) bool {
		return e.Key == k && e.Constraint == eligibility.MultiPartyApproval && e.Closed == "" && (digest == "" || e.Evidence.Digest == digest)
	})
}

func first(all []eligibility.Entitlement, fits func(eligibility.Entitlement) bool) (eligibility.Entitlement, bool) {
	i := slices.IndexFunc(all, fits)
	if i < 0 {
		return eligibility.Entitlement{}, false
	}
	return all[i], true
}

// approve opens the window that was asked for.
func (s *site) approve(w http.ResponseWriter, r *http.Request, v *visit) error {
	claims, err := s.decision(r, v)
	if err != nil {
		return err
	}
	order := activation.Decision{By: v.Email, Claims: claims, Mine: hint(r.PostForm, fieldMine), Theirs: hint(r.PostForm, fieldTheirs)}
	done, err := s.Desk.Approve(r.Context(), order)
	if err != nil {
		return err
	}
	return s.told(w, r, v, done)
}

// decline refuses a request, with a reason for who asked.
func (s *site) decline(w http.ResponseWriter, r *http.Request, v *visit) error {
	claims, err := s.decision(r, v)
	if err != nil {
		return err
	}
	done, err := s.Desk.Decline(r.Context(), activation.Decision{By: v.Email, Claims: claims, Reason: r.PostForm.Get(view.FieldReason)})
	if faults := faultsOf(err); faults != nil {
		return s.declineAgain(w, r, v, claims, faults)
	}
	if err != nil {
		return err
	}
	return s.told(w, r, v, done)
}

// declineAgain shows the review once more, with what to correct.
func (s *site) declineAgain(w http.ResponseWriter, r *http.Request, v *visit, claims request.Claims, faults activation.Faults) error {
	s.refuse(r, v, faults)
	c, err := s.consider(r, claims, v)
	if err != nil {
		return err
	}
	page := s.reviewPage(r, c, v)
	for _, f := range faults {
		page.Faults = append(page.Faults, faultModel(f))
	}
	page.Reason = r.PostForm.Get(view.FieldReason)
	s.render(w, r, v, http.StatusUnprocessableEntity, view.Review(s.layout(v, view.PartAccess), page))
	return nil
}

// withdraw takes a request back.
func (s *site) withdraw(w http.ResponseWriter, r *http.Request, v *visit) error {
	claims, err := s.decision(r, v)
	if err != nil {
		return err
	}
	done, err := s.Desk.Withdraw(r.Context(), v.Email, claims)
	if err != nil {
		return err
	}
	return s.told(w, r, v, done)
}

// told writes a decision down, then tells people, then leads to the request's
// page. Nobody is told again of a decision that was made before.
func (s *site) told(w http.ResponseWriter, r *http.Request, v *visit, decided activation.Decided) error {
	token := r.PathValue("token")
	done := s.record(r, v, decided.Event())
	if decided.Repeated {
		return seeOther(w, r, beforeAddress(token, beforeDecided))
	}
	untold := s.Notifier.Tell(r.Context(), done, s.addresses(r, decided.Claims, token))
	return seeOther(w, r, toldAddress(token, decided.Claims, string(done.Verb.Decision()), untold))
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
	risky := s.grantsMore(r.Context(), claims.Key.Role)
	defer risky()
	c, err := s.consider(r, claims, v)
	if err != nil {
		return err
	}
	if c.status.State != activation.Waiting {
		return seeOther(w, r, requestAddress(r.PathValue("token")))
	}
	at := s.addresses(r, claims, r.PathValue("token"))
	at.GrantsMore = risky()
	again := activation.Asked{Claims: claims, Token: r.PathValue("token")}.Event()
	again.By = v.Actor
	untold := s.Notifier.Tell(r.Context(), again, at)
	query := told(doneAsked, everybody(claims), untold)
	query.Set(fieldAgain, strconv.FormatInt(v.now.Unix(), 10))
	return seeOther(w, r, requestAddress(r.PathValue("token"))+"?"+query.Encode())
}

// revokeForm asks a reviewer whether to end what a request has opened.
func (s *site) revokeForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	claims, err := s.redeemed(r, v)
	if err != nil {
		return err
	}
	c, err := s.consider(r, claims, v)
	if err != nil {
		return err
	}
	here := requestAddress(r.PathValue("token"))
	if c.status.State != activation.Approved || v.Email == claims.Beneficiary {
		return seeOther(w, r, here)
	}
	s.render(w, r, v, http.StatusOK, view.RevokeAsk(s.layout(v, view.PartAccess), view.RevokePage{
		Now: v.now, Role: c.roleModel(), Beneficiary: claims.Beneficiary,
		Start: c.status.Ledger.Window.Start, End: c.status.Ledger.Window.End, Description: c.status.Ledger.Description,
		Action: here + "/revoke", KeepLink: here,
	}))
	return nil
}

// revoke ends what a request has opened, for its reviewers.
func (s *site) revoke(w http.ResponseWriter, r *http.Request, v *visit) error {
	claims, err := s.decision(r, v)
	if err != nil {
		return err
	}
	ended, err := s.Desk.Revoke(r.Context(), activation.Revocation{
		By: v.Email, User: claims.Beneficiary, Key: claims.Key, ID: claims.ID, Claims: &claims,
	})
	if err != nil {
		return err
	}
	done := s.record(r, v, ended.Event(event.Revoke, &claims))
	if ended.Repeated {
		return seeOther(w, r, beforeAddress(r.PathValue("token"), beforeEnded))
	}
	untold := s.Notifier.Tell(r.Context(), done, s.addresses(r, claims, r.PathValue("token")))
	query := told(string(view.VerdictRevoked), everybody(claims), untold)
	query.Set(fieldBy, v.Email)
	return seeOther(w, r, requestAddress(r.PathValue("token"))+"?"+query.Encode())
}

// decision reads the form of a decision, and redeems its request again.
func (s *site) decision(r *http.Request, v *visit) (request.Claims, error) {
	if err := r.ParseForm(); err != nil {
		return request.Claims{}, &Error{Kind: KindMalformed, Err: err}
	}
	return s.redeemed(r, v)
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
