package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

const requestsPrefix = "/requests/"

func requestAddress(token string) string { return requestsPrefix + url.PathEscape(token) }

// everybody is who a mail about a request goes to.
func everybody(c request.Claims) []string { return append([]string{c.Beneficiary}, c.Reviewers...) }

// addresses are where mail about a request leads, in the form of JIT Access
// 1.8.1, which is answered with a redirect to the request's page. Without a token
// there is no request.
func (s *site) addresses(r *http.Request, c request.Claims, token string) event.Addresses {
	base := s.base(r)
	if base == "" {
		return event.Addresses{}
	}
	if token == "" {
		return event.Addresses{Home: base + "/"}
	}
	query := "activation=" + request.Obscure(token) + "&projectId=" + url.QueryEscape(c.Key.Project())
	return event.Addresses{Request: base + "/?" + query, Home: base + "/"}
}

// grantsMore finds out whether a role can grant more access, beside whatever
// else is done. What it returns waits for the answer, and has to be called:
// nothing outlives its request.
func (s *site) grantsMore(ctx context.Context, role string) (answer func() bool) {
	var grants bool
	var asking sync.WaitGroup
	asking.Go(func() { grants = len(s.Catalog.Role(ctx, role).GrantsMore()) > 0 })
	return func() bool {
		asking.Wait()
		return grants
	}
}

// base is what links in mail begin with: PUBLIC_URL, or the host of the request
// where Google's own front end vouches for it, or nothing.
func (s *site) base(r *http.Request) string {
	switch {
	case s.PublicURL != "":
		return s.PublicURL
	case s.TrustsHost:
		return "https://" + r.Host
	}
	return ""
}

func tooManyForALink(length, reviewers int) string {
	return fmt.Sprintf("Choose fewer reviewers: with these %d the link would have %d characters, and at most %d travel safely.",
		reviewers, length, request.MaxLink)
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

// requestModel is the form for one role.
func (s *site) requestModel(peers eligibility.Peers, e eligibility.Entitlement, v *visit) view.RequestPage {
	m := s.entitlementModel(peers.Standing, e, v)
	rules := s.Desk.Rules()
	page := view.RequestPage{
		Now: v.now, Project: e.Project(), ProjectLink: projectAddress(e.Project()),
		Action: askAddress(e.Project()), CancelLink: projectAddress(e.Project()),
		Role:         view.ChosenRole{Role: m.Role, Reference: m.Reference, Max: m.Max, ActiveUntil: m.ActiveUntil},
		MinReviewers: rules.MinReviewers, MaxReviewers: rules.MaxReviewers, Expires: rules.RequestTimeout,
		Justification: s.justificationModel(), Unreadable: len(peers.Unreadable),
	}
	for _, p := range peers.People {
		page.Peers = append(page.Peers, view.Peer{Email: p.Email, Value: reviewerValue(p, e)})
	}
	return page
}

// roleModel is the role that was asked for, under its title where that is known.
func (c considered) roleModel() view.Role {
	return roleModel(c.claims.Key, map[string]string{c.role.Name: c.role.Title})
}

// states names a request's state for its page.
var states = map[activation.State]view.RequestState{
	activation.Waiting:   view.Waiting,
	activation.Approved:  view.Approved,
	activation.Over:      view.Over,
	activation.Declined:  view.Declined,
	activation.Withdrawn: view.Withdrawn,
	activation.Spent:     view.Spent,
	activation.Expired:   view.Expired,
}

// askedPage is a request as it is now, with what its reader can do about it.
func (s *site) askedPage(r *http.Request, c considered, v *visit) view.AskedPage {
	here := requestAddress(r.PathValue("token"))
	page := view.AskedPage{
		Now: v.now, State: states[c.status.State], Role: c.roleModel(), Beneficiary: c.claims.Beneficiary,
		Reviewers: c.claims.Reviewers, Justification: c.claims.Justification, Asked: c.claims.IssuedAt, Expires: c.claims.Expires,
		Start: c.status.Ledger.Window.Start, End: c.status.Ledger.Window.End, Duration: c.claims.Duration,
		Decision: c.status.Ledger.Description, ID: c.claims.ID, ProjectLink: projectAddress(c.claims.Key.Project()),
		SelfLink: here, Link: s.addresses(r, c.claims, r.PathValue("token")).Request,
		DecidedBy: c.status.Decider(c.claims), DecidedAt: c.status.Decision(c.claims), Reason: c.status.Objection(c.claims),
		Early: c.endedEarly(), Before: before(r, c.status.State),
	}
	if fixed := c.claims.Fixed; fixed != nil {
		page.Fixed = true
		if c.status.State == activation.Waiting {
			page.Start, page.End = fixed.Start, fixed.End
		}
	}
	page.Mail = mailOf(r, c, v)
	if page.State == view.Waiting && !c.eligible {
		page.Unknown = c.unknown != nil
		if !page.Unknown {
			page.State = view.Ineligible
		}
	}
	s.controls(&page, c, here, v)
	return page
}

// controls are what the reader of a request can do about it.
func (s *site) controls(page *view.AskedPage, c considered, here string, v *visit) {
	mine := v.Email == c.claims.Beneficiary
	switch {
	case mine && page.State == view.Waiting:
		page.WithdrawAction, page.ResendAction = here+"/withdraw", here+"/resend"
	case mine && page.State == view.Approved:
		page.EndLink = endAddress(c.status.Ledger)
	case page.State == view.Approved:
		page.RevokeLink = here + "/revoke"
	}
	if mine && c.eligible && page.State != view.Waiting {
		page.AgainLink = withRole(askAddress(c.theirs.Project()), c.theirs.Reference().Encode())
	}
}

// endedEarly tells whether the window that an approval opened was shortened.
func (c considered) endedEarly() bool {
	window := c.status.Ledger.Window
	end := window.Start.Add(c.claims.Duration)
	if fixed := c.claims.Fixed; fixed != nil {
		end = fixed.End
	}
	return c.status.State == activation.Over && window.End.Before(end)
}

// decidedPage is what is true after a decision, by the policy, for who has just made it.
func (s *site) decidedPage(r *http.Request, c considered, verdict view.Verdict, v *visit) view.DecidedPage {
	page := view.DecidedPage{
		Now: v.now, Verdict: verdict, Role: c.roleModel(), Beneficiary: c.claims.Beneficiary,
		Justification: c.claims.Justification, Start: c.status.Ledger.Window.Start, End: c.status.Ledger.Window.End,
		Reason: c.status.Objection(c.claims), RequestLink: requestAddress(r.PathValue("token")),
	}
	whoWasTold(&page, saidOf(r, everybody(c.claims)), v)
	if c.status.State == activation.Approved && v.Email != c.claims.Beneficiary {
		page.RevokeLink = requestAddress(r.PathValue("token")) + "/revoke"
	}
	return page
}

// reviewPage is what a reviewer needs to decide.
func (s *site) reviewPage(r *http.Request, c considered, v *visit) view.ReviewPage {
	here := requestAddress(r.PathValue("token"))
	page := view.ReviewPage{
		Now: v.now, Role: c.roleModel(), Beneficiary: c.claims.Beneficiary, Reviewers: c.claims.Reviewers,
		Justification: c.claims.Justification, Duration: c.claims.Duration, Asked: c.claims.IssuedAt, Expires: c.claims.Expires,
		ID: c.claims.ID, HeldUntil: c.held.Window.End, ApproveAction: here + "/approve", DeclineAction: here + "/decline",
		Allows: allowsModel(c.role), MaxReason: eligibility.MaxText,
	}
	if fixed := c.claims.Fixed; fixed != nil {
		page.Start, page.End = fixed.Start, fixed.End
	}
	page.Hints = []view.HiddenField{{Name: fieldTheirs, Value: c.theirs.Reference().Encode()}}
	if c.mine != nil {
		page.Hints = append(page.Hints, view.HiddenField{Name: fieldMine, Value: c.mine.Reference().Encode()})
	}
	return page
}

// allowsModel is what a role lets its holder do; nil where that is not known.
func allowsModel(role iamrole.Role) *view.Permissions {
	if role.Name == "" {
		return nil
	}
	allows := view.Permissions{
		Title: role.Title, Description: role.Description, GrantsMore: role.GrantsMore(), Total: len(role.Permissions),
	}
	for _, s := range role.Services() {
		allows.Counts = append(allows.Counts, view.ServiceCount{Service: s.Service, Count: s.Count})
	}
	return &allows
}
