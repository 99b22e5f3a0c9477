package app

import (
	"context"
	"log/slog"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/catalog"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/audit"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
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

// Activated implements web.Auditor.
func (r records) Activated(ctx context.Context, by web.Visitor, a activation.Activated) {
	r.record(ctx, by, a.Event())
}

// Ended implements web.Auditor.
func (r records) Ended(ctx context.Context, by web.Visitor, e activation.Ended) {
	r.record(ctx, by, e.Event(event.End, nil))
}

// Asked implements web.Auditor.
func (r records) Asked(ctx context.Context, by web.Visitor, a activation.Asked) {
	r.record(ctx, by, a.Event())
}

// Decided implements web.Auditor.
func (r records) Decided(ctx context.Context, by web.Visitor, _ web.Verb, d activation.Decided, _ string) {
	r.record(ctx, by, d.Event())
}

// Overtaken implements web.Auditor.
func (r records) Overtaken(ctx context.Context, by web.Visitor, _ web.Verb, d activation.Decided) {
	r.record(ctx, by, d.Event())
}

// Revoked implements web.Auditor.
func (r records) Revoked(ctx context.Context, by web.Visitor, _ string, e activation.Ended) {
	r.record(ctx, by, e.Event(event.Revoke, nil))
}

// Refused implements web.Auditor.
func (r records) Refused(ctx context.Context, by web.Visitor, refusal web.Refusal) {
	e := event.Event{
		Verb: event.Verb(refusal.Verb), ID: refusal.ID, Justification: refusal.Justification, Refusal: &event.Refusal{Reason: refusal.Reason},
	}
	if refusal.Project != "" {
		e.Resource = "projects/" + refusal.Project
	}
	if refusal.Cause != nil {
		e.Refusal.Cause = refusal.Cause.Error()
	}
	for _, role := range refusal.Roles {
		e.Grants = append(e.Grants, event.Grant{Resource: e.Resource, Role: role.Role, Condition: role.ResourceCondition})
	}
	r.record(ctx, by, e)
}

func (r records) record(ctx context.Context, by web.Visitor, e event.Event) {
	e.By = event.Actor{
		Email: by.Email, Subject: by.Subject, Device: by.Device, AccessLevels: by.AccessLevels, Trace: by.Trace, Request: by.Request,
	}
	r.log.Record(ctx, e)
}
