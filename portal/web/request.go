package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
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
		access, err := s.projectAccess(r, v)
		if err != nil {
			return err
		}
		return s.chooseAgain(w, r, v, access, view.FieldAsk)
	}
	page, err := s.requestModel(r, v, role)
	if err != nil {
		return err
	}
	if page.ID, err = eligibility.NewID(eligibility.MultiPartyID, s.Random); err != nil {
		return err
	}
	s.render(w, r, v, http.StatusOK, view.Request(s.layout(v, view.PartAccess), page))
	return nil
}

// requestModel is the form for one role, with the peers who could approve it.
func (s *site) requestModel(r *http.Request, v *visit, role eligibility.Reference) (view.RequestPage, error) {
	choice, err := s.Requests.ChoosePeer(r.Context(), v.Email, r.PathValue("project"), role)
	s.noteUnreadable(r, v, choice.Peers.Unreadable)
	if err != nil {
		return view.RequestPage{}, err
	}
	return s.models(v).request(choice), nil
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
	made, err := s.Requests.Ask(r.Context(), activation.Ask{Order: order, Reviewers: reviewers})
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
	done := s.record(r, v, made.Event())
	s.noteRole(r, v, made.Claims.Key.Role, made.RoleError)
	at.GrantsMore = made.GrantsMore
	untold := s.Notifier.Notify(r.Context(), done, at)
	return seeOther(w, r, toldAddress(made.Token, made.Claims, doneAsked, untold))
}

// fits refuses a request whose link mail programs would break.
func fits(link string, c request.Claims) error {
	if n := len(link); n > request.MaxLink {
		return activation.Faults{{Field: activation.FieldReviewers, Message: fmt.Sprintf(
			"Choose fewer reviewers: with these %d the link would have %d characters, and at most %d travel safely.",
			len(c.Reviewers), n, request.MaxLink)}}
	}
	return nil
}

// askAgain shows the form once more, filled in, with what to correct.
func (s *site) askAgain(w http.ResponseWriter, r *http.Request, v *visit, order activation.Order, faults activation.Faults) error {
	s.refuse(r, v, faults)
	if len(order.Roles) == 0 {
		return seeOther(w, r, projectAddress(order.Project))
	}
	page, err := s.requestModel(r, v, order.Roles[0])
	if err != nil {
		return err
	}
	page.ID, page.Justification.Value = order.ID, order.Justification
	page.Duration, page.Faults = chosenDuration(r.PostForm), faultModels(faults)
	for i, p := range page.Peers {
		page.Peers[i].Chosen = slices.Contains(r.PostForm[view.FieldReviewer], p.Value)
	}
	s.render(w, r, v, http.StatusUnprocessableEntity, view.Request(s.layout(v, view.PartAccess), page))
	return nil
}

// reviewersOf reads whom a form asks: an address, a blank, and a reference whose
// hint says why that person may approve.
func reviewersOf(values url.Values) ([]activation.Reviewer, error) {
	texts := values[view.FieldReviewer]
	if len(texts) > request.MaxReviewers {
		return nil, &Error{Kind: KindMalformed}
	}
	reviewers := make([]activation.Reviewer, len(texts))
	for i, text := range texts {
		email, reference, _ := strings.Cut(text, " ")
		p, err := eligibility.ParsePrincipal("user:" + email)
		if err != nil {
			return nil, &Error{Kind: KindMalformed, Err: err}
		}
		reviewers[i].Email = p.Email
		if r, err := eligibility.ParseReference(reference); err == nil {
			reviewers[i].Hint = r.Hint
		}
	}
	return reviewers, nil
}

func reviewerValue(p eligibility.Peer, e eligibility.Entitlement) string {
	r := e.Reference()
	r.Hint = p.Evidence
	return p.Email + " " + r.Encode()
}
