package audit

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// EventStart is the name of the events that the portal logs while it starts.
const EventStart = "runtime.startup"

// eventNames are what events are called in the log. Those without a remark are JIT Access 1.8.1's.
var eventNames = map[event.Verb]string{
	event.SignIn:       "iap.authenticate",
	event.ListProjects: "api.listProjects",
	event.ListRoles:    "api.listEligibleRoles",
	event.OpenRequest:  "api.getActivationRequest",
	event.Activate:     "api.activateRole",
	event.Approve:      "api.activateRole",
	event.Request:      "api.requestRole",
	event.End:          "api.endRole",         // ours: an activation ended early
	event.Decline:      "api.declineRequest",  // ours: a reviewer refused
	event.Withdraw:     "api.withdrawRequest", // ours: the beneficiary took it back
	event.Revoke:       "api.revokeRole",      // ours: somebody else ended an activation
}

// Cloud Logging moves the values of these keys out of the payload.
const (
	keyLabels = "logging.googleapis.com/labels"
	keyTrace  = "logging.googleapis.com/trace" // joins a line to the request's trace
)

// Log writes events. It is safe for concurrent use.
type Log struct {
	out     *slog.Logger
	project string
}

// New writes to w. The project is the portal's own, to which traces belong.
func New(w io.Writer, project string) *Log { return &Log{out: slog.New(Handler(w)), project: project} }

// Handler writes log lines with the keys that Cloud Logging knows: severity, message and time.
func Handler(w io.Writer) slog.Handler {
	return slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: cloudKeys})
}

func cloudKeys(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.LevelKey:
		return slog.String("severity", severity(a.Value))
	case slog.MessageKey:
		a.Key = "message"
	}
	return a
}

func severity(level slog.Value) string {
	if l, ok := level.Any().(slog.Level); ok && l >= slog.LevelWarn && l < slog.LevelError {
		return "WARNING"
	}
	return level.String()
}

// Record writes an event as one line; a refusal is an error.
func (l *Log) Record(ctx context.Context, e event.Event) {
	written := entryOf(e)
	labels := make([]any, 0, len(written.Labels))
	for _, key := range slices.Sorted(maps.Keys(written.Labels)) {
		labels = append(labels, slog.String(key, written.Labels[key]))
	}
	attrs := append([]slog.Attr{slog.Group(keyLabels, labels...)}, written.payload.attrs()...)
	if name := TraceName(l.project, e.By.Trace); name != "" {
		attrs = append(attrs, slog.String(keyTrace, name))
	}
	level := slog.LevelInfo
	if e.Refusal != nil {
		level = slog.LevelError
	}
	l.out.LogAttrs(ctx, level, cut(message(e), maxMessage), attrs...)
}

// TraceName turns the header X-Cloud-Trace-Context ("TRACE/SPAN;o=1") into the name that Cloud
// Logging joins lines by; "" where there is none.
func TraceName(project, header string) string {
	trace, _, _ := strings.Cut(header, "/")
	if project == "" || !isTrace(trace) {
		return ""
	}
	return "projects/" + project + "/traces/" + trace
}

func isTrace(id string) bool {
	return len(id) == 32 && strings.Trim(id, "0123456789abcdefABCDEF") == ""
}
