package web

import (
	"slices"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// requestPage is a request as it is now, and what the address of its page says.
type requestPage struct {
	activation.Review
	now  time.Time
	here string // the page's own address
	link string // the same as mail has it, to copy; "" where the portal's address is not known
	said said
}

// toDecide tells whether the page asks its reader for a decision: a reviewer's,
// while the request waits and it is not certain that nothing would be granted.
func (p requestPage) toDecide() bool {
	return p.Viewer != p.Claims.Beneficiary && p.Status.State == activation.Waiting && (p.Lost == nil || activation.Uncertain(p.Lost))
}

// justDid tells whether the reader did about the request what the address says,
// a moment ago. Who revoked is in the address alone.
func (p requestPage) justDid() bool {
	return p.Shows(p.said.done) && (p.said.done != event.Revoked || p.said.by == p.Viewer)
}

// role is the role that was asked for, under its title where that is known.
func (p requestPage) role() view.Role {
	return roleModel(p.Claims.Key, map[string]string{p.Role.Name: p.Role.Title})
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

// asked is a request as it is now, with what its reader can do about it.
func (p requestPage) asked() view.AskedPage {
	c, ledger := p.Claims, p.Status.Ledger
	page := view.AskedPage{
		Now: p.now, State: states[p.Status.State], Role: p.role(), Beneficiary: c.Beneficiary,
		Reviewers: c.Reviewers, Justification: c.Justification, Asked: c.IssuedAt, Expires: c.Expires,
		Start: ledger.Window.Start, End: ledger.Window.End, Duration: c.Duration,
		Decision: ledger.Description, ID: c.ID, ProjectLink: projectAddress(c.Key.Project()), SelfLink: p.here, Link: p.link,
		DecidedBy: p.Status.Decider(c), DecidedAt: p.Status.Decision(c), Reason: p.Status.Objection(c),
		Early: p.EndedEarly(), Before: p.before(), Mail: p.mail(),
	}
	if fixed := c.Fixed; fixed != nil {
		page.Fixed = true
		if page.State == view.Waiting {
			page.Start, page.End = fixed.Start, fixed.End
		}
	}
	if page.State == view.Waiting && p.Lost != nil {
		page.Unknown = activation.Uncertain(p.Lost)
		if !page.Unknown {
			page.State = view.Ineligible
		}
	}
	p.controls(&page)
	return page
}

// controls are what the reader of a request can do about it.
func (p requestPage) controls(page *view.AskedPage) {
	mine := p.Viewer == p.Claims.Beneficiary
	switch {
	case mine && page.State == view.Waiting:
		page.WithdrawAction, page.ResendAction = p.here+"/withdraw", p.here+"/resend"
	case mine && page.State == view.Approved:
		page.EndLink = endAddress(p.Status.Ledger)
	case page.State == view.Approved:
		page.RevokeLink = p.here + "/revoke"
	}
	if mine && p.Lost == nil && page.State != view.Waiting {
		page.AgainLink = withRole(askAddress(p.Theirs.Project()), p.Theirs.Reference().Encode())
	}
}

// before is what the reader's act came after, where the policy shows it so.
func (p requestPage) before() view.Before {
	switch {
	case p.said.before == beforeDecided && p.Decided():
		return view.BeforeDecided
	case p.said.before == beforeEnded && p.Status.State == activation.Over:
		return view.BeforeEnded
	}
	return ""
}

// mail is what became of the e-mail that asks the reviewers: for its beneficiary,
// while the request waits, from an address that speaks of everybody.
func (p requestPage) mail() *view.Mail {
	beneficiary, a := p.Claims.Beneficiary, p.said
	if p.Viewer != beneficiary || p.Status.State != activation.Waiting || a.done != doneAsked ||
		len(a.told)+len(a.untold) != len(everybody(p.Claims)) {
		return nil
	}
	m := view.Mail{Unsent: a.untold, Untold: a.reason(beneficiary), Copied: slices.Contains(a.told, beneficiary)}
	if a.why == event.WhyLimit && !m.Copied {
		m.Untold = "You reached the limit of e-mails; try again in a few minutes."
	}
	if !a.again.IsZero() && !a.again.Before(p.Claims.IssuedAt) && !a.again.After(p.now) {
		m.Again = a.again
	}
	return &m
}

// decided is what is true after a decision, by the policy, for who has just made it.
func (p requestPage) decided() view.DecidedPage {
	window := p.Status.Ledger.Window
	page := view.DecidedPage{
		Now: p.now, Verdict: view.Verdict(p.said.done), Role: p.role(), Beneficiary: p.Claims.Beneficiary,
		Justification: p.Claims.Justification, Start: window.Start, End: window.End,
		Reason: p.Status.Objection(p.Claims), RequestLink: p.here,
	}
	page.Told, page.Untold = p.said.mail(p.Claims.Beneficiary, p.Viewer)
	if p.Status.State == activation.Approved && p.Viewer != p.Claims.Beneficiary {
		page.RevokeLink = p.here + "/revoke"
	}
	return page
}

// review is what a reviewer needs to decide.
func (p requestPage) review() view.ReviewPage {
	c := p.Claims
	page := view.ReviewPage{
		Now: p.now, Role: p.role(), Beneficiary: c.Beneficiary, Reviewers: c.Reviewers,
		Justification: c.Justification, Duration: c.Duration, Asked: c.IssuedAt, Expires: c.Expires,
		ID: c.ID, HeldUntil: p.Open.Window.End, ApproveAction: p.here + "/approve", DeclineAction: p.here + "/decline",
		Allows: allowsModel(p.Role), MaxReason: eligibility.MaxText,
	}
	if fixed := c.Fixed; fixed != nil {
		page.Start, page.End = fixed.Start, fixed.End
	}
	page.Hints = []view.HiddenField{{Name: fieldTheirs, Value: p.Theirs.Reference().Encode()}}
	if p.Refused == nil {
		page.Hints = append(page.Hints, view.HiddenField{Name: fieldMine, Value: p.Mine.Reference().Encode()})
	}
	return page
}

// revoke asks whether to end what the request has opened.
func (p requestPage) revoke() view.RevokePage {
	ledger := p.Status.Ledger
	return view.RevokePage{
		Now: p.now, Role: p.role(), Beneficiary: p.Claims.Beneficiary, Start: ledger.Window.Start, End: ledger.Window.End,
		Description: ledger.Description, Action: p.here + "/revoke", KeepLink: p.here,
	}
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
