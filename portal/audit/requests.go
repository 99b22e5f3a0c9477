package audit

import (
	"context"
	"fmt"
	"log/slog"
)

// Request is a multi-party activation, as asked for or as decided.
type Request struct {
	Activation
	Beneficiary string
	Reviewers   []string
	Reason      string // of somebody who declined
}

// Requested says that a person asked peers to approve a role.
func (l *Log) Requested(ctx context.Context, r Request) {
	l.write(ctx, slog.LevelInfo, fmt.Sprintf("User %s requested '%s' for %d minutes",
		r.Who.Email, list(r.Entitlements), minutes(r.End.Sub(r.Start))), r.Who.Trace, r.labels(EventRequest))
}

// Approved says that a reviewer approved a request.
func (l *Log) Approved(ctx context.Context, r Request) {
	l.write(ctx, slog.LevelInfo, fmt.Sprintf("User %s approved '%s' for %s",
		r.Who.Email, list(r.Entitlements), r.Beneficiary), r.Who.Trace, r.labels(EventActivate))
}

// Declined says that a reviewer refused a request.
func (l *Log) Declined(ctx context.Context, r Request) {
	l.write(ctx, slog.LevelInfo, fmt.Sprintf("User %s declined '%s' for %s",
		r.Who.Email, list(r.Entitlements), r.Beneficiary), r.Who.Trace, r.labels(EventDecline))
}

// Overtaken says that somebody pressed what had been decided before, otherwise or
// by somebody else, so that nothing was done. Tried is what they pressed, up to
// the role; before is what the policy holds: "declined", and by whom.
func (l *Log) Overtaken(ctx context.Context, event, reason, tried string, r Request, before, by string) {
	all := r.labels(event)
	all["error"] = reason
	delete(all, "activation_start")
	delete(all, "activation_end")
	message := fmt.Sprintf("User %s tried to %s '%s' for %s: it was %s before", r.Who.Email, tried, list(r.Entitlements), r.Beneficiary, before)
	if by != "" {
		message += ", by " + by
	}
	l.write(ctx, slog.LevelError, message, r.Who.Trace, all)
}

// Withdrawn says that the beneficiary took a request back.
func (l *Log) Withdrawn(ctx context.Context, r Request) {
	l.write(ctx, slog.LevelInfo, fmt.Sprintf("User %s withdrew the request for '%s'",
		r.Who.Email, list(r.Entitlements)), r.Who.Trace, r.labels(EventWithdraw))
}

// Revoked says that somebody ended an activation of somebody else.
func (l *Log) Revoked(ctx context.Context, r Request) {
	message := fmt.Sprintf("User %s revoked '%s' of %s", r.Who.Email, list(r.Entitlements), r.Beneficiary)
	if r.Repeated {
		message = fmt.Sprintf("User %s tried to revoke '%s' of %s, which had ended before", r.Who.Email, list(r.Entitlements), r.Beneficiary)
	}
	l.write(ctx, slog.LevelInfo, message, r.Who.Trace, r.labels(EventRevoke))
}

func (r Request) labels(event string) labels {
	all := r.Activation.labels(event)
	all["justification"] = r.Justification
	all["beneficiary"] = r.Beneficiary
	all["reviewers"] = joined(r.Reviewers)
	all["reason"] = r.Reason
	return all
}
