package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
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
func toldAddress(token string, c request.Claims, done string, untold []event.Untold) string {
	return requestAddress(token) + "?" + told(done, everybody(c), untold).Encode()
}

// beforeAddress is a request's page after an act that came too late.
func beforeAddress(token, what string) string {
	return requestAddress(token) + "?" + url.Values{fieldBefore: {what}}.Encode()
}

// told are the parameters that say what was done, and who of these people was told.
func told(done string, people []string, untold []event.Untold) url.Values {
	query := url.Values{fieldDone: {done}}
	var reached, missed []string
	for i, email := range people {
		at := slices.IndexFunc(untold, func(u event.Untold) bool { return u.Email == email })
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

// said is what the address of a page says about e-mail.
type said struct {
	told, untold []string
	why          event.Why
}

func saidOf(r *http.Request, people []string) said {
	query := r.URL.Query()
	named := func(field string) (some []string) {
		places := strings.Split(query.Get(field), ",")
		for i, email := range people {
			if slices.Contains(places, strconv.Itoa(i)) {
				some = append(some, email)
			}
		}
		return some
	}
	return said{named(fieldTold), named(fieldUntold), event.Why(query.Get(fieldWhy))}
}

// reason says why these were not told. Whoever asks for too many e-mails reaches
// nobody at all; a reviewer who gets too many is left out alone.
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

// mailOf is what became of the e-mail that asks the reviewers: for its
// beneficiary, while the request waits, from an address that speaks of everybody.
func mailOf(r *http.Request, c considered, v *visit) *view.Mail {
	people := everybody(c.claims)
	a := saidOf(r, people)
	if v.Email != c.claims.Beneficiary || c.status.State != activation.Waiting || r.URL.Query().Get(fieldDone) != doneAsked ||
		len(a.told)+len(a.untold) != len(people) {
		return nil
	}
	m := view.Mail{Unsent: a.untold, Untold: a.reason(c.claims.Beneficiary), Copied: slices.Contains(a.told, c.claims.Beneficiary)}
	if a.why == event.WhyLimit && !m.Copied {
		m.Untold = "You reached the limit of e-mails; try again in a few minutes."
	}
	seconds, err := strconv.ParseInt(r.URL.Query().Get(fieldAgain), 10, 64)
	if again := time.Unix(seconds, 0); err == nil && !again.Before(c.claims.IssuedAt) && !again.After(v.now) {
		m.Again = again
	}
	return &m
}

// before is what the reader's act came after, where the policy shows it so.
func before(r *http.Request, state activation.State) view.Before {
	_, decided := verdicts[state]
	switch what := r.URL.Query().Get(fieldBefore); {
	case what == beforeDecided && decided:
		return view.BeforeDecided
	case what == beforeEnded && state == activation.Over:
		return view.BeforeEnded
	}
	return ""
}

// verdicts names what the policy shows of a decision.
var verdicts = map[activation.State]view.Verdict{
	activation.Approved:  view.VerdictApproved,
	activation.Declined:  view.VerdictDeclined,
	activation.Withdrawn: view.VerdictWithdrawn,
	activation.Over:      view.VerdictRevoked,
}

// deed is what the reader of a request did about it a moment ago: as the address
// says and the policy shows. Who revoked is in the address alone.
func deed(r *http.Request, c considered, v *visit) (view.Verdict, bool) {
	verdict, ok := verdicts[c.status.State]
	if !ok || r.URL.Query().Get(fieldDone) != string(verdict) {
		return "", false
	}
	if verdict == view.VerdictRevoked {
		return verdict, c.endedEarly() && r.URL.Query().Get(fieldBy) == v.Email
	}
	return verdict, c.status.Decider(c.claims) == v.Email
}

// whoWasTold says on a page who was sent an e-mail about what its reader did.
func whoWasTold(page *view.DecidedPage, a said, v *visit) {
	page.Told = slices.DeleteFunc(a.told, func(email string) bool { return email == v.Email })
	if len(a.untold) > 0 {
		page.Untold = strings.TrimSpace("The e-mail to " + strings.Join(a.untold, ", ") + " was not sent. " + a.reason(page.Beneficiary))
	}
}
