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

// Withdrawn says that the beneficiary took a request back.
func (l *Log) Withdrawn(ctx context.Context, r Request) {
	l.write(ctx, slog.LevelInfo, fmt.Sprintf("User %s withdrew the request for '%s'",
		r.Who.Email, list(r.Entitlements)), r.Who.Trace, r.labels(EventWithdraw))
}

// Revoked says that somebody ended an activation of somebody else.
func (l *Log) Revoked(ctx context.Context, r Request) {
	l.write(ctx, slog.LevelInfo, fmt.Sprintf("User %s revoked '%s' of %s",
		r.Who.Email, list(r.Entitlements), r.Beneficiary), r.Who.Trace, r.labels(EventRevoke))
}

func (r Request) labels(event string) labels {
	all := r.Activation.labels(event)
	all["justification"] = r.Justification
	all["beneficiary"] = r.Beneficiary
	all["reviewers"] = joined(r.Reviewers)
	all["reason"] = r.Reason
	return all
}
