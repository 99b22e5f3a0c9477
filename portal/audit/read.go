package audit

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// Read reads a line that Record wrote; false for every other line. What it returns, written again,
// reads the same. It does not prove who wrote the line: whoever may write to the log can write such
// a line.
//
// A line lacks the cause of a refusal and the description of an activation; for a decided request,
// when it was asked for and for how long; for a refusal, the window, the people and the reason, but
// a decision that came too late has its people; and for a refused sign-in, everything but the
// reason.
func Read(line []byte) (event.Event, bool) {
	var l entry
	if err := json.Unmarshal(line, &l); err != nil || l.Version != version {
		return event.Event{}, false
	}
	e, ok := l.event()
	if !ok {
		return event.Event{}, false
	}
	again := entryOf(e)
	again.Trace = l.Trace
	if written, ok := again.event(); !ok || !reflect.DeepEqual(written, e) {
		return event.Event{}, false
	}
	return e, true
}

// event is the event of an entry; false where the entry contradicts itself or cannot be read.
func (l entry) event() (event.Event, bool) {
	name, known := eventNames[l.Verb]
	grants, ok := l.grants()
	e := event.Event{
		Verb: l.Verb, By: l.actor(), Resource: resource(l.Labels["project"]), Beneficiary: l.Labels["beneficiary"],
		Reviewers: split(l.Labels["reviewers"]), Grants: grants, ID: l.Labels["activation_id"], Repeated: l.Labels["repeated"] == "true",
		ScopeUnproven: l.Labels["scope_unproven"] == "true",
		Token:         l.Token, Justification: l.Labels["justification"], Reason: l.Labels["reason"], Decision: l.Decision, DecidedBy: l.DecidedBy,
	}
	if reason := l.Labels["error"]; reason != "" {
		e.Refusal = &event.Refusal{Reason: reason}
	}
	for label, to := range map[string]*time.Time{"activation_start": &e.Start, "activation_end": &e.End, "request_expiry": &e.Expiry} {
		t, readable := readInstant(l.Labels[label])
		*to, ok = t, ok && readable
	}
	if ofOwnAccess(e) {
		e.Beneficiary = e.By.Email
	}
	if e.Verb == event.Request && e.Refusal == nil {
		e.Asked, e.Duration = e.Start, e.End.Sub(e.Start)
	}
	return e, ok && known && l.Labels["event"] == name
}

func (l entry) actor() event.Actor {
	by := event.Actor{
		Email: l.Labels["user"], Subject: l.Labels["user_id"], Device: l.Labels["device_id"],
		AccessLevels: split(l.Labels["device_access_levels"]), Request: l.Labels["request"],
	}
	if by.Device == unknownDevice {
		by.Device = ""
	}
	if _, trace, ok := strings.Cut(l.Trace, "/traces/"); ok && isTrace(trace) {
		by.Trace = trace
	}
	return by
}

func (l entry) grants() ([]event.Grant, bool) {
	var all []event.Grant
	for _, r := range l.Roles {
		all = append(all, event.Grant{Resource: resource(r.Project), Role: r.Role, Condition: r.Condition, ConditionCut: r.Cut})
	}
	digests := split(l.Labels["binding"])
	if len(digests) > 0 && len(digests) != len(all) {
		return nil, false
	}
	for i, digest := range digests {
		all[i].Digest = digest
	}
	return all, true
}

func resource(project string) string {
	if project == "" {
		return ""
	}
	return "projects/" + project
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ", ")
}

// readInstant reads both forms of an instant; "" is the zero time.
func readInstant(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	for _, form := range []string{minuteForm, secondForm} {
		if t, err := time.Parse(form, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
