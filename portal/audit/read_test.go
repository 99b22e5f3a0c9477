package audit

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// fullEvent is an event of which everything is known.
func fullEvent(verb event.Verb) event.Event {
	e := event.Event{
		Verb: verb, Resource: payments, ID: "mpa-Zm9vYmFyMTIzNDU2", Justification: "CASE-1, \"quoted\"",
		By: event.Actor{
			Email: "alice@example.com", Subject: "accounts.google.com:1", Device: "d-1", AccessLevels: []string{"a", "b"},
			Trace: "0123456789abcdef0123456789abcdef/7;o=1", Request: "r-1",
		},
		Beneficiary: "carol@example.com", Reviewers: []string{"alice@example.com", "bob@example.com"},
		Grants: []event.Grant{admin, {Resource: payments, Role: "roles/run.admin", Condition: `resource.name == "x, y"`, Digest: "xYz"}},
		Start:  start, End: start.Add(time.Hour + time.Second),
		Asked: start.Add(-time.Minute), Duration: time.Minute, Expiry: start.Add(2 * time.Hour),
		Token: "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", Description: "Self-approved", Reason: "no",
	}
	switch verb {
	case event.Activate, event.End:
		e.Beneficiary = e.By.Email
	case event.Request:
		e.Asked, e.Duration = e.Start, e.End.Sub(e.Start)
	}
	return e
}

// readable is what of an event can be read back. All that is not written is named here.
func readable(e event.Event) event.Event {
	e.By.Trace = strings.TrimSuffix(e.By.Trace, "/7;o=1")
	e.Description = ""
	if e.Verb != event.Request || e.Refusal != nil {
		e.Token, e.Asked, e.Duration = "", time.Time{}, 0
	}
	if e.Refusal == nil {
		return e
	}
	e.Refusal = &event.Refusal{Reason: e.Refusal.Reason} // without its cause
	e.Start, e.End, e.Reason = time.Time{}, time.Time{}, ""
	if !e.TooLate() {
		e.Beneficiary, e.Reviewers = "", nil
	}
	if e.Verb == event.SignIn {
		e = event.Event{Verb: e.Verb, By: e.By, Refusal: e.Refusal}
	}
	return e
}

// events are one of each kind that the portal writes.
func events() map[string]event.Event {
	all := map[string]event.Event{}
	for verb := range eventNames {
		done, refused, repeated := fullEvent(verb), fullEvent(verb), fullEvent(verb)
		refused.Refusal = &event.Refusal{Reason: "NO_ANSWER", Cause: "Error 503"}
		repeated.Repeated = true
		all[string(verb)+", refused"] = refused
		switch verb {
		case event.SignIn, event.ListProjects, event.ListRoles, event.OpenRequest: // only refusals of them are written
			continue
		case event.Approve, event.Decline, event.Withdraw:
			late := refused
			late.Decision, late.DecidedBy = event.Declined, "bob@example.com"
			all[string(verb)+", too late"] = late
		}
		all[string(verb)], all[string(verb)+", repeated"] = done, repeated
	}
	cut := fullEvent(event.Activate)
	cut.Grants[1] = event.Grant{Resource: payments, Role: "roles/run.admin", ConditionCut: true, Digest: "xYz"}
	all["with a condition that was cut"] = cut
	unproven := fullEvent(event.End)
	unproven.ScopeUnproven = true
	all["where the scope could not be asked"] = unproven
	administrators := fullEvent(event.Revoke)
	administrators.Reviewers, administrators.Expiry, administrators.Justification, administrators.Grants[0].Digest, administrators.Grants[1].Digest = nil, time.Time{}, "", "", ""
	all["of an administrator"] = administrators
	nobody := fullEvent(event.SignIn)
	nobody.By = event.Actor{Request: "r-2"}
	nobody.Refusal = &event.Refusal{Reason: "expired"}
	all["of nobody"] = nobody
	return all
}

func recorded(t testing.TB, e event.Event) []byte {
	t.Helper()
	var out bytes.Buffer
	New(&out, "jit-access").Record(t.Context(), e)
	return out.Bytes()
}

func TestRead_ReturnsWhatWasWritten(t *testing.T) {
	t.Parallel()
	for name, e := range events() {
		got, ok := Read(recorded(t, e))
		if !ok {
			t.Errorf("%s: the line is not read", name)
		}
		if diff := cmp.Diff(readable(e), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What a person wrote into a message, or somebody else into a line, is no event.
func TestRead_RefusesWhatIsNoLineOfOurs(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(line map[string]any, labels map[string]any){
		"no version":               func(line, _ map[string]any) { delete(line, "v") },
		"another version":          func(line, _ map[string]any) { line["v"] = 2 },
		"no verb":                  func(line, _ map[string]any) { delete(line, "verb") },
		"another verb":             func(line, _ map[string]any) { line["verb"] = "open the door" },
		"the event of another":     func(_, labels map[string]any) { labels["event"] = "api.endRole" },
		"no labels":                func(line, _ map[string]any) { delete(line, keyLabels) },
		"a time of another form":   func(_, labels map[string]any) { labels["activation_start"] = "tomorrow" },
		"a fraction of a second":   func(_, labels map[string]any) { labels["activation_start"] = "2026-11-19T02:14:00.5Z" },
		"fewer roles than digests": func(line, _ map[string]any) { line["roles"] = line["roles"].([]any)[:1] },
		"no digests":               func(_, labels map[string]any) { labels["binding"] = "a b, c d" },
		"a text that is too long":  func(_, labels map[string]any) { labels["justification"] = strings.Repeat("x", 600) },
		"no token":                 func(line, _ map[string]any) { line["token"] = "<script>" },
		"a decision of nothing":    func(line, _ map[string]any) { line["decision"] = "approved" },
		"a person without address": func(_, labels map[string]any) { delete(labels, "user") },
	} {
		var line map[string]any
		if err := json.Unmarshal(recorded(t, fullEvent(event.Request)), &line); err != nil {
			t.Fatal(err)
		}
		labels := line[keyLabels].(map[string]any)
		change(line, labels)
		text, err := json.Marshal(line)
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := Read(text); ok {
			t.Errorf("%s: reads %+v", name, e)
		}
	}
	for _, line := range []string{"", "null", "[]", "{}", `{"v":1}`, "Listening on 127.0.0.1:8080", `{"message":"User alice@example.com activated"}`} {
		if e, ok := Read([]byte(line)); ok {
			t.Errorf("%q reads %+v", line, e)
		}
	}
}

// The message is for people: what it says is not believed.
func TestRead_IgnoresTheMessage(t *testing.T) {
	t.Parallel()
	var line map[string]json.RawMessage
	if err := json.Unmarshal(recorded(t, fullEvent(event.Approve)), &line); err != nil {
		t.Fatal(err)
	}
	line["message"] = json.RawMessage(`"User mallory@example.com approved '[iam] roles/owner on x' for mallory@example.com"`)
	maps.DeleteFunc(line, func(key string, _ json.RawMessage) bool { return key == "severity" || key == "time" })
	text, err := json.Marshal(line)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := Read(text)
	if diff := cmp.Diff(readable(fullEvent(event.Approve)), got); diff != "" || !ok {
		t.Errorf("read %t (-want +got):\n%s", ok, diff)
	}
}

// Later versions may add labels and keys.
func TestRead_IgnoresWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	line := recorded(t, fullEvent(event.Approve))
	line = bytes.Replace(line, []byte(`{"event":`), []byte(`{"grants_more":"true","event":`), 1)
	line = bytes.Replace(line, []byte(`"v":1`), []byte(`"v":1,"color":"blue"`), 1)
	if got, ok := Read(line); !ok || cmp.Diff(readable(fullEvent(event.Approve)), got) != "" {
		t.Errorf("read %t: %+v", ok, got)
	}
}

func FuzzRead(f *testing.F) {
	for _, e := range events() {
		f.Add(recorded(f, e))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		e, ok := Read(line)
		if !ok {
			return
		}
		again, ok := Read(recorded(t, e))
		if diff := cmp.Diff(e, again); diff != "" || !ok {
			t.Errorf("written again it reads %t, otherwise (-want +got):\n%s", ok, diff)
		}
	})
}
