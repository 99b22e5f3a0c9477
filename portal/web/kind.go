package web

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// Kind says which page and status an error gets. It is also the reason in the log, so kinds are
// stable. The desk's reasons are kinds.
type Kind string

const (
	KindMalformed    = Kind(activation.Malformed)   // a form that the portal never makes
	KindNotSignedIn  = Kind("NOT_SIGNED_IN")        // no valid assertion of Identity-Aware Proxy
	KindForeignForm  = Kind("FOREIGN_FORM")         // sent by another site
	KindForeignPage  = Kind("FOREIGN_PAGE")         // asked for by another site, and not by a link
	KindTooManyLinks = Kind("TOO_MANY_LINKS")       // of other sites; see linkLimiter
	KindNotYours     = Kind(activation.NotEligible) // whether it exists or not
	KindNoPage       = Kind("NO_PAGE")              // an address that no route has
	KindNoLonger     = Kind("NO_LONGER")            // it has ended or changed since the page was shown
	KindUnsettled    = Kind("UNSETTLED")            // a change may or may not have been written
	KindNotPermitted = Kind("NOT_PERMITTED")        // the portal lacks a permission
	KindNoAnswer     = Kind("NO_ANSWER")            // an outage of Google's
	KindUnexpected   = Kind("UNEXPECTED")           // any other error
	KindBadLink      = Kind("BAD_LINK")             // a damaged or forged token
	KindNotNamed     = Kind("NOT_NAMED")            // the request does not name the person
	KindTooMany      = Kind("TOO_MANY_PAGES")       // the person has used up the calls of their pages, or of their acts
	KindTooManyActs  = Kind("TOO_MANY_ACTS")        // too many of the person's acts came to nothing
	KindTooManyAsked = Kind("TOO_MANY_REQUESTS")    // the person has sent as many requests as the portal sends
	KindQuotaSpent   = Kind("QUOTA_SPENT")          // the instance has used up its share of a quota
	KindBusy         = Kind("BUSY")                 // not made in time; see underWay
)

// response is the status and the page that a kind of error gets.
type response struct {
	status     int
	page       func(Failure) view.ProblemPage
	counted    bool   // as a wasted page, because nothing on it is the person's own; see also holdBack
	retryAfter string // the header of that name, in seconds; "" for none
}

// kinds is the one table of the responses to errors.
var kinds = map[Kind]response{
	KindMalformed:    {status: http.StatusBadRequest, page: always(view.Unreadable)},
	KindNotSignedIn:  {status: http.StatusForbidden, page: always(view.NotSignedIn)},
	KindForeignForm:  {status: http.StatusForbidden, page: always(view.ForeignForm)},
	KindForeignPage:  {status: http.StatusForbidden, page: always(view.ForeignPage)},
	KindTooManyLinks: {status: http.StatusTooManyRequests, page: func(f Failure) view.ProblemPage { return view.TooManyLinks(f.Reload) }},
	KindNotYours:     {status: http.StatusForbidden, page: notYours, counted: true},
	KindNoPage:       {status: http.StatusNotFound, page: always(view.NoPage)},
	KindNoLonger:     {status: http.StatusConflict, page: noLonger},
	KindUnsettled:    {status: http.StatusServiceUnavailable, page: always(view.Unsettled)},
	KindNotPermitted: {status: http.StatusServiceUnavailable, page: func(f Failure) view.ProblemPage { return view.NotPermitted(f.Service, f.Permission, f.Resource) }},
	KindNoAnswer:     {status: http.StatusServiceUnavailable, page: noAnswer},
	KindUnexpected:   {status: http.StatusInternalServerError, page: always(view.Unexpected)},
	KindBadLink:      {status: http.StatusBadRequest, page: always(view.DamagedLink), counted: true},
	KindNotNamed:     {status: http.StatusForbidden, page: notReviewer, counted: true},
	KindTooMany:      {status: http.StatusTooManyRequests, page: tooMany},
	KindTooManyActs:  {status: http.StatusTooManyRequests, page: func(f Failure) view.ProblemPage { return view.TooManyActs(f.Wait, f.again()) }},
	KindTooManyAsked: {status: http.StatusTooManyRequests, page: func(f Failure) view.ProblemPage { return view.TooManyRequests(f.Wait, f.again()) }},
	KindQuotaSpent:   {status: http.StatusServiceUnavailable, page: func(f Failure) view.ProblemPage { return view.QuotaSpent(f.Wait, f.again()) }},
	KindBusy:         {status: http.StatusServiceUnavailable, page: busy, retryAfter: retryBusy},

	Kind(activation.NotActive):    {status: http.StatusForbidden, page: notYours, counted: true},
	Kind(activation.Guarded):      {status: http.StatusForbidden, page: func(f Failure) view.ProblemPage { return view.Guarded(f.Project) }},
	Kind(activation.OutOfScope):   {status: http.StatusForbidden, page: func(f Failure) view.ProblemPage { return view.OutOfScope(f.Project, f.Commands) }},
	Kind(activation.Conflict):     {status: http.StatusConflict, page: func(f Failure) view.ProblemPage { return view.Conflict(f.Again) }},
	Kind(activation.Closed):       {status: http.StatusConflict, page: noLonger},
	Kind(activation.StaleForm):    {status: http.StatusConflict, page: noLonger},
	Kind(activation.NotGrantable): {status: http.StatusConflict, page: noLonger},
	Kind(activation.Shortens):     {status: http.StatusConflict, page: noLonger},

	Kind(activation.OwnRequest):      {status: http.StatusForbidden, page: ownRequest},
	Kind(activation.NotReviewer):     {status: http.StatusForbidden, page: notReviewer, counted: true},
	Kind(activation.LostEligibility): {status: http.StatusConflict, page: func(f Failure) view.ProblemPage { return view.NoLongerEligible(f.Beneficiary) }},
	Kind(activation.ReviewerLost):    {status: http.StatusForbidden, page: always(view.ReviewerNoLongerEligible)},
	Kind(activation.GroupUnreadable): {status: http.StatusServiceUnavailable, page: groupUnreadable},
	Kind(activation.BindingChanged):  {status: http.StatusConflict, page: always(view.BindingChanged)},
	Kind(activation.RulesChanged):    {status: http.StatusConflict, page: noLonger},
	Kind(activation.RequestSpent):    {status: http.StatusConflict, page: func(f Failure) view.ProblemPage { return view.RequestSpent(f.RequestLink) }},
	Kind(activation.RequestExpired):  {status: http.StatusGone, page: func(Failure) view.ProblemPage { return view.RequestExpired("") }},
	Kind(activation.WindowOver):      {status: http.StatusConflict, page: noLonger},
}

// Failure holds the values that the pages of errors show.
type Failure struct {
	Message     string // a sentence in place of the page's own; may be empty
	Person      string // who is signed in
	Project     string // that the address names
	RoleNamed   bool   // the address or the form names a role
	Beneficiary string // of the request that the address names, as are the next two
	Reviewers   []string
	RequestLink string
	Commands    []string      // that remove by hand what the portal does not
	Service     string        // of Google that did not do its part
	Permission  string        // that the portal lacks there
	Resource    string        // that the permission is missing on, if the person named it
	Acting      bool          // it was to be an act, or its form
	Wait        time.Duration // until it can be tried again, where a limit of the portal is why
	Reload      string        // the address of the page; "" after a form
	Back        string        // the page to go back to after a form
	Again       view.Resend   // the form as it was sent
}

// again is how to try again: by loading the page, or by sending the form as it was sent.
func (f Failure) again() view.Again {
	if f.Reload != "" {
		return view.Again{Link: f.Reload}
	}
	return view.Again{Form: &f.Again}
}

// always is for pages that say the same whatever failed.
func always(page func() view.ProblemPage) func(Failure) view.ProblemPage {
	return func(Failure) view.ProblemPage { return page() }
}

// notYours speaks of a role only to people who named one.
func notYours(f Failure) view.ProblemPage {
	if f.RoleNamed {
		return view.NotYours()
	}
	return view.NothingHere()
}

// noLonger puts the desk's own sentence in place of the general one.
func noLonger(f Failure) view.ProblemPage {
	page := view.Gone()
	if f.Message != "" {
		page.Meaning = f.Message
	}
	return page
}

// ownRequest names those who can decide, and the address by which the reader asked if they are
// signed in with another one of the same account.
func ownRequest(f Failure) view.ProblemPage {
	others := slices.DeleteFunc(slices.Clone(f.Reviewers), func(r string) bool { return r == f.Person })
	if f.Person == f.Beneficiary {
		return view.OwnRequest(others, f.RequestLink, "")
	}
	return view.OwnRequest(others, f.RequestLink, f.Beneficiary)
}

// tooMany says that acts go on only where pages were held back.
func tooMany(f Failure) view.ProblemPage {
	if f.Acting {
		return view.TooMuchDone(f.Wait, f.again())
	}
	return view.TooManyPages(f.Wait, f.again())
}

func notReviewer(f Failure) view.ProblemPage { return view.NotReviewer(f.Person) }

// noAnswer offers to load a page again. After a form it leads back, because a link cannot send the
// form again.
func noAnswer(f Failure) view.ProblemPage { return view.NoAnswer(f.Service, cmp.Or(f.Reload, f.Back)) }

// busy offers to load a page again, or to send a form again, which changed nothing.
func busy(f Failure) view.ProblemPage {
	if f.Reload != "" {
		return view.Busy(f.Reload, nil)
	}
	return view.Busy("", &f.Again)
}

// groupUnreadable offers to load a page again, or to send a form again, which changed nothing.
func groupUnreadable(f Failure) view.ProblemPage {
	if f.Reload != "" {
		return view.GroupUnreadable(f.Reload, nil)
	}
	return view.GroupUnreadable("", &f.Again)
}
