package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// line is one event as Cloud Logging reads it.
type line struct {
	Severity string            `json:"severity"`
	Message  string            `json:"message"`
	Time     time.Time         `json:"time"`
	Labels   map[string]string `json:"logging.googleapis.com/labels"`
	Trace    string            `json:"logging.googleapis.com/trace"`
}

func written(t *testing.T, write func(context.Context, *Log)) line {
	t.Helper()
	var out bytes.Buffer
	write(t.Context(), New(&out, "jit-access"))
	if n := strings.Count(out.String(), "\n"); n != 1 {
		t.Fatalf("%d lines, want 1: %q", n, out.String())
	}
	var got line
	decoder := json.NewDecoder(&out)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&got); err != nil {
		t.Fatalf("reading the line: %v", err)
	}
	if got.Time.IsZero() {
		t.Error("the line has no time")
	}
	got.Time = time.Time{}
	return got
}

var (
	alice = Who{Email: "alice@example.com", Subject: "accounts.google.com:1", Trace: "0123456789abcdef0123456789abcdef/7;o=1", Request: "r-1"}
	start = time.Date(2026, 11, 19, 2, 14, 0, 0, time.UTC)
	admin = Entitlement{Project: "payments-prod", Role: "roles/compute.admin"}
)

func TestSelfActivated_KeepsTheContractOf181(t *testing.T) {
	got := written(t, func(ctx context.Context, l *Log) {
		l.SelfActivated(ctx, Activation{Who: alice, ID: "jit-Zm9vYmFyMTIzNDU2", Project: "payments-prod", Justification: "BUG-1",
			Entitlements: []Entitlement{admin, {Project: "payments-prod", Role: "roles/run.admin", ResourceCondition: `resource.name == "x"`}},
			Start:        start, End: start.Add(time.Hour + time.Second)})
	})
	entitlements := `[iam] roles/compute.admin on payments-prod, [iam] roles/run.admin on payments-prod (condition: resource.name == "x")`
	want := line{
		Severity: "INFO",
		Message:  "User alice@example.com activated " + entitlements + " for themselves for 60 minutes",
		Labels: map[string]string{
			"event": "api.activateRole", "user": "alice@example.com", "user_id": "accounts.google.com:1", "device_id": "unknown", "request": "r-1",
			"project": "payments-prod", "activation_id": "jit-Zm9vYmFyMTIzNDU2", "justification": "BUG-1", "entitlements": entitlements,
			"activation_start": "2026-11-19T02:14Z", "activation_end": "2026-11-19T03:14:01Z",
		},
		Trace: "projects/jit-access/traces/0123456789abcdef0123456789abcdef",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

func TestSelfActivated_ARepeatSaysSo(t *testing.T) {
	got := written(t, func(ctx context.Context, l *Log) { l.SelfActivated(ctx, Activation{Who: alice, Repeated: true}) })
	if got.Labels["repeated"] != "true" {
		t.Errorf("labels = %v, want repeated", got.Labels)
	}
}

func TestRefused_NamesTheReason(t *testing.T) {
	got := written(t, func(ctx context.Context, l *Log) {
		l.Refused(ctx, Refusal{Who: alice, Event: EventEnd, Doing: "end a role on payments-prod", Reason: "NOT_ACTIVE", Cause: "Error 403", Project: "payments-prod"})
	})
	if got.Severity != "ERROR" || got.Labels["error"] != "NOT_ACTIVE" || got.Labels["event"] != "api.endRole" ||
		got.Message != "User alice@example.com failed to end a role on payments-prod: NOT_ACTIVE: Error 403" {
		t.Errorf("event = %+v", got)
	}
}

func TestEvents_WhatAPersonWroteMakesNoLineAndNoKey(t *testing.T) {
	evil := "x\r\n{\"severity\":\"INFO\"}\u2028\x00\",\"user\":\"mallory\""
	got := written(t, func(ctx context.Context, l *Log) {
		l.SelfActivated(ctx, Activation{Who: alice, Justification: evil, Project: evil})
	})
	if got.Labels["justification"] != evil || got.Labels["user"] != "alice@example.com" {
		t.Errorf("labels = %q", got.Labels)
	}
}

// Whoever sent a long form wrote an event that Cloud Logging does not take.
func TestRefused_FitsIntoAnEntry(t *testing.T) {
	var all []Entitlement
	for range 100 {
		all = append(all, Entitlement{Project: "payments-prod", Role: "roles/run.admin", ResourceCondition: strings.Repeat("\x01", 3000)})
	}
	for name, text := range map[string]string{"no UTF-8": strings.Repeat("\x80", 65_000), "controls": strings.Repeat("\x01", 65_000), "é": strings.Repeat("é", 32_000)} {
		var out bytes.Buffer
		New(&out, "jit-access").Refused(t.Context(), Refusal{
			Who: Who{Email: alice.Email, AccessLevels: []string{text, text}}, Event: EventActivate, Doing: text, Reason: "MALFORMED", Cause: text,
			Project: text, ID: text, Justification: text, Entitlements: all,
		})
		if out.Len() > 256<<10 {
			t.Errorf("%s: %d bytes", name, out.Len())
		}
		if !json.Valid(out.Bytes()) || !utf8.Valid(out.Bytes()) {
			t.Errorf("%s: the line is no JSON", name)
		}
	}
	got := written(t, func(ctx context.Context, l *Log) {
		l.Refused(ctx, Refusal{Who: alice, Event: EventActivate, Justification: strings.Repeat("é", 600), Entitlements: []Entitlement{admin, all[0], admin}})
	})
	if want := strings.Repeat("é", 500) + "…"; got.Labels["justification"] != want {
		t.Errorf("justification = %q", got.Labels["justification"])
	}
	if list := got.Labels["entitlements"]; !strings.HasSuffix(list, "…, "+admin.String()) || !strings.Contains(list, "roles/run.admin") {
		t.Errorf("entitlements = %q, want what comes after a long one too", list)
	}
}

func TestNotIdentified_NamesNobody(t *testing.T) {
	got := written(t, func(ctx context.Context, l *Log) {
		l.NotIdentified(ctx, Who{Request: "r-2"}, "EXPIRED", "the assertion has expired")
	})
	want := map[string]string{"event": "iap.authenticate", "error": "EXPIRED", "request": "r-2"}
	if diff := cmp.Diff(want, got.Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}

func TestTraceName_RefusesWhatIsNoTrace(t *testing.T) {
	for _, header := range []string{"", "abc/1", "0123456789abcdef0123456789abcdeg/1", strings.Repeat("0", 33)} {
		if got := TraceName("jit-access", header); got != "" {
			t.Errorf("TraceName(%q) = %q, want none", header, got)
		}
	}
	if got := TraceName("", alice.Trace); got != "" {
		t.Errorf("without a project: %q, want none", got)
	}
}

func TestHandler_WritesSeveritiesOfCloudLogging(t *testing.T) {
	got := written(t, func(ctx context.Context, l *Log) { l.out.WarnContext(ctx, "x") })
	if got.Severity != "WARNING" {
		t.Errorf("severity = %q, want WARNING", got.Severity)
	}
}
