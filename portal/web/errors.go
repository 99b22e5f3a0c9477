package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/identity"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// Error is the only error whose message reaches a browser.
type Error struct {
	Kind    Kind
	Message string // a sentence for the page; "" for the kind's own words
	Err     error  // the cause, for the log only
}

// Error implements error. The text leaves the kind out, because the log has it in a field of its
// own.
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

// toError turns any error into one that may reach a browser. An error that nothing here knows is
// unexpected, and its text is for the log alone.
func toError(err error) *Error {
	var (
		own     *Error
		refusal *activation.Refusal
		faults  activation.Faults
		outage  *upstream.Outage
	)
	switch {
	case errors.As(err, &own):
		return own
	// First of all: what was not asked says nothing about what is the person's.
	case upstream.AsThrottled(err) != nil:
		return &Error{Kind: throttledKind(upstream.AsThrottled(err)), Err: err}
	case errors.Is(err, upstream.ErrNotYours):
		return &Error{Kind: KindNotYours, Err: err}
	// The desk's reasons are kinds. One that is missing in the table is unexpected.
	case errors.As(err, &refusal) && kinds[Kind(refusal.Reason)].page != nil:
		return &Error{Kind: Kind(refusal.Reason), Message: refusal.Message, Err: err}
	// The form shows faults beside its fields; this is what they are recorded as.
	case errors.As(err, &faults):
		return &Error{Kind: KindMalformed, Err: err}
	case errors.As(err, &outage) && outage.Unsettled:
		return &Error{Kind: KindUnsettled, Err: err}
	case errors.As(err, &outage) && outage.Permission != "":
		return &Error{Kind: KindNotPermitted, Err: err}
	case errors.As(err, &outage):
		return &Error{Kind: KindNoAnswer, Err: err}
	// The time of the page was over before everything for it was there.
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Kind: KindBusy, Err: err}
	}
	return &Error{Kind: KindUnexpected, Err: err}
}

// throttledKind is the kind of what a limit of the portal holds back.
func throttledKind(t *upstream.Throttled) Kind {
	switch {
	case t.Service == quota.Requests:
		return KindTooManyAsked
	case t.Personal:
		return KindTooMany
	}
	return KindQuotaSpent
}

// fail records an error and shows the page of its kind.
func (s *site) fail(w http.ResponseWriter, r *http.Request, v *visit, err error) {
	e := toError(err)
	s.recordRefusal(r, v, e)
	response := kinds[e.Kind]
	if response.retryAfter != "" {
		w.Header().Set("Retry-After", response.retryAfter)
	}
	setRetryAfter(w, e)
	s.render(w, r, v, response.status, view.Problem(s.layout(v, ""), response.page(failureOf(e, r, v))))
}

// recordRefusal records that a request was refused. The desk and the identifier have finer reasons
// than the kinds of pages, so theirs are recorded where they refused.
func (s *site) recordRefusal(r *http.Request, v *visit, err error) {
	reason := string(toError(err).Kind)
	var refusal *activation.Refusal
	var unidentified *identity.Error
	switch {
	case upstream.AsThrottled(err) != nil: // whatever was made of it on the way
	case errors.As(err, &unidentified):
		reason = string(unidentified.Reason)
	case errors.As(err, &refusal):
		reason = string(refusal.Reason)
	}
	refused := v.attempt
	refused.Refusal = &event.Refusal{Reason: reason, Cause: refusalCause(err)}
	s.record(r, v, refused)
}

// record records what a person did or tried, and returns it with their name.
func (s *site) record(r *http.Request, v *visit, e event.Event) event.Event {
	e.By = v.Actor
	s.Auditor.Record(r.Context(), e)
	return e
}

// refusalCause is recorded beside the reason of a refusal; it is "" where it would repeat the
// reason.
func refusalCause(err error) string {
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

// failureOf gathers what the page of an error needs to know.
func failureOf(e *Error, r *http.Request, v *visit) Failure {
	f := Failure{
		Message: e.Message, Person: v.Email, Project: v.attempt.Project(), Beneficiary: v.claims.Beneficiary, Reviewers: v.claims.Reviewers,
		RoleNamed: r.URL.Query().Has(view.FieldRole) || r.PostForm.Has(view.FieldRole), RequestLink: requestAddress(r.PathValue("token")),
		Back: homeAddress, Again: resendForm(r), Acting: v.acting,
	}
	if r.Method == http.MethodGet {
		f.Reload = r.URL.RequestURI()
	}
	if v.attempt.Resource != "" {
		f.Back = projectAddress(v.attempt.Project())
	}
	if held := upstream.AsThrottled(e); held != nil {
		f.Wait = held.RetryAfter
	}
	var refusal *activation.Refusal
	if errors.As(e.Err, &refusal) {
		for _, b := range refusal.Remaining {
			f.Commands = append(f.Commands, removalCommand(f.Project, b))
		}
	}
	var outage *upstream.Outage
	if errors.As(e.Err, &outage) {
		f.Service, f.Permission = outage.Service, outage.Permission
		// The person knows the project of the address. The scope and the portal's own account are
		// for administrators, who find them in the log.
		if outage.Resource == v.attempt.Resource {
			f.Resource = outage.Resource
		}
	}
	return f
}

// resendForm is a form that sends again what was sent, for a page that offers to try again.
func resendForm(r *http.Request) view.Resend {
	again := view.Resend{Text: "Try again", Action: r.URL.Path}
	// These are all fields of the portal's forms. Whatever else was sent is dropped.
	for _, name := range []string{view.FieldRole, view.FieldID, view.FieldJustification, view.FieldDuration, view.FieldMinutes,
		view.FieldReviewer, view.FieldReason, fieldReviewerHint, fieldBeneficiaryHint, fieldUser} {
		for _, value := range r.PostForm[name] {
			again.Fields = append(again.Fields, view.HiddenField{Name: name, Value: value})
		}
	}
	return again
}
