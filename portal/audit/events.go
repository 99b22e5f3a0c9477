package audit

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"
)

// Who did it: the person as Identity-Aware Proxy vouches for, and the request.
type Who struct {
	Email, Subject, Device string
	AccessLevels           []string
	Trace                  string // X-Cloud-Trace-Context as it came
	Request                string // the portal's own request id, which pages show
}

// Activation is one that was written, or found again by a repeated order.
type Activation struct {
	Who           Who
	ID            string
	Project       string
	Entitlements  []Entitlement
	Justification string
	Start, End    time.Time
	Repeated      bool
}

// Entitlement is a role on a project with its resource condition.
type Entitlement struct{ Project, Role, ResourceCondition string }

// String writes an entitlement as JIT Access 1.8.1 does.
func (e Entitlement) String() string {
	if e.ResourceCondition == "" {
		return fmt.Sprintf("[iam] %s on %s", e.Role, e.Project)
	}
	return fmt.Sprintf("[iam] %s on %s (condition: %s)", e.Role, e.Project, e.ResourceCondition)
}

// SelfActivated says that a person activated roles that need nobody's approval.
func (l *Log) SelfActivated(ctx context.Context, a Activation) {
	all := a.labels(EventActivate)
	all["justification"] = a.Justification
	l.write(ctx, slog.LevelInfo, fmt.Sprintf("User %s activated %s for themselves for %d minutes",
		a.Who.Email, list(a.Entitlements), minutes(a.End.Sub(a.Start))), a.Who.Trace, all)
}

// Ended says that a person gave an activation back early. Who did, where it had
// ended before, nobody knows here.
func (l *Log) Ended(ctx context.Context, a Activation) {
	message := fmt.Sprintf("User %s ended %s", a.Who.Email, list(a.Entitlements))
	if a.Repeated {
		message = fmt.Sprintf("User %s tried to end %s, which had ended before", a.Who.Email, list(a.Entitlements))
	}
	l.write(ctx, slog.LevelInfo, message, a.Who.Trace, a.labels(EventEnd))
}

func (a Activation) labels(event string) labels {
	all := a.Who.labels(event)
	all["project"] = a.Project
	all["activation_id"] = a.ID
	all["activation_start"] = instant(a.Start)
	all["activation_end"] = instant(a.End)
	all["entitlements"] = list(a.Entitlements)
	if a.Repeated {
		all["repeated"] = "true"
	}
	return all
}

// Refusal is an order, or a look, that was refused.
type Refusal struct {
	Who           Who
	Event         string // one of the names above
	Doing         string // "activate roles on payments-prod"
	Reason        string // stable, for queries
	Cause         string // for administrators; may be empty
	Project       string
	Entitlements  []Entitlement
	ID            string
	Justification string
}

// Refused says that something was refused, or could not be done, and why.
func (l *Log) Refused(ctx context.Context, r Refusal) {
	all := r.Who.labels(r.Event)
	all["error"] = r.Reason
	all["project"] = r.Project
	all["activation_id"] = r.ID
	all["entitlements"] = list(r.Entitlements)
	all["justification"] = r.Justification
	message := fmt.Sprintf("User %s failed to %s: %s", r.Who.Email, r.Doing, r.Reason)
	if r.Cause != "" {
		message += ": " + r.Cause
	}
	l.write(ctx, slog.LevelError, message, r.Who.Trace, all)
}

// NotIdentified says that a request carried no assertion that can be believed.
func (l *Log) NotIdentified(ctx context.Context, who Who, reason, cause string) {
	all := who.labels(EventAuthenticate)
	all["error"] = reason
	l.write(ctx, slog.LevelError, "Verifying IAP assertion failed: "+cause, who.Trace, all)
}

func (w Who) labels(event string) labels {
	all := labels{"event": event, "request": w.Request}
	if w.Email != "" {
		all["user"] = w.Email
		all["user_id"] = w.Subject
		all["device_id"] = w.Device
		all["device_access_levels"] = joined(w.AccessLevels)
		if w.Device == "" {
			all["device_id"] = "unknown"
		}
	}
	return all
}

func list(all []Entitlement) string {
	texts := make([]string, len(all))
	for i, e := range all {
		texts[i] = e.String()
	}
	return joined(texts)
}

func minutes(d time.Duration) int { return int(d.Round(time.Minute).Minutes()) }

func sortedKeys(all labels) []string { return slices.Sorted(maps.Keys(all)) }
