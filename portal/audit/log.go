package audit

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"time"
)

// Names of events. Those without a remark are of JIT Access 1.8.1.
const (
	EventAuthenticate = "iap.authenticate"
	EventActivate     = "api.activateRole"
	EventListProjects = "api.listProjects"
	EventListRoles    = "api.listEligibleRoles"
	EventRequest      = "api.requestRole"
	EventLookRequest  = "api.getActivationRequest"
	EventEnd          = "api.endRole"         // ours: an activation ended early
	EventDecline      = "api.declineRequest"  // ours: a reviewer refused
	EventWithdraw     = "api.withdrawRequest" // ours: the beneficiary took it back
	EventRevoke       = "api.revokeRole"      // ours: somebody else ended an activation
	EventStart        = "runtime.startup"
)

// keyTrace joins a line to the request's trace in Cloud Logging.
const keyTrace = "logging.googleapis.com/trace"

// Log writes events. It is safe for concurrent use.
type Log struct {
	out     *slog.Logger
	project string
}

// New writes to w. The project is the portal's own, to which traces belong.
func New(w io.Writer, project string) *Log { return &Log{out: slog.New(Handler(w)), project: project} }

// Handler writes log lines with the keys that Cloud Logging knows: severity,
// message and time.
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

// What of an event is written at most, in characters: of a text, of a list, whose
// items are cut as texts, and of the message. Cloud Logging takes 256 KiB for an
// entry, and one character may take six bytes. What people write into forms is
// shorter, unless it was refused.
// Source: cloud.google.com/logging/quotas.
const (
	maxText    = 500
	maxList    = 10_000
	maxMessage = 4_000
)

// cut is the text, or its beginning with a sign that it goes on, as valid UTF-8.
func cut(text string, most int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	n := 0
	for i := range text {
		if n++; n > most {
			return text[:i] + "…"
		}
	}
	return text
}

// joined is a list in one text.
func joined(items []string) string {
	var all strings.Builder
	for i, item := range items {
		if i > 0 {
			all.WriteString(", ")
		}
		all.WriteString(cut(item, maxText))
		if all.Len() > maxList {
			break
		}
	}
	return cut(all.String(), maxList)
}

// labels are an event's labels; an empty value is left out.
type labels map[string]string

// lists are the labels that hold lists, already cut.
var lists = map[string]bool{"entitlements": true, "reviewers": true, "device_access_levels": true}

func (l *Log) write(ctx context.Context, level slog.Level, message string, trace string, all labels) {
	attrs := make([]any, 0, len(all))
	for _, key := range sortedKeys(all) {
		switch value := all[key]; {
		case value == "":
		case lists[key]:
			attrs = append(attrs, slog.String(key, value))
		default:
			attrs = append(attrs, slog.String(key, cut(value, maxText)))
		}
	}
	fields := []slog.Attr{slog.Group("logging.googleapis.com/labels", attrs...)}
	if name := TraceName(l.project, trace); name != "" {
		fields = append(fields, slog.String(keyTrace, name))
	}
	l.out.LogAttrs(ctx, level, cut(message, maxMessage), fields...)
}

// TraceName turns the header X-Cloud-Trace-Context ("TRACE/SPAN;o=1") into the
// name that Cloud Logging joins lines by; "" where there is none.
func TraceName(project, header string) string {
	trace, _, _ := strings.Cut(header, "/")
	if project == "" || len(trace) != 32 || strings.Trim(trace, "0123456789abcdefABCDEF") != "" {
		return ""
	}
	return "projects/" + project + "/traces/" + trace
}

// instant is a time as JIT Access 1.8.1 writes it: seconds are left out where
// they are zero.
func instant(t time.Time) string {
	t = t.UTC()
	if t.Second() == 0 {
		return t.Format("2006-01-02T15:04Z")
	}
	return t.Format("2006-01-02T15:04:05Z")
}
