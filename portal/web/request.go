package web

import (
	"errors"
	"net/http"
	"slices"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// requestForm asks for reviewers, a justification and a duration. An address
// without a role is what an expired session makes of a sent form.
func (s *site) requestForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	role, ok, err := onlyReference(r.URL.Query())
	if err != nil {
		return err
	}
	if !ok && !r.URL.ForceQuery {
		return seeOther(w, r, lostAddress(projectAddress(r.PathValue("project")), "request"))
	}
	if !ok {
		standing, err := s.standing(r, v)
		if err != nil {
			return err
		}
		return s.chooseAgain(w, r, v, standing, view.FieldAsk)
	}
	page, err := s.requestPage(r, v, role)
	if err != nil {
		return err
	}
	if page.ID, err = eligibility.NewID(eligibility.MultiPartyID, s.Random); err != nil {
		return err
	}
	s.render(w, r, v, http.StatusOK, view.Request(s.layout(v, view.PartAccess), page))
	return nil
}

// requestPage is the form for one role, with the peers who could approve it.
func (s *site) requestPage(r *http.Request, v *visit, role eligibility.Reference) (view.RequestPage, error) {
	project := r.PathValue("project")
	if !eligibility.ProjectCanExist(project) {
		return view.RequestPage{}, &Error{Kind: KindNotYours}
	}
	role.Constraint = eligibility.MultiPartyApproval
	peers, err := s.Catalog.Peers(r.Context(), v.Email, project, role)
	s.noteUnreadable(r, v, peers.Unreadable)
	if err != nil {
		return view.RequestPage{}, err
	}
	e, ok := role.Find(peers.Standing.Held)
	if !ok {
		return view.RequestPage{}, &Error{Kind: KindNotYours}
	}
	if s.Desk.Rules().Guards(project) {
		return view.RequestPage{}, &Error{Kind: KindGuarded}
	}
	if e.Closed != "" {
		return view.RequestPage{}, &Error{Kind: KindNoLonger, Message: e.Closed}
	}
	return s.requestModel(peers, e, v), nil
}

// ask signs a request, tells the reviewers, and leads to the request's page.
func (s *site) ask(w http.ResponseWriter, r *http.Request, v *visit) error {
	order, err := orderOf(r, v)
	if err != nil {
		return err
	}
	reviewers, err := reviewersOf(r.PostForm)
	if err != nil {
		return err
	}
	risky := func() bool { return false }
	if len(order.Roles) > 0 {
		risky = s.grantsMore(r.Context(), order.Roles[0].Role)
	}
	defer risky()
	made, err := s.Desk.Ask(r.Context(), activation.Ask{Order: order, Reviewers: reviewers})
	at := s.addresses(r, made.Claims, made.Token)
	if err == nil {
		err = fits(at.Request, made.Claims)
	}
	if faults := faultsOf(err); faults != nil {
		return s.askAgain(w, r, v, order, faults)
	}
	if err != nil {
		return err
	}
	asked := s.record(r, v, made.Event())
	at.GrantsMore = risky()
	untold := s.Notifier.Tell(r.Context(), asked, at)
	return seeOther(w, r, toldAddress(made.Token, made.Claims, doneAsked, untold))
}

// fits refuses a request whose link mail programs would break.
func fits(link string, c request.Claims) error {
	if n := len(link); n > request.MaxLink {
		return activation.Faults{{Field: activation.FieldReviewers, Message: tooManyForALink(n, len(c.Reviewers))}}
	}
	return nil
}

// askAgain shows the form once more, filled in, with what to correct.
func (s *site) askAgain(w http.ResponseWriter, r *http.Request, v *visit, order activation.Order, faults activation.Faults) error {
	s.refuse(r, v, faults)
	if len(order.Roles) == 0 {
		return seeOther(w, r, projectAddress(order.Project))
	}
	page, err := s.requestPage(r, v, order.Roles[0])
	if err != nil {
		return err
	}
	page.ID = order.ID
	page.Justification.Value = order.Justification
	page.Duration = chosenDuration(r.PostForm)
	for i, p := range page.Peers {
		page.Peers[i].Chosen = slices.Contains(r.PostForm[view.FieldReviewer], p.Value)
	}
	for _, f := range faults {
		page.Faults = append(page.Faults, faultModel(f))
	}
	s.render(w, r, v, http.StatusUnprocessableEntity, view.Request(s.layout(v, view.PartAccess), page))
	return nil
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
