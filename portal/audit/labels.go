package audit

import (
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// labels are what queries and alerts find an event by. One without a value is left out.
type labels map[string]string

// lists are the labels that hold lists, which are cut as such.
var lists = map[string]bool{"entitlements": true, "reviewers": true, "device_access_levels": true, "binding": true}

func labelsOf(e event.Event) labels {
	all := labels{"event": names[e.Verb], "request": e.By.Request}
	all.addActor(e.By)
	if e.Refusal != nil {
		all["error"] = e.Refusal.Reason
	}
	if e.Verb != event.SignIn { // which is about nothing but who it may be
		all.addTarget(e)
	}
	if e.Refusal == nil {
		all["activation_start"], all["activation_end"] = instant(e.Start), instant(e.End)
		all["reason"] = e.Reason
		if e.Repeated {
			all["repeated"] = "true"
		}
	}
	if e.Refusal == nil || e.TooLate() {
		all["reviewers"] = joined(e.Reviewers)
		if !own(e) {
			all["beneficiary"] = e.Beneficiary
		}
	}
	for key, value := range all {
		switch {
		case value == "":
			delete(all, key)
		case !lists[key]:
			all[key] = cut(value, maxText)
		}
	}
	return all
}

// own tells what somebody did with access of their own, without a request. As in
// JIT Access 1.8.1 there is no label for whom it is.
func own(e event.Event) bool {
	return e.Refusal == nil && (e.Verb == event.Activate || e.Verb == event.End)
}

// addActor adds who did it.
func (l labels) addActor(by event.Actor) {
	if by.Email == "" {
		return
	}
	l["user"], l["user_id"], l["device_id"] = by.Email, by.Subject, by.Device
	l["device_access_levels"] = joined(by.AccessLevels)
	if by.Device == "" {
		l["device_id"] = unknownDevice
	}
}

// unknownDevice is what JIT Access 1.8.1 writes where there is no device.
const unknownDevice = "unknown"

// addTarget adds what it is about.
func (l labels) addTarget(e event.Event) {
	l["project"], l["activation_id"], l["justification"] = e.Project(), e.ID, e.Justification
	l["entitlements"], l["binding"] = list(e.Grants), digests(e.Grants)
	l["request_expiry"] = instant(e.Expiry)
}

func list(grants []event.Grant) string {
	texts := make([]string, len(grants))
	for i, g := range grants {
		texts[i] = g.String()
	}
	return joined(texts)
}

// digests are those of the eligible bindings; "" unless all are known.
func digests(grants []event.Grant) string {
	texts := make([]string, len(grants))
	for i, g := range grants {
		if !isDigest(g.Digest) {
			return ""
		}
		texts[i] = g.Digest
	}
	return joined(texts)
}

// instant is a time as JIT Access 1.8.1 writes it: seconds are left out where
// they are zero. A time that is not known is "".
func instant(t time.Time) string {
	t = t.UTC()
	switch {
	case t.IsZero():
		return ""
	case t.Second() == 0:
		return t.Format(toMinutes)
	}
	return t.Format(toSeconds)
}

const (
	toMinutes = "2006-01-02T15:04Z"
	toSeconds = "2006-01-02T15:04:05Z"
)
