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

// requestForm asks for reviewers, a justification and a duration. A GET without a role is told
// apart as in activateForm.
func (s *site) requestForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	role, ok, err := singleReference(r.URL.Query())
	if err != nil {
		return err
	}
	if !ok && !r.URL.ForceQuery {
		return seeOther(w, r, lostFormAddress(projectAddress(r.PathValue("project")), "request"))
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

// requestModel reads who could approve a role, and makes the model of its form.
func (s *site) requestModel(r *http.Request, v *visit, role eligibility.Reference) (view.RequestPage, error) {
	choice, err := s.Requests.ChoosePeer(r.Context(), v.Email, r.PathValue("project"), role)
	s.logUnreadable(r, v, choice.Peers.Unreadable)
	if err != nil {
		return view.RequestPage{}, err
	}
	return s.models(v).request(choice), nil
}

// ask signs a request, records it, sends the mail to its reviewers, and redirects to its page. The
// link is measured before anything is recorded, because a request whose link breaks is of no use to
// its reviewers.
func (s *site) ask(w http.ResponseWriter, r *http.Request, v *visit) error {
	order, err := orderOf(r, v)
	if err != nil {
		return err
	}
	reviewers, err := reviewersOf(r.PostForm)
	if err != nil {
		return err
	}
	made, err := s.Requests.Ask(r.Context(), activation.Ask{Order: order, Subject: v.Subject, Reviewers: reviewers})
	at := s.addresses(r, made.Claims, made.Token)
	if err == nil {
		err = checkLink(s.linkToCopy(r, made.Claims, made.Token), made.Claims)
	}
	if faultsOf(err) != nil {
		return s.askAgain(w, r, v, order, err)
	}
	if err != nil {
		return err
	}
	done := s.record(r, v, made.Event()) // before the mail: a link that somebody has must be in the log
	s.logRoleError(r, v, made.Claims.Key.Role, made.RoleError)
	at.GrantsMore = made.GrantsMore
	unreached := s.Notifier.Notify(r.Context(), done, at)
	return seeOther(w, r, doneAddress(made.Token, made.Claims, doneAsked, unreached))
}

// checkLink refuses a request whose link is so long that mail programs would break it.
func checkLink(link string, c request.Claims) error {
	if n := len(link); n > request.MaxLink {
		return activation.Faults{{Field: activation.FieldReviewers, Message: fmt.Sprintf(
			"Choose fewer reviewers: with these %d the link would have %d characters, and at most %d travel safely.",
			len(c.Reviewers), n, request.MaxLink)}}
	}
	return nil
}

// askAgain shows the form again as it was filled in, with what to correct. If the form cannot be
// shown, that error alone is recorded.
func (s *site) askAgain(w http.ResponseWriter, r *http.Request, v *visit, order activation.Order, refused error) error {
	if len(order.Roles) == 0 {
		s.recordRefusal(r, v, refused)
		return seeOther(w, r, projectAddress(order.Project))
	}
	page, err := s.requestModel(r, v, order.Roles[0])
	if err != nil {
		return err
	}
	s.recordRefusal(r, v, refused)
	page.ID, page.Justification.Value = order.ID, order.Justification
	page.Duration, page.Faults = chosenDuration(r.PostForm), faultModels(faultsOf(refused))
	for i, p := range page.Peers {
		page.Peers[i].Chosen = slices.Contains(r.PostForm[view.FieldReviewer], p.Value)
	}
	s.render(w, r, v, http.StatusUnprocessableEntity, view.Request(s.layout(v, view.PartAccess), page))
	return nil
}

// reviewersOf reads the reviewers of a form. Each value is an e-mail address, a space, and a
// reference whose hint says why that person may approve. A hint that cannot be read is left out: it
// only saves a look-up.
func reviewersOf(values url.Values) ([]activation.Reviewer, error) {
	sent := values[view.FieldReviewer]
	if len(sent) > request.MaxReviewers {
		return nil, &Error{Kind: KindMalformed}
	}
	reviewers := make([]activation.Reviewer, len(sent))
	for i, text := range sent {
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
