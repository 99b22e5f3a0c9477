package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// parseForm reads the form of a POST. Its body is bounded by maxFormBytes.
func parseForm(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return &Error{Kind: KindMalformed, Err: err}
	}
	return nil
}

// MaxRoles is the most references that a form or an address may have. The configuration may set
// less, which the desk checks.
const MaxRoles = 100

// references reads the roles that a form or an address names.
func references(values url.Values) ([]eligibility.Reference, error) {
	sent := values[view.FieldRole]
	if len(sent) > MaxRoles {
		return nil, &Error{Kind: KindMalformed, Err: errors.New("too many roles in one form")}
	}
	roles := make([]eligibility.Reference, len(sent))
	for i, text := range sent {
		role, err := eligibility.ParseReference(text)
		if err != nil {
			return nil, &Error{Kind: KindMalformed, Err: err}
		}
		roles[i] = role
	}
	return roles, nil
}

// singleReference reads the one role that a form or an address names. It is false for none and for
// several.
func singleReference(values url.Values) (eligibility.Reference, bool, error) {
	roles, err := references(values)
	if err != nil || len(roles) != 1 {
		return eligibility.Reference{}, false, err
	}
	return roles[0], true, nil
}

// fieldLost names the form that a redirect has lost. When a session has expired, signing in again
// repeats the address of a POST as a GET and drops the body, so the page that follows has to say
// that nothing was done.
const fieldLost = "lost"

// lostForms say, by the last segment of a form's address, what was not done.
var lostForms = map[string]string{
	"activate": "Nothing was activated.",
	"request":  "Nobody was asked.",
	"approve":  "Nothing was decided.",
	"decline":  "Nothing was decided.",
	"withdraw": "Nothing was withdrawn.",
	"resend":   "No e-mail was sent.",
	"end":      "Nothing was ended.",
	"revoke":   "Nothing was revoked.",
}

// lostFormAddress is the address of a page that says what a lost form did not do.
func lostFormAddress(address, act string) string {
	if lostForms[act] == "" {
		return address
	}
	return address + "?" + fieldLost + "=" + act
}

// maxMinutesDigits keeps a number of minutes from overflowing a time.Duration.
const maxMinutesDigits = 6

// duration reads the duration that a form chose. It is zero for one that cannot be read, which the
// desk refuses as too short.
func duration(values url.Values) time.Duration {
	if values.Get(view.FieldDuration) == view.DurationOther {
		text := strings.TrimSpace(values.Get(view.FieldMinutes))
		minutes, err := strconv.Atoi(text)
		if err != nil || len(text) > maxMinutesDigits {
			return 0
		}
		return time.Duration(minutes) * time.Minute
	}
	chosen, err := time.ParseDuration(values.Get(view.FieldDuration))
	if err != nil {
		return 0
	}
	return chosen.Truncate(time.Second)
}

// chosenDuration is the model of the duration field as it was filled in.
func chosenDuration(values url.Values) view.Duration {
	if values.Get(view.FieldDuration) == view.DurationOther {
		return view.Duration{Other: values.Get(view.FieldMinutes)}
	}
	return view.Duration{Chosen: duration(values)}
}
