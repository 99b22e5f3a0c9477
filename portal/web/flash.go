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

// The portal has no sessions, so what a person has just done reaches the next page in parameters of
// its address. An address can be passed on, kept and written by hand. A page therefore shows of it
// only what the policy does not contradict, and only to the person who did it.
const (
	fieldDone      = "done"   // what the reader has just done
	fieldBy        = "by"     // who did it, where the policy does not say so
	fieldTooLate   = "before" // what made the act change nothing
	fieldNotified  = "told"   // who was sent an e-mail, by their index among the recipients
	fieldUnreached = "untold" // and who was not
	fieldWhy       = "why"    // why not
	fieldAgain     = "again"  // when the mail was sent again, in seconds since 1970

	doneAsked      = "asked"
	tooLateDecided = "decided"
	tooLateEnded   = "ended"
)

// doneAddress is the address of a request's page after somebody has acted on the request.
func doneAddress(token string, c request.Claims, done string, unreached []event.Unreached) string {
	return requestAddress(token) + "?" + doneQuery(done, recipients(c), unreached).Encode()
}

// tooLateAddress is the address of a request's page after an act that changed nothing.
func tooLateAddress(token, what string) string {
	return requestAddress(token) + "?" + url.Values{fieldTooLate: {what}}.Encode()
}

// doneQuery says what was done, and which of the recipients were sent an e-mail. There is room for
// one reason. A limit is given only if it was the reason for everybody, because it is then the
// reader who reached it.
func doneQuery(done string, people []string, unreached []event.Unreached) url.Values {
	query := url.Values{fieldDone: {done}}
	var notified, failed []string
	for i, email := range people {
		found := slices.IndexFunc(unreached, func(u event.Unreached) bool { return u.Email == email })
		if found < 0 {
			notified = append(notified, strconv.Itoa(i))
			continue
		}
		failed = append(failed, strconv.Itoa(i))
		if why := event.Why(query.Get(fieldWhy)); why == "" || why == event.WhyLimit {
			query.Set(fieldWhy, string(unreached[found].Why))
		}
	}
	if len(notified) > 0 {
		query.Set(fieldNotified, strings.Join(notified, ","))
	}
	if len(failed) > 0 {
		query.Set(fieldUnreached, strings.Join(failed, ","))
	}
	return query
}

// flash is what the address of a page says about what its reader has just done.
type flash struct {
	done                event.Decision // or doneAsked
	by, tooLate         string
	notified, unreached []string
	why                 event.Why
	again               time.Time // zero where it says nothing of it
}

// flashOf reads an address. People appear in it as their index among the recipients, so it cannot
// name anybody else.
func flashOf(query url.Values, people []string) flash {
	named := func(field string) (some []string) {
		indexes := strings.Split(query.Get(field), ",")
		for i, email := range people {
			if slices.Contains(indexes, strconv.Itoa(i)) {
				some = append(some, email)
			}
		}
		return some
	}
	f := flash{
		done: event.Decision(query.Get(fieldDone)), by: query.Get(fieldBy), tooLate: query.Get(fieldTooLate),
		notified: named(fieldNotified), unreached: named(fieldUnreached), why: event.Why(query.Get(fieldWhy)),
	}
	if seconds, err := strconv.ParseInt(query.Get(fieldAgain), 10, 64); err == nil {
		f.again = time.Unix(seconds, 0)
	}
	return f
}

// unreachedReason says why somebody was not sent an e-mail, and what to do. A beneficiary at their
// limit reaches nobody, while a reviewer at theirs is left out alone.
func (f flash) unreachedReason(beneficiary string) string {
	switch {
	case f.why == event.WhyLimit && slices.Contains(f.unreached, beneficiary):
		return "The limit of e-mails for " + beneficiary + " is reached; try again in a few minutes."
	case f.why == event.WhyLimit:
		return "So many e-mails went there lately that the limit is reached; try again in a few minutes."
	case f.why == event.WhyServer:
		return "The mail server did not take it."
	case f.why == event.WhyAddress:
		return "The portal does not know its own address: an administrator has to set PUBLIC_URL."
	case f.why == event.WhySetUp:
		return "The portal is not set up to send it; tell an administrator."
	}
	return ""
}

// mailNotice says which people other than the reader were sent an e-mail about what the reader did,
// and in a sentence who was not.
func (f flash) mailNotice(beneficiary, reader string) (notified []string, unreached string) {
	notified = slices.DeleteFunc(slices.Clone(f.notified), func(email string) bool { return email == reader })
	if len(f.unreached) > 0 {
		unreached = strings.TrimSpace("The e-mail to " + strings.Join(f.unreached, ", ") + " was not sent. " + f.unreachedReason(beneficiary))
	}
	return notified, unreached
}
