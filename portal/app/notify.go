package app

import (
	"context"
	"log/slog"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/notify"
)

// messages has the notifier tell of events, and writes to the log what failed: a
// page says only who was not told, and the kind of reason.
type messages struct {
	notifier *notify.Notifier
	log      *slog.Logger
}

// Notify implements web.Notifier.
func (m messages) Notify(ctx context.Context, e event.Event, at event.Addresses) []event.Unreached {
	var people []event.Unreached
	for _, f := range m.notifier.Notify(ctx, e, at) {
		m.log.WarnContext(ctx, "Somebody was not told", slog.String("request", e.By.Request), slog.String("activation_id", e.ID),
			slog.String("address", f.Address), slog.String("reason", f.Reason), slog.Any("error", f.Err))
		if f.Address != "" {
			people = append(people, event.Unreached{Email: f.Address, Why: f.Why()})
		}
	}
	return people
}
