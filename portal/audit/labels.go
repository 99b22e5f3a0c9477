package audit

import (
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// labels are what queries and alerts find an event by. Those without a value are left out.
type labels map[string]string

// listLabels are the labels that hold lists, which may be longer than texts.
var listLabels = map[string]bool{"entitlements": true, "reviewers": true, "device_access_levels": true, "binding": true}

func labelsOf(e event.Event) labels {
	all := labels{"event": eventNames[e.Verb], "request": e.By.Request}
	all.addActor(e.By)
	if e.Refusal != nil {
		all["error"] = e.Refusal.Reason
	}
	if e.Verb != event.SignIn { // of a refused sign-in nothing else is known
		all["project"], all["activation_id"], all["justification"] = e.Project(), e.ID, e.Justification
		all["entitlements"], all["binding"] = grantList(e.Grants), digests(e.Grants)
		all["request_expiry"] = instant(e.Expiry)
	}
	if e.Refusal == nil {
		all["activation_start"], all["activation_end"] = instant(e.Start), instant(e.End)
		all["reason"] = e.Reason
		if e.Repeated {
			all["repeated"] = "true"
		}
		if e.ScopeUnproven {
			all["scope_unproven"] = "true"
		}
	}
	if e.Refusal == nil || e.TooLate() {
		all["reviewers"] = joinList(e.Reviewers)
		if !ofOwnAccess(e) {
			all["beneficiary"] = e.Beneficiary
		}
	}
	for key, value := range all {
		switch {
		case value == "":
			delete(all, key)
		case !listLabels[key]:
			all[key] = cut(value, maxText)
		}
	}
	return all
}

// ofOwnAccess tells whether somebody changed access of their own, without a request. As in JIT
// Access 1.8.1 such an event has no label that names the beneficiary.
func ofOwnAccess(e event.Event) bool {
	return e.Refusal == nil && (e.Verb == event.Activate || e.Verb == event.End)
}

// addActor adds who did it.
func (l labels) addActor(by event.Actor) {
	if by.Email == "" {
		return
	}
	l["user"], l["user_id"], l["device_id"] = by.Email, by.Subject, by.Device
	l["device_access_levels"] = joinList(by.AccessLevels)
	if by.Device == "" {
		l["device_id"] = unknownDevice
	}
}

// unknownDevice is what JIT Access 1.8.1 writes where there is no device.
const unknownDevice = "unknown"

func grantList(grants []event.Grant) string {
	items := make([]string, len(grants))
	for i, g := range grants {
		items[i] = g.String()
	}
	return joinList(items)
}

// digests are those of the eligible bindings, in the order of the grants; "" unless all are known.
func digests(grants []event.Grant) string {
	items := make([]string, len(grants))
	for i, g := range grants {
		if !isDigest(g.Digest) {
			return ""
		}
		items[i] = g.Digest
	}
	return joinList(items)
}

// instant is a time as JIT Access 1.8.1 writes it: seconds are left out where they are zero. A time
// that is not known is "".
func instant(t time.Time) string {
	t = t.UTC()
	switch {
	case t.IsZero():
		return ""
	case t.Second() == 0:
		return t.Format(minuteForm)
	}
	return t.Format(secondForm)
}

const (
	minuteForm = "2006-01-02T15:04Z"
	secondForm = "2006-01-02T15:04:05Z"
)
