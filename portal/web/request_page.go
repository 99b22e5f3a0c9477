package web

import (
	"errors"
	"slices"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// requestPage is the present state of a request, with what the address of its page says.
type requestPage struct {
	activation.Review
	now     time.Time
	address string // the page's own address
	link    string // for people to pass on, as it is in the mail
	flash   flash
}

// asksDecision reports whether the page is the form to decide.
func (p requestPage) asksDecision() bool { return !p.Own && p.Approvable() }

// justDone reports whether the reader has just done what the address says about the request. The
// policy confirms everything but who revoked, which only the address says.
func (p requestPage) justDone() bool {
	return p.Confirms(p.flash.done) && (p.flash.done != event.Revoked || p.flash.by == p.Viewer)
}

// role is the requested role, with its title where that is known.
func (p requestPage) role() view.Role {
	return roleModel(p.Claims.Key, map[string]string{p.Role.Name: p.Role.Title})
}

// states are the states of a request as its page has them.
var states = map[activation.State]view.RequestState{
	activation.Waiting:   view.Waiting,
	activation.Approved:  view.Approved,
	activation.Over:      view.Over,
	activation.Declined:  view.Declined,
	activation.Withdrawn: view.Withdrawn,
	activation.Spent:     view.Spent,
	activation.Expired:   view.Expired,
}

// asked is the page of a request for everybody whom it names, with what its reader can do about it.
func (p requestPage) asked() view.AskedPage {
	c, ledger := p.Claims, p.Status.Ledger
	page := view.AskedPage{
		Now: p.now, State: states[p.Status.State], Role: p.role(), Beneficiary: c.Beneficiary,
		Reviewers: c.Reviewers, Justification: c.Justification, Asked: c.IssuedAt, Expires: c.Expires,
		Start: ledger.Window.Start, End: ledger.Window.End, Duration: c.Duration,
		Description: ledger.Description, ID: c.ID, ProjectLink: projectAddress(c.Key.Project()), SelfLink: p.address, Link: p.link,
		DecidedBy: p.Status.Decider(c), DecidedAt: p.Status.DecidedAt(c), Reason: p.Status.DeclineReason(c),
		EndedEarly: p.EndedEarly(), TooLate: p.tooLate(), Mail: p.mail(),
	}
	if fixed := c.Fixed; fixed != nil {
		page.Fixed = true
		if page.State == view.Waiting {
			page.Start, page.End = fixed.Start, fixed.End
		}
	}
	if page.State == view.Waiting && p.Void != nil {
		page.EligibilityUnknown = activation.Uncertain(p.Void)
		p.voided(&page)
	}
	p.controls(&page)
	return page
}

// voided sets the state of a request that waits although nobody may approve it.
func (p requestPage) voided(page *view.AskedPage) {
	var refusal *activation.Refusal
	switch {
	case p.Approvable() || !errors.As(p.Void, &refusal):
	case refusal.Reason == activation.LostEligibility || refusal.Reason == activation.BindingChanged:
		page.State = view.Ineligible
	default:
		page.State, page.Void = view.Void, refusal.Message
	}
}

// controls sets the forms and links by which the reader can act on the request. A beneficiary who
// is not eligible any more is not offered to request the role again.
func (p requestPage) controls(page *view.AskedPage) {
	mine := p.Claims.AskedBy(p.Viewer)
	switch {
	case mine && page.State == view.Waiting:
		page.WithdrawAction, page.ResendAction = p.address+"/withdraw", p.address+"/resend"
	case mine && page.State == view.Approved:
		page.EndLink = endAddress(p.Status.Ledger)
	case !p.Own && page.State == view.Approved:
		page.RevokeLink = p.address + "/revoke"
	}
	if mine && p.MayAskAgain() && page.State != view.Waiting {
		page.AgainLink = withRole(askAddress(p.BeneficiaryEntitlement.Project()), p.BeneficiaryEntitlement.Reference().Encode())
	}
}

// tooLate says what made the reader's act change nothing, if the policy confirms it.
func (p requestPage) tooLate() view.TooLate {
	switch {
	case p.flash.tooLate == tooLateDecided && p.Decided():
		return view.TooLateDecided
	case p.flash.tooLate == tooLateEnded && p.Status.State == activation.Over:
		return view.TooLateEnded
	}
	return ""
}

// mail says who was sent the e-mail of a request. Only the beneficiary of a waiting request can act
// on it, and an address that leaves anybody out was written by hand.
func (p requestPage) mail() *view.Mail {
	beneficiary, f := p.Claims.Beneficiary, p.flash
	if !p.Claims.AskedBy(p.Viewer) || p.Status.State != activation.Waiting || f.done != doneAsked ||
		len(f.notified)+len(f.unreached) != len(recipients(p.Claims)) {
		return nil
	}
	m := view.Mail{Unreached: f.unreached, Reason: f.unreachedReason(beneficiary), Copied: slices.Contains(f.notified, beneficiary)}
	if f.why == event.WhyLimit && !m.Copied {
		m.Reason = "You reached the limit of e-mails; try again in a few minutes."
	}
	if !f.again.IsZero() && !f.again.Before(p.Claims.IssuedAt) && !f.again.After(p.now) {
		m.ResentAt = f.again
	}
	return &m
}

// decided is the page that follows a decision, for the person who has just made it. It shows what
// the policy holds.
func (p requestPage) decided() view.DecidedPage {
	window := p.Status.Ledger.Window
	page := view.DecidedPage{
		Now: p.now, Decision: view.Decision(p.flash.done), Role: p.role(), Beneficiary: p.Claims.Beneficiary,
		Justification: p.Claims.Justification, Start: window.Start, End: window.End,
		Reason: p.Status.DeclineReason(p.Claims), RequestLink: p.address,
	}
	page.Notified, page.Unreached = p.flash.mailNotice(p.Claims.Beneficiary, p.Viewer)
	if p.Status.State == activation.Approved && !p.Own {
		page.RevokeLink = p.address + "/revoke"
	}
	return page
}

// review is the page on which a reviewer decides.
func (p requestPage) review() view.ReviewPage {
	c := p.Claims
	page := view.ReviewPage{
		Now: p.now, Role: p.role(), Beneficiary: c.Beneficiary, Reviewers: c.Reviewers,
		Justification: c.Justification, Duration: c.Duration, Asked: c.IssuedAt, Expires: c.Expires,
		ID: c.ID, HeldUntil: p.Open.Window.End, ApproveAction: p.address + "/approve", DeclineAction: p.address + "/decline",
		Allows: allowsModel(p.Role), MaxReason: eligibility.MaxText,
	}
	if fixed := c.Fixed; fixed != nil {
		page.Start, page.End = fixed.Start, fixed.End
	}
	page.Hints = []view.HiddenField{{Name: fieldBeneficiaryHint, Value: p.BeneficiaryEntitlement.Reference().Encode()}}
	if p.Refused == nil {
		page.Hints = append(page.Hints, view.HiddenField{Name: fieldReviewerHint, Value: p.ReviewerEntitlement.Reference().Encode()})
	}
	return page
}

// revoke is the page on which a reviewer confirms a revocation.
func (p requestPage) revoke() view.RevokePage {
	ledger := p.Status.Ledger
	return view.RevokePage{
		Now: p.now, Role: p.role(), Beneficiary: p.Claims.Beneficiary, Start: ledger.Window.Start, End: ledger.Window.End,
		Description: ledger.Description, Action: p.address + "/revoke", CancelLink: p.address,
	}
}

// allowsModel is what a role lets its holder do, or nil where IAM does not describe it.
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
