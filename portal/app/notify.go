package app

import (
	"context"
	"log/slog"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/notify"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/web"
)

// messages gives the pages' messages to the notifier, and what failed to the
// log: a page says only who was not told, and the kind of reason.
type messages struct {
	notifier *notify.Notifier
	log      *slog.Logger
}

// Asked implements web.Notifier.
func (m messages) Asked(ctx context.Context, by web.Visitor, c request.Claims, at web.Addresses) []web.Untold {
	return m.untold(ctx, by, c.ID, m.notifier.Requested(ctx, requested(c, at)))
}

// verdicts name states in mail.
var verdicts = map[activation.State]notify.Verdict{
	activation.Approved:  notify.Approved,
	activation.Declined:  notify.Declined,
	activation.Withdrawn: notify.Withdrawn,
}

// Decided implements web.Notifier.
func (m messages) Decided(ctx context.Context, by web.Visitor, d activation.Decided, reason string, at web.Addresses) []web.Untold {
	return m.untold(ctx, by, d.Claims.ID, m.notifier.Decided(ctx, notify.Decision{
		Request: requested(d.Claims, at), Verdict: verdicts[d.Status.State], By: by.Email, Reason: reason,
		At: d.Status.Ledger.Window.Start, Start: d.Status.Ledger.Window.Start, End: d.Status.Ledger.Window.End,
	}))
}

// Revoked implements web.Notifier.
func (m messages) Revoked(ctx context.Context, by web.Visitor, c request.Claims, e activation.Ended, at web.Addresses) []web.Untold {
	return m.untold(ctx, by, c.ID, m.notifier.Decided(ctx, notify.Decision{
		Request: requested(c, at), Verdict: notify.Revoked, By: by.Email,
		At: e.Activation.Window.End, Start: e.Activation.Window.Start, End: e.Activation.Window.End,
	}))
}

// Ended implements web.Notifier.
func (m messages) Ended(ctx context.Context, by web.Visitor, e activation.Ended, at web.Addresses) {
	m.untold(ctx, by, e.Activation.ID, m.notifier.Ended(ctx, taken(by, e, at)))
}

// Taken implements web.Notifier.
func (m messages) Taken(ctx context.Context, by web.Visitor, e activation.Ended, at web.Addresses) []web.Untold {
	return m.untold(ctx, by, e.Activation.ID, m.notifier.Revoked(ctx, taken(by, e, at)))
}

func taken(by web.Visitor, e activation.Ended, at web.Addresses) notify.Revocation {
	a := e.Activation
	return notify.Revocation{
		ID: a.ID, Beneficiary: a.User, Project: a.Project(), Role: a.Role, ResourceCondition: a.ResourceCondition,
		Description: a.Description, By: by.Email, Start: a.Window.Start, End: a.Window.End, Home: at.Home,
	}
}

// Activated implements web.Notifier.
func (m messages) Activated(ctx context.Context, by web.Visitor, a activation.Activated) []web.Untold {
	roles := make([]string, len(a.Activations))
	for i, made := range a.Activations {
		roles[i] = made.Role
	}
	return m.untold(ctx, by, a.Order.ID, m.notifier.SelfActivated(ctx, notify.Activation{
		ID: a.Order.ID, Beneficiary: a.Order.Person, Project: a.Order.Project, Roles: roles,
		Justification: a.Order.Justification, Start: a.Window().Start, End: a.Window().End,
	}))
}

func requested(c request.Claims, at web.Addresses) notify.Request {
	return notify.Request{
		ID: c.ID, Beneficiary: c.Beneficiary, Reviewers: c.Reviewers, Project: c.Key.Project(), Role: c.Key.Role,
		ResourceCondition: c.Key.ResourceCondition, Justification: c.Justification, Duration: c.Duration,
		Asked: c.IssuedAt, Expires: c.Expires, Link: at.Request, Home: at.Home, GrantsMore: at.GrantsMore,
	}
}

// reasons are what a page says of a failure. What the mail server answered is
// for the log.
var reasons = map[string]web.Why{
	notify.Limit:          web.WhyLimit,
	notify.Configuration:  web.WhySetUp,
	notify.Refused:        web.WhyServer,
	notify.Timeout:        web.WhyServer,
	notify.Connection:     web.WhyServer,
	notify.TLS:            web.WhyServer,
	notify.Authentication: web.WhyServer,
}

// untold logs what failed and returns the people who were not told.
func (m messages) untold(ctx context.Context, by web.Visitor, id string, failures []notify.Failure) []web.Untold {
	var people []web.Untold
	for _, f := range failures {
		m.log.WarnContext(ctx, "Somebody was not told", slog.String("request", by.Request), slog.String("activation_id", id),
			slog.String("address", f.Address), slog.String("reason", f.Reason), slog.Any("error", f.Err))
		if f.Address != "" {
			people = append(people, web.Untold{Email: f.Address, Why: reasons[f.Reason]})
		}
	}
	return people
}
