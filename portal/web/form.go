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

// parse reads a form.
func parse(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return &Error{Kind: KindMalformed, Err: err}
	}
	return nil
}

// MaxRoles is how many references a form or an address can have. What is
// configured may be less; the desk checks that.
const MaxRoles = 100

// references are the roles that a form or an address names.
func references(values url.Values) ([]eligibility.Reference, error) {
	texts := values[view.FieldRole]
	if len(texts) > MaxRoles {
		return nil, &Error{Kind: KindMalformed, Err: errors.New("too many roles in one form")}
	}
	roles := make([]eligibility.Reference, len(texts))
	for i, text := range texts {
		role, err := eligibility.ParseReference(text)
		if err != nil {
			return nil, &Error{Kind: KindMalformed, Err: err}
		}
		roles[i] = role
	}
	return roles, nil
}

// onlyReference is the one role that an address names; false for none.
func onlyReference(values url.Values) (eligibility.Reference, bool, error) {
	roles, err := references(values)
	if err != nil || len(roles) != 1 {
		return eligibility.Reference{}, false, err
	}
	return roles[0], true, nil
}

// fieldLost is which form did not arrive, for the page that its address leads
// to: an expired session makes a GET of a POST, and keeps nothing of it.
const fieldLost = "lost"

// losses say what did not happen then.
var losses = map[string]string{
	"activate": "Nothing was activated.",
	"request":  "Nobody was asked.",
	"approve":  "Nothing was decided.",
	"decline":  "Nothing was decided.",
	"withdraw": "Nothing was withdrawn.",
	"resend":   "No e-mail was sent.",
	"end":      "Nothing was ended.",
	"revoke":   "Nothing was revoked.",
}

// lostAddress is a page that says what the form of an address did not do.
func lostAddress(address, act string) string {
	if losses[act] == "" {
		return address
	}
	return address + "?" + fieldLost + "=" + act
}

// longestMinutes bounds what is read of the minutes, in digits.
const longestMinutes = 6

// duration is what a form chose. Zero is what cannot be read; the desk says so.
func duration(values url.Values) time.Duration {
	if values.Get(view.FieldDuration) == view.DurationOther {
		text := strings.TrimSpace(values.Get(view.FieldMinutes))
		minutes, err := strconv.Atoi(text)
		if err != nil || len(text) > longestMinutes {
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

// chosenDuration is the field as it was filled in.
func chosenDuration(values url.Values) view.Duration {
	if values.Get(view.FieldDuration) == view.DurationOther {
		return view.Duration{Other: values.Get(view.FieldMinutes)}
	}
	return view.Duration{Chosen: duration(values)}
}
