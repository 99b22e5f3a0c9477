package app

import (
	"context"
	"log/slog"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/notify"
)

// loggingNotifier logs why the notifier did not reach somebody. Pages only show who that is, with a
// kind of reason.
type loggingNotifier struct {
	notifier *notify.Notifier
	log      *slog.Logger
}

// Notify implements web.Notifier.
func (m loggingNotifier) Notify(ctx context.Context, e event.Event, at event.Addresses) []event.Unreached {
	var unreached []event.Unreached
	for _, f := range m.notifier.Notify(ctx, e, at) {
		m.log.WarnContext(ctx, "Somebody was not told", slog.String("request", e.By.Request), slog.String("activation_id", e.ID),
			slog.String("address", f.Address), slog.String("reason", f.Reason), slog.Any("error", f.Err))
		if f.Address != "" {
			unreached = append(unreached, event.Unreached{Email: f.Address, Why: f.Why()})
		}
	}
	return unreached
}
