package web

import (
	"net/http"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// Kind is what an error means to a browser. It is also the reason in the log,
// so kinds are stable. The desk's reasons are kinds.
type Kind string

const (
	KindMalformed    = Kind(activation.Malformed)
	KindNotSignedIn  = Kind("NOT_SIGNED_IN")
	KindForeignForm  = Kind("FOREIGN_FORM")
	KindNotYours     = Kind(activation.NotEligible)
	KindNoPage       = Kind("NO_PAGE")
	KindNoLonger     = Kind("NO_LONGER")
	KindUnsettled    = Kind("UNSETTLED")
	KindNotPermitted = Kind("NOT_PERMITTED")
	KindNoAnswer     = Kind("NO_ANSWER")
	KindUnexpected   = Kind("UNEXPECTED")
	KindBadLink      = Kind("BAD_LINK")
	KindNotNamed     = Kind("NOT_NAMED")
	KindTooMany      = Kind("TOO_MANY_PAGES")
)

// response is what a browser gets for a kind of error.
type response struct {
	status    int
	page      func(Failure) view.ProblemPage
	fruitless bool // nothing on the page is the person's own
}

// kinds is the one table of what errors mean to browsers.
var kinds = map[Kind]response{
	KindMalformed:    {status: http.StatusBadRequest, page: always(view.Unreadable)},
	KindNotSignedIn:  {status: http.StatusForbidden, page: always(view.NotSignedIn)},
	KindForeignForm:  {status: http.StatusForbidden, page: always(view.ForeignForm)},
	KindNotYours:     {status: http.StatusForbidden, page: notYours, fruitless: true},
	KindNoPage:       {status: http.StatusNotFound, page: always(view.NoPage)},
	KindNoLonger:     {status: http.StatusConflict, page: noLonger},
	KindUnsettled:    {status: http.StatusServiceUnavailable, page: always(view.Unsettled)},
	KindNotPermitted: {status: http.StatusServiceUnavailable, page: notPermitted},
	KindNoAnswer:     {status: http.StatusServiceUnavailable, page: noAnswer},
	KindUnexpected:   {status: http.StatusInternalServerError, page: always(view.Unexpected)},
	KindBadLink:      {status: http.StatusBadRequest, page: always(view.DamagedLink), fruitless: true},
	KindNotNamed:     {status: http.StatusForbidden, page: notReviewer, fruitless: true},
	KindTooMany:      {status: http.StatusTooManyRequests, page: always(view.TooManyPages)},

	Kind(activation.NotActive):    {status: http.StatusForbidden, page: notYours, fruitless: true},
	Kind(activation.Guarded):      {status: http.StatusForbidden, page: guarded},
	Kind(activation.Conflict):     {status: http.StatusConflict, page: conflict},
	Kind(activation.Closed):       {status: http.StatusConflict, page: noLonger},
	Kind(activation.StaleForm):    {status: http.StatusConflict, page: noLonger},
	Kind(activation.NotGrantable): {status: http.StatusConflict, page: noLonger},
	Kind(activation.Shortens):     {status: http.StatusConflict, page: noLonger},

	Kind(activation.OwnRequest):      {status: http.StatusForbidden, page: ownRequest},
	Kind(activation.NotReviewer):     {status: http.StatusForbidden, page: notReviewer, fruitless: true},
	Kind(activation.LostEligibility): {status: http.StatusConflict, page: lostEligibility},
	Kind(activation.ReviewerLost):    {status: http.StatusForbidden, page: always(view.ReviewerNoLongerEligible)},
	Kind(activation.GroupUnreadable): {status: http.StatusServiceUnavailable, page: groupUnreadable},
	Kind(activation.BindingChanged):  {status: http.StatusConflict, page: always(view.BindingChanged)},
	Kind(activation.RulesChanged):    {status: http.StatusConflict, page: noLonger},
	Kind(activation.RequestSpent):    {status: http.StatusConflict, page: requestSpent},
	Kind(activation.RequestExpired):  {status: http.StatusGone, page: requestExpired},
	Kind(activation.WindowOver):      {status: http.StatusConflict, page: noLonger},
}

// Failure is what the pages of errors need to know.
type Failure struct {
	Message     string // a sentence in place of the page's own; may be empty
	Person      string // who is signed in
	Project     string // that the address names
	RoleNamed   bool   // the address or the form names a role
	Beneficiary string // of the request that the address names, as are the next two
	Reviewers   []string
	RequestLink string
	Service     string // of Google that did not do its part
	Permission  string // that the portal lacks there
	Resource    string // on this, where the person has named it
	Reload      string // the page once more; "" for what was sent by a form
	Back        string // where to go on after a form
	Again       view.Resend
}

func always(page func() view.ProblemPage) func(Failure) view.ProblemPage {
	return func(Failure) view.ProblemPage { return page() }
}

func notYours(f Failure) view.ProblemPage {
	if f.RoleNamed {
		return view.NotYours()
	}
	return view.NothingHere()
}

func noLonger(f Failure) view.ProblemPage {
	page := view.Gone()
	if f.Message != "" {
		page.Meaning = f.Message
	}
	return page
}

func guarded(f Failure) view.ProblemPage { return view.Guarded(f.Project) }

func conflict(f Failure) view.ProblemPage { return view.Conflict(f.Again) }

func notReviewer(f Failure) view.ProblemPage { return view.NotReviewer(f.Person) }

func ownRequest(f Failure) view.ProblemPage { return view.OwnRequest(f.Reviewers, f.RequestLink) }

func lostEligibility(f Failure) view.ProblemPage { return view.NoLongerEligible(f.Beneficiary) }

func requestSpent(f Failure) view.ProblemPage { return view.RequestSpent(f.RequestLink) }

func requestExpired(Failure) view.ProblemPage { return view.RequestExpired("") }

func notPermitted(f Failure) view.ProblemPage {
	return view.NotPermitted(f.Service, f.Permission, f.Resource)
}

func noAnswer(f Failure) view.ProblemPage {
	if f.Reload != "" {
		return view.NoAnswer(f.Service, f.Reload)
	}
	return view.NoAnswer(f.Service, f.Back)
}

// groupUnreadable offers the page, or the form as it was sent, once more.
func groupUnreadable(f Failure) view.ProblemPage {
	if f.Reload != "" {
		return view.GroupUnreadable(f.Reload, nil)
	}
	return view.GroupUnreadable("", &f.Again)
}
