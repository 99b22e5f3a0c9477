package app

import (
	"context"
	"log/slog"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
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
	return m.tell(ctx, by, activation.Asked{Claims: c}.Event(), at)
}

// Decided implements web.Notifier.
func (m messages) Decided(ctx context.Context, by web.Visitor, d activation.Decided, _ string, at web.Addresses) []web.Untold {
	return m.tell(ctx, by, d.Event(), at)
}

// Revoked implements web.Notifier.
func (m messages) Revoked(ctx context.Context, by web.Visitor, c request.Claims, e activation.Ended, at web.Addresses) []web.Untold {
	return m.tell(ctx, by, e.Event(event.Revoke, &c), at)
}

// Ended implements web.Notifier.
func (m messages) Ended(ctx context.Context, by web.Visitor, e activation.Ended, at web.Addresses) {
	m.tell(ctx, by, e.Event(event.End, nil), at)
}

// Taken implements web.Notifier.
func (m messages) Taken(ctx context.Context, by web.Visitor, e activation.Ended, at web.Addresses) []web.Untold {
	return m.tell(ctx, by, e.Event(event.Revoke, nil), at)
}

// Activated implements web.Notifier.
func (m messages) Activated(ctx context.Context, by web.Visitor, a activation.Activated) []web.Untold {
	return m.tell(ctx, by, a.Event(), web.Addresses{})
}

// tell logs what failed and returns the people who were not told.
func (m messages) tell(ctx context.Context, by web.Visitor, e event.Event, at web.Addresses) []web.Untold {
	e.By = event.Actor{Email: by.Email, Request: by.Request}
	var people []web.Untold
	for _, f := range m.notifier.Tell(ctx, e, event.Addresses(at)) {
		m.log.WarnContext(ctx, "Somebody was not told", slog.String("request", e.By.Request), slog.String("activation_id", e.ID),
			slog.String("address", f.Address), slog.String("reason", f.Reason), slog.Any("error", f.Err))
		if f.Address != "" {
			people = append(people, web.Untold{Email: f.Address, Why: web.Why(f.Why())})
		}
	}
	return people
}
