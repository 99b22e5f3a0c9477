package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// Parameters of the page that an act leads to, because nothing else remembers
// them. An address can be passed on, kept and written by hand. So a page takes
// from it only what does not contradict the policy and is about its reader: what
// somebody did is shown to them alone, and whoever is not named as told was not.
const (
	fieldDone   = "done"   // what the reader did a moment ago
	fieldBy     = "by"     // who, where the policy does not say it
	fieldBefore = "before" // the act came after another one, and changed nothing
	fieldTold   = "told"   // by their place among those who are told, who was sent an e-mail
	fieldUntold = "untold" // and who was not
	fieldWhy    = "why"    // why not
	fieldAgain  = "again"  // when that was tried again, in seconds since 1970

	doneAsked     = "asked"
	beforeDecided = "decided"
	beforeEnded   = "ended"
)

// toldAddress is a request's page after somebody did something about it.
func toldAddress(token string, c request.Claims, done string, untold []event.Unreached) string {
	return requestAddress(token) + "?" + told(done, everybody(c), untold).Encode()
}

// beforeAddress is a request's page after an act that came too late.
func beforeAddress(token, what string) string {
	return requestAddress(token) + "?" + url.Values{fieldBefore: {what}}.Encode()
}

// told are the parameters that say what was done, and who of these people was told.
func told(done string, people []string, untold []event.Unreached) url.Values {
	query := url.Values{fieldDone: {done}}
	var reached, missed []string
	for i, email := range people {
		at := slices.IndexFunc(untold, func(u event.Unreached) bool { return u.Email == email })
		if at < 0 {
			reached = append(reached, strconv.Itoa(i))
			continue
		}
		missed = append(missed, strconv.Itoa(i))
		if why := event.Why(query.Get(fieldWhy)); why == "" || why == event.WhyLimit { // a limit is the reason where it is everybody's
			query.Set(fieldWhy, string(untold[at].Why))
		}
	}
	if len(reached) > 0 {
		query.Set(fieldTold, strings.Join(reached, ","))
	}
	if len(missed) > 0 {
		query.Set(fieldUntold, strings.Join(missed, ","))
	}
	return query
}

// said is what the address of a page says of a moment ago.
type said struct {
	done         event.Decision // or doneAsked
	by, before   string
	told, untold []string
	why          event.Why
	again        time.Time // zero where it says nothing of it
}

// saidOf reads an address, in which people are named by their place among these.
func saidOf(query url.Values, people []string) said {
	named := func(field string) (some []string) {
		places := strings.Split(query.Get(field), ",")
		for i, email := range people {
			if slices.Contains(places, strconv.Itoa(i)) {
				some = append(some, email)
			}
		}
		return some
	}
	a := said{
		done: event.Decision(query.Get(fieldDone)), by: query.Get(fieldBy), before: query.Get(fieldBefore),
		told: named(fieldTold), untold: named(fieldUntold), why: event.Why(query.Get(fieldWhy)),
	}
	if seconds, err := strconv.ParseInt(query.Get(fieldAgain), 10, 64); err == nil {
		a.again = time.Unix(seconds, 0)
	}
	return a
}

// reason says why these were not told, and what to do. Whoever asks for too many
// e-mails reaches nobody at all; a reviewer who gets too many is left out alone.
func (a said) reason(beneficiary string) string {
	switch {
	case a.why == event.WhyLimit && slices.Contains(a.untold, beneficiary):
		return "The limit of e-mails for " + beneficiary + " is reached; try again in a few minutes."
	case a.why == event.WhyLimit:
		return "So many e-mails went there lately that the limit is reached; try again in a few minutes."
	case a.why == event.WhyServer:
		return "The mail server did not take it."
	case a.why == event.WhySetUp:
		return "The portal is not set up to send it; tell an administrator."
	}
	return ""
}

// mail says who but the reader was sent an e-mail about what the reader did, and
// in a sentence who was not.
func (a said) mail(beneficiary, reader string) (told []string, untold string) {
	told = slices.DeleteFunc(slices.Clone(a.told), func(email string) bool { return email == reader })
	if len(a.untold) > 0 {
		untold = strings.TrimSpace("The e-mail to " + strings.Join(a.untold, ", ") + " was not sent. " + a.reason(beneficiary))
	}
	return told, untold
}
