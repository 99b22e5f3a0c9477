package app

import (
	"context"
	"log/slog"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/catalog"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/audit"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/web"
)

// lookups gives the catalog to the pages and to the desk.
type lookups struct {
	*catalog.Catalog
	roles *iamrole.Reader
	log   *slog.Logger
}

// Role implements web.Catalog.
func (l lookups) Role(ctx context.Context, name string) iamrole.Role {
	role, err := l.roles.Describe(ctx, name)
	if err != nil {
		l.log.WarnContext(ctx, "A role could not be described", slog.String("role", name), slog.Any("error", err))
		return iamrole.Role{}
	}
	return role
}

// records gives the pages' records to the audit log.
type records struct{ log *audit.Log }

// events names what a verb is called in the log.
var events = map[web.Verb]string{
	web.VerbSignIn:    audit.EventAuthenticate,
	web.VerbLookHome:  audit.EventListProjects,
	web.VerbLookRoles: audit.EventListRoles,
	web.VerbActivate:  audit.EventActivate,
	web.VerbEnd:       audit.EventEnd,

	web.VerbLookRequest: audit.EventLookRequest,
	web.VerbAsk:         audit.EventRequest,
	web.VerbApprove:     audit.EventActivate,
	web.VerbDecline:     audit.EventDecline,
	web.VerbWithdraw:    audit.EventWithdraw,
	web.VerbRevoke:      audit.EventRevoke,
}

// Activated implements web.Auditor.
func (r records) Activated(ctx context.Context, by web.Visitor, a activation.Activated) {
	record := audit.Activation{
		Who: who(by), ID: a.Order.ID, Project: a.Order.Project, Justification: a.Order.Justification,
		Start: a.Window().Start, End: a.Window().End, Repeated: a.Repeated,
	}
	for _, made := range a.Activations {
		record.Entitlements = append(record.Entitlements, entitlement(made.Key))
	}
	r.log.SelfActivated(ctx, record)
}

// Ended implements web.Auditor.
func (r records) Ended(ctx context.Context, by web.Visitor, e activation.Ended) {
	r.log.Ended(ctx, audit.Activation{
		Who: who(by), ID: e.Activation.ID, Project: e.Activation.Project(),
		Entitlements: []audit.Entitlement{entitlement(e.Activation.Key)},
		Start:        e.Activation.Window.Start, End: e.Activation.Window.End, Repeated: e.Repeated,
	})
}

// Asked implements web.Auditor.
func (r records) Asked(ctx context.Context, by web.Visitor, a activation.Asked) {
	r.log.Requested(ctx, requestRecord(by, a.Claims, eligibility.Window{
		Start: a.Claims.IssuedAt, End: a.Claims.IssuedAt.Add(a.Claims.Duration),
	}))
}

// Decided implements web.Auditor.
func (r records) Decided(ctx context.Context, by web.Visitor, pressed web.Verb, d activation.Decided, reason string) {
	record := requestRecord(by, d.Claims, d.Status.Ledger.Window)
	record.Repeated, record.Reason = d.Repeated, reason
	switch pressed {
	case web.VerbDecline:
		r.log.Declined(ctx, record)
	case web.VerbWithdraw:
		r.log.Withdrawn(ctx, record)
	default:
		r.log.Approved(ctx, record)
	}
}

// tried names what somebody pressed to no avail, and before what had been decided.
var (
	tried = map[web.Verb]string{
		web.VerbApprove: "approve", web.VerbDecline: "decline", web.VerbWithdraw: "withdraw",
	}
	before = map[activation.State]string{
		activation.Approved: "approved", activation.Over: "approved", activation.Declined: "declined", activation.Withdrawn: "withdrawn",
	}
)

// Overtaken implements web.Auditor.
func (r records) Overtaken(ctx context.Context, by web.Visitor, pressed web.Verb, d activation.Decided) {
	r.log.Overtaken(ctx, events[pressed], string(web.KindSpent), tried[pressed], requestRecord(by, d.Claims, d.Status.Ledger.Window),
		before[d.Status.State], d.Status.Decider(d.Claims))
}

// Revoked implements web.Auditor.
func (r records) Revoked(ctx context.Context, by web.Visitor, user string, e activation.Ended) {
	r.log.Revoked(ctx, audit.Request{Beneficiary: user, Activation: audit.Activation{
		Who: who(by), ID: e.Activation.ID, Project: e.Activation.Project(),
		Entitlements: []audit.Entitlement{entitlement(e.Activation.Key)},
		Start:        e.Activation.Window.Start, End: e.Activation.Window.End, Repeated: e.Repeated,
	}})
}

func entitlement(k eligibility.Key) audit.Entitlement {
	return audit.Entitlement{Project: k.Project(), Role: k.Role, ResourceCondition: k.ResourceCondition}
}

func requestRecord(by web.Visitor, c request.Claims, w eligibility.Window) audit.Request {
	return audit.Request{
		Beneficiary: c.Beneficiary, Reviewers: c.Reviewers,
		Activation: audit.Activation{
			Who: who(by), ID: c.ID, Project: c.Key.Project(), Justification: c.Justification, Start: w.Start, End: w.End,
			Entitlements: []audit.Entitlement{entitlement(c.Key)},
		},
	}
}

// Refused implements web.Auditor.
func (r records) Refused(ctx context.Context, by web.Visitor, refusal web.Refusal) {
	if refusal.Verb == web.VerbSignIn {
		r.log.NotIdentified(ctx, who(by), refusal.Reason, text(refusal.Cause))
		return
	}
	record := audit.Refusal{
		Who: who(by), Event: events[refusal.Verb], Doing: doing(refusal), Reason: refusal.Reason, Cause: text(refusal.Cause),
		Project: refusal.Project, ID: refusal.ID, Justification: refusal.Justification,
	}
	for _, role := range refusal.Roles {
		record.Entitlements = append(record.Entitlements, audit.Entitlement{
			Project: refusal.Project, Role: role.Role, ResourceCondition: role.ResourceCondition,
		})
	}
	r.log.Refused(ctx, record)
}

func doing(r web.Refusal) string {
	if r.Project == "" {
		return string(r.Verb)
	}
	return string(r.Verb) + " on " + r.Project
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func who(v web.Visitor) audit.Who {
	return audit.Who{
		Email: v.Email, Subject: v.Subject, Device: v.Device, AccessLevels: v.AccessLevels,
		Trace: v.Trace, Request: v.Request,
	}
}
