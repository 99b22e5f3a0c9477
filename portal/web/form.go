package web

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

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
