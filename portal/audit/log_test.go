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

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// line is one event as Cloud Logging reads it.
type line struct {
	Severity string            `json:"severity"`
	Message  string            `json:"message"`
	Time     time.Time         `json:"time"`
	Labels   map[string]string `json:"logging.googleapis.com/labels"`
	Trace    string            `json:"logging.googleapis.com/trace"`
	payload
}

func written(t *testing.T, e event.Event) line {
	t.Helper()
	return writtenBy(t, func(ctx context.Context, l *Log) { l.Record(ctx, e) })
}

func writtenBy(t *testing.T, write func(context.Context, *Log)) line {
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

const payments = "projects/payments-prod"

var (
	alice = event.Actor{Email: "alice@example.com", Subject: "accounts.google.com:1", Trace: "0123456789abcdef0123456789abcdef/7;o=1", Request: "r-1"}
	start = time.Date(2026, 11, 19, 2, 14, 0, 0, time.UTC)
	admin = event.Grant{Resource: payments, Role: "roles/compute.admin", Digest: "AbC-_9"}
)

func TestRecord_SelfActivationKeepsTheContractOf181(t *testing.T) {
	got := written(t, event.Event{
		Verb: event.Activate, By: alice, ID: "jit-Zm9vYmFyMTIzNDU2", Resource: payments, Beneficiary: alice.Email, Justification: "BUG-1",
		Grants: []event.Grant{admin, {Resource: payments, Role: "roles/run.admin", Condition: `resource.name == "x"`, Digest: "xYz"}},
		Start:  start, End: start.Add(time.Hour + time.Second),
	})
	entitlements := `[iam] roles/compute.admin on payments-prod, [iam] roles/run.admin on payments-prod (condition: resource.name == "x")`
	want := line{
		Severity: "INFO",
		Message:  "User alice@example.com activated " + entitlements + " for themselves for 60 minutes",
		Labels: map[string]string{
			"event": "api.activateRole", "user": "alice@example.com", "user_id": "accounts.google.com:1", "device_id": "unknown", "request": "r-1",
			"project": "payments-prod", "activation_id": "jit-Zm9vYmFyMTIzNDU2", "justification": "BUG-1", "entitlements": entitlements,
			"activation_start": "2026-11-19T02:14Z", "activation_end": "2026-11-19T03:14:01Z", "binding": "AbC-_9, xYz",
		},
		Trace: "projects/jit-access/traces/0123456789abcdef0123456789abcdef",
		payload: payload{Version: 1, Verb: "activate roles", Roles: []role{
			{Project: "payments-prod", Role: "roles/compute.admin"},
			{Project: "payments-prod", Role: "roles/run.admin", Condition: `resource.name == "x"`},
		}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(line{})); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

func TestRecord_ARepeatSaysSo(t *testing.T) {
	got := written(t, event.Event{Verb: event.Activate, By: alice, Repeated: true})
	if got.Labels["repeated"] != "true" {
		t.Errorf("labels = %v, want repeated", got.Labels)
	}
}

func TestRecord_ARefusalNamesTheReason(t *testing.T) {
	got := written(t, event.Event{Verb: event.End, By: alice, Resource: payments, Refusal: &event.Refusal{Reason: "NOT_ACTIVE", Cause: "Error 403"}})
	if got.Severity != "ERROR" || got.Labels["error"] != "NOT_ACTIVE" || got.Labels["event"] != "api.endRole" ||
		got.Message != "User alice@example.com failed to end a role on payments-prod: NOT_ACTIVE: Error 403" {
		t.Errorf("event = %+v", got)
	}
}

func TestRecord_WhatAPersonWroteMakesNoLineAndNoKey(t *testing.T) {
	evil := "x\r\n{\"severity\":\"INFO\"}\u2028\x00\",\"user\":\"mallory\""
	got := written(t, event.Event{
		Verb: event.Activate, By: alice, Justification: evil, Resource: "projects/" + evil, Grants: []event.Grant{{Role: evil, Condition: evil}},
	})
	if got.Labels["justification"] != evil || got.Labels["user"] != "alice@example.com" {
		t.Errorf("labels = %q", got.Labels)
	}
	if diff := cmp.Diff([]role{{Role: evil, Condition: evil}}, got.Roles); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
}

// Whoever sent a long form wrote an event that Cloud Logging does not take.
func TestRecord_FitsIntoAnEntry(t *testing.T) {
	var all []event.Grant
	for range 100 {
		all = append(all, event.Grant{Resource: payments, Role: "roles/run.admin", Condition: strings.Repeat("\x01", 3000), Digest: strings.Repeat("d", 43)})
	}
	for name, text := range map[string]string{"no UTF-8": strings.Repeat("\x80", 65_000), "controls": strings.Repeat("\x01", 65_000), "é": strings.Repeat("é", 32_000)} {
		for verb, refusal := range map[event.Verb]*event.Refusal{
			event.Activate: {Reason: "MALFORMED", Cause: text},
			event.Approve:  {Reason: "REQUEST_SPENT"},
			event.Request:  nil,
			event.Decline:  nil,
		} {
			e := event.Event{
				Verb: verb, By: event.Actor{Email: alice.Email, AccessLevels: []string{text, text}}, Resource: text, ID: text, Justification: text, Grants: all,
				Beneficiary: text, Reviewers: []string{text, text}, Reason: text, Token: strings.Repeat("t", 16<<10), Start: start, End: start, Expiry: start,
				Refusal: refusal, DecidedBy: text,
			}
			if verb == event.Approve {
				e.Decision = event.Declined
			}
			var out bytes.Buffer
			New(&out, "jit-access").Record(t.Context(), e)
			if out.Len() > 192<<10 {
				t.Errorf("%s, %s: %d bytes", verb, name, out.Len())
			}
			if !json.Valid(out.Bytes()) || !utf8.Valid(out.Bytes()) {
				t.Errorf("%s, %s: the line is no JSON", verb, name)
			}
			if _, ok := Read(out.Bytes()); !ok {
				t.Errorf("%s, %s: the line is not read back", verb, name)
			}
		}
	}
	got := written(t, event.Event{
		Verb: event.Activate, By: alice, Justification: strings.Repeat("é", 600), Grants: []event.Grant{admin, all[0], admin},
		Refusal: &event.Refusal{},
	})
	if want := strings.Repeat("é", 500) + "…"; got.Labels["justification"] != want {
		t.Errorf("justification = %q", got.Labels["justification"])
	}
	if list := got.Labels["entitlements"]; !strings.HasSuffix(list, "…, "+admin.String()) || !strings.Contains(list, "roles/run.admin") {
		t.Errorf("entitlements = %q, want what comes after a long one too", list)
	}
}

// A hundred of the longest names are written whole, and conditions where there is room for them.
func TestRecord_LeavesConditionsOutBeforeRoles(t *testing.T) {
	grants := make([]event.Grant, 101)
	for i := range grants {
		grants[i] = event.Grant{
			Resource: "projects/" + strings.Repeat("p", 30), Role: "organizations/123456789012/roles/" + strings.Repeat("r", 64),
			Condition: strings.Repeat("c", 5000),
		}
	}
	grants[50].Condition = "short"
	got := written(t, event.Event{Verb: event.Activate, By: alice, Grants: grants})
	if len(got.Roles) != 100 {
		t.Fatalf("%d roles, want the first 100", len(got.Roles))
	}
	for i, r := range got.Roles {
		want := role{Project: grants[i].Project(), Role: grants[i].Role, Cut: true}
		if i == 0 || i == 50 {
			want.Condition, want.Cut = grants[i].Condition, false
		}
		if diff := cmp.Diff(want, r); diff != "" {
			t.Errorf("role %d (-want +got):\n%s", i, diff)
		}
	}
}

// Only the token of a request that was signed is in the log: nobody looks for requests in other
// events.
func TestRecord_HasTheTokenOfASignedRequestAlone(t *testing.T) {
	const token = "eyJhbGciOiJSUzI1NiJ9.eyJqdGkiOiJtcGEifQ.c2ln-_"
	asked := event.Event{Verb: event.Request, By: alice, Token: token}
	if got := written(t, asked); got.Token != token {
		t.Errorf("the token is %q, want it whole", got.Token)
	}
	for name, change := range map[string]func(*event.Event){
		"refused":          func(e *event.Event) { e.Refusal = &event.Refusal{Reason: "CLOSED"} },
		"approved":         func(e *event.Event) { e.Verb = event.Approve },
		"no token":         func(e *event.Event) { e.Token = `{"a":1}` },
		"of two lines":     func(e *event.Event) { e.Token += "\n" },
		"longer than ours": func(e *event.Event) { e.Token = strings.Repeat("a", 16<<10+1) },
	} {
		e := asked
		change(&e)
		if got := written(t, e); got.Token != "" {
			t.Errorf("%s: the token is %q, want none", name, got.Token)
		}
	}
}

// A list with gaps could not be distinguished from one in another order.
func TestRecord_NamesBindingsOnlyWhereAllAreKnown(t *testing.T) {
	for want, digests := range map[string][]string{"AbC-_9, xYz": {"AbC-_9", "xYz"}, "": {"AbC-_9", ""}} {
		e := event.Event{Verb: event.Activate, By: alice}
		for _, digest := range digests {
			e.Grants = append(e.Grants, event.Grant{Role: "roles/viewer", Digest: digest})
		}
		if got := written(t, e).Labels["binding"]; got != want {
			t.Errorf("binding = %q, want %q", got, want)
		}
		e.Grants[1].Digest = "x, y"
		if got := written(t, e).Labels["binding"]; got != "" {
			t.Errorf("binding = %q of what is no digest", got)
		}
	}
}

func TestRecord_ARefusedSignInNamesNobody(t *testing.T) {
	got := written(t, event.Event{
		Verb: event.SignIn, By: event.Actor{Request: "r-2"}, Resource: payments, Refusal: &event.Refusal{Reason: "EXPIRED", Cause: "the assertion has expired"},
	})
	want := map[string]string{"event": "iap.authenticate", "error": "EXPIRED", "request": "r-2"}
	if diff := cmp.Diff(want, got.Labels); diff != "" || got.Message != "Verifying IAP assertion failed: the assertion has expired" {
		t.Errorf("message %q, labels (-want +got):\n%s", got.Message, diff)
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
	got := writtenBy(t, func(ctx context.Context, l *Log) { l.out.WarnContext(ctx, "x") })
	if got.Severity != "WARNING" {
		t.Errorf("severity = %q, want WARNING", got.Severity)
	}
}
