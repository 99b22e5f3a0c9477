package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/identity"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// Kind is what an error means to a browser. It is also the reason in the log,
// so kinds are stable.
type Kind string

const (
	KindMalformed    Kind = "MALFORMED"
	KindNotSignedIn  Kind = "NOT_SIGNED_IN"
	KindForeignForm  Kind = "FOREIGN_FORM"
	KindNotYours     Kind = "NOT_ELIGIBLE"
	KindGuarded      Kind = "GUARDED"
	KindNoPage       Kind = "NO_PAGE"
	KindConflict     Kind = "CONFLICT"
	KindNoLonger     Kind = "NO_LONGER"
	KindUnsettled    Kind = "UNSETTLED"
	KindNotPermitted Kind = "NOT_PERMITTED"
	KindNoAnswer     Kind = "NO_ANSWER"
	KindUnexpected   Kind = "UNEXPECTED"
	KindBadLink      Kind = "BAD_LINK"
	KindNotNamed     Kind = "NOT_NAMED"
	KindOwnRequest   Kind = "OWN_REQUEST"
	KindExpired      Kind = "EXPIRED"
	KindTooMany      Kind = "TOO_MANY_PAGES"

	KindLostEligibility Kind = "LOST_ELIGIBILITY"
	KindNotEligibleNow  Kind = "REVIEWER_LOST_ELIGIBILITY"
	KindGroupUnreadable Kind = "GROUP_UNREADABLE"
	KindBindingChanged  Kind = "BINDING_CHANGED"
	KindSpent           Kind = "REQUEST_SPENT"
)

// statuses is the one table from kinds to HTTP statuses.
var statuses = map[Kind]int{
	KindMalformed:    http.StatusBadRequest,
	KindNotSignedIn:  http.StatusForbidden,
	KindForeignForm:  http.StatusForbidden,
	KindNotYours:     http.StatusForbidden,
	KindGuarded:      http.StatusForbidden,
	KindNoPage:       http.StatusNotFound,
	KindConflict:     http.StatusConflict,
	KindNoLonger:     http.StatusConflict,
	KindUnsettled:    http.StatusServiceUnavailable,
	KindNotPermitted: http.StatusServiceUnavailable,
	KindNoAnswer:     http.StatusServiceUnavailable,
	KindUnexpected:   http.StatusInternalServerError,
	KindBadLink:      http.StatusBadRequest,
	KindNotNamed:     http.StatusForbidden,
	KindOwnRequest:   http.StatusForbidden,
	KindExpired:      http.StatusGone,
	KindTooMany:      http.StatusTooManyRequests,

	KindLostEligibility: http.StatusConflict,
	KindNotEligibleNow:  http.StatusForbidden,
	KindGroupUnreadable: http.StatusServiceUnavailable,
	KindBindingChanged:  http.StatusConflict,
	KindSpent:           http.StatusConflict,
}

// Error is the only error whose words reach a browser.
type Error struct {
	Kind    Kind
	Message string // a sentence for the page; "" for the kind's own words
	Err     error  // the cause, for the log only
}

// Error implements error. The kind is left to who writes it down beside this.
func (e *Error) Error() string {
	switch {
	case e.Err == nil && e.Message == "":
		return string(e.Kind)
	case e.Err == nil:
		return e.Message
	case e.Message == "":
		return e.Err.Error()
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// refusalKinds says what a refusal of the desk means to a browser.
var refusalKinds = map[activation.Reason]Kind{
	activation.NotEligible:  KindNotYours,
	activation.NotActive:    KindNotYours,
	activation.Guarded:      KindGuarded,
	activation.Conflict:     KindConflict,
	activation.Closed:       KindNoLonger,
	activation.StaleForm:    KindNoLonger,
	activation.NotGrantable: KindNoLonger,
	activation.Shortens:     KindNoLonger,

	activation.OwnRequest:      KindOwnRequest,
	activation.NotReviewer:     KindNotNamed,
	activation.LostEligibility: KindLostEligibility,
	activation.ReviewerLost:    KindNotEligibleNow,
	activation.GroupUnreadable: KindGroupUnreadable,
	activation.BindingChanged:  KindBindingChanged,
	activation.RulesChanged:    KindNoLonger,
	activation.RequestSpent:    KindSpent,
	activation.WindowOver:      KindNoLonger,
	activation.RequestExpired:  KindExpired,
}

// known turns any error into one that may reach a browser.
func known(err error) *Error {
	var (
		own     *Error
		refusal *activation.Refusal
		outage  *upstream.Outage
	)
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, upstream.ErrNotYours):
		return &Error{Kind: KindNotYours, Err: err}
	case errors.As(err, &refusal):
		return &Error{Kind: refusalKinds[refusal.Reason], Message: refusal.Message, Err: err}
	case errors.As(err, &outage) && outage.Unsettled:
		return &Error{Kind: KindUnsettled, Err: err}
	case errors.As(err, &outage) && outage.Permission != "":
		return &Error{Kind: KindNotPermitted, Err: err}
	case errors.As(err, &outage):
		return &Error{Kind: KindNoAnswer, Err: err}
	}
	return &Error{Kind: KindUnexpected, Err: err}
}

// fail answers with the page of an error and writes it down.
func (s *site) fail(w http.ResponseWriter, r *http.Request, v *visit, err error) {
	e := known(err)
	s.refuse(r, v, e)
	s.render(w, r, v, statuses[e.Kind], view.Problem(s.layout(v, ""), problem(e, r, v)))
}

// refuse writes a refusal down. Its reason is the desk's where the desk refused.
func (s *site) refuse(r *http.Request, v *visit, err error) {
	reason := string(known(err).Kind)
	var refusal *activation.Refusal
	var faults activation.Faults
	var stranger *identity.Error
	switch {
	case errors.As(err, &stranger):
		reason = string(stranger.Reason)
	case errors.As(err, &refusal):
		reason = string(refusal.Reason)
	case errors.As(err, &faults):
		reason = string(activation.Malformed)
	}
	refused := v.attempt
	refused.Refusal = &event.Refusal{Reason: reason, Cause: cause(err)}
	s.record(r, v, refused)
}

// record writes down what a person did or tried, and returns it with their name.
func (s *site) record(r *http.Request, v *visit, e event.Event) event.Event {
	e.By = v.Actor
	s.Auditor.Record(r.Context(), e)
	return e
}

// cause is what is written beside the reason of a refusal; "" where that would be
// the reason again.
func cause(err error) string {
	var own *Error
	var refusal *activation.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Err != nil:
		return fmt.Sprintf("%s: %v", refusal.Message, refusal.Err)
	case errors.As(err, &refusal):
		return refusal.Message
	case errors.As(err, &own) && own.Message == "" && own.Err == nil:
		return ""
	case errors.As(err, &own) && own.Message == "":
		return own.Err.Error()
	}
	return err.Error()
}

// about tells whether an address or a form names a role.
func about(r *http.Request) bool {
	return r.URL.Query().Has(view.FieldRole) || r.PostForm.Has(view.FieldRole)
}

// problem is the page of an error.
func problem(e *Error, r *http.Request, v *visit) view.ProblemPage {
	var outage *upstream.Outage
	errors.As(e.Err, &outage)
	switch e.Kind {
	case KindMalformed:
		return view.Unreadable()
	case KindNotSignedIn:
		return view.NotSignedIn()
	case KindForeignForm:
		return view.ForeignForm()
	case KindNotYours:
		if !about(r) {
			return view.NothingHere()
		}
		return view.NotYours()
	case KindGuarded:
		return view.Guarded(v.attempt.Project())
	case KindNoPage:
		return view.NoPage()
	case KindConflict:
		return view.Conflict(resend(r))
	case KindNoLonger:
		return explained(view.Gone(), e.Message)
	case KindBadLink:
		return view.DamagedLink()
	case KindNotNamed:
		return view.NotReviewer(v.Email)
	case KindOwnRequest:
		return view.OwnRequest(v.claims.Reviewers, requestAddress(r.PathValue("token")))
	case KindExpired:
		return view.RequestExpired("")
	case KindLostEligibility:
		return view.NoLongerEligible(v.claims.Beneficiary)
	case KindNotEligibleNow:
		return view.ReviewerNoLongerEligible()
	case KindGroupUnreadable:
		return groupUnreadable(r)
	case KindBindingChanged:
		return view.BindingChanged()
	case KindSpent:
		return view.RequestSpent(requestAddress(r.PathValue("token")))
	case KindTooMany:
		return view.TooManyPages()
	case KindUnsettled:
		return view.Unsettled()
	case KindNotPermitted:
		return view.NotPermitted(outage.Service, outage.Permission, named(outage.Resource, v))
	case KindNoAnswer:
		return view.NoAnswer(outage.Service, again(r, v))
	}
	return view.Unexpected()
}

// named is a resource that a person may see because they named it: the project
// of the address. Others, the scope's and the portal's own, are in the log.
func named(resource string, v *visit) string {
	if resource != v.attempt.Resource {
		return ""
	}
	return resource
}

// explained puts a sentence in place of a page's own.
func explained(page view.ProblemPage, message string) view.ProblemPage {
	if message != "" {
		page.Meaning = message
	}
	return page
}

// groupUnreadable offers the page, or the form as it was sent, once more.
func groupUnreadable(r *http.Request) view.ProblemPage {
	if r.Method == http.MethodGet {
		return view.GroupUnreadable(r.URL.RequestURI(), nil)
	}
	again := resend(r)
	return view.GroupUnreadable("", &again)
}

// again is where to try again: the page itself, or the project of an act.
func again(r *http.Request, v *visit) string {
	switch {
	case r.Method == http.MethodGet:
		return r.URL.RequestURI()
	case v.attempt.Resource != "":
		return projectAddress(v.attempt.Project())
	}
	return homeAddress
}

// resend is the form once more, as it was sent.
func resend(r *http.Request) view.Resend {
	again := view.Resend{Text: "Try again", Action: r.URL.Path}
	for _, name := range []string{view.FieldRole, view.FieldID, view.FieldJustification, view.FieldDuration, view.FieldMinutes,
		view.FieldReviewer, view.FieldReason, fieldMine, fieldTheirs, fieldUser} {
		for _, value := range r.PostForm[name] {
			again.Fields = append(again.Fields, view.HiddenField{Name: name, Value: value})
		}
	}
	return again
}

// ownForms refuses a POST that comes from another site.
func (s *site) ownForms(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(s.identified(event.ListProjects, func(http.ResponseWriter, *http.Request, *visit) error {
		return &Error{Kind: KindForeignForm}
	}))
	return protection.Handler(next)
}

// crashed answers a handler that panicked, if nothing was answered yet.
func (s *site) crashed(w *statusWriter, r *http.Request, cause any) {
	v := &visit{Actor: actorOf(r)}
	s.Log.ErrorContext(r.Context(), "a handler panicked", slog.String("request", v.Request), slog.Any("cause", cause), slog.String("stack", string(debug.Stack())))
	if w.begun {
		return
	}
	s.render(w, r, v, http.StatusInternalServerError, view.Problem(s.layout(v, ""), view.Unexpected()))
}
