package web

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/identity"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// A POST has longer, because it also writes a policy with its conflicts, and sends mail. The
// server's time-out for writing is longer still, so that a page can say what took too long.
const (
	pageTimeout = slotTimeout + 15*time.Second
	postTimeout = 45 * time.Second
	// maxFormBytes has room for ten references and a justification.
	maxFormBytes = 64 << 10
)

// visit is one request by one person.
type visit struct {
	event.Actor             // without an e-mail address while nobody is identified
	domain      string      // of the person's Workspace, "" for a consumer account
	attempt     event.Event // what they are trying to do, as far as it is known yet; a refusal is recorded as this
	now         time.Time
	claims      request.Claims // of the request that the address names, once redeemed
	lostForm    string         // a sentence: what a lost form did not do; see fieldLost
	counted     bool           // as a wasted page, because nothing on it is the person's own
	acting      bool           // its calls are charged to the person's acts
}

// handler responds to a request, or returns why it did not.
type handler func(http.ResponseWriter, *http.Request, *visit) error

// identified calls a handler for people whose identity Identity-Aware Proxy asserts, and turns the
// handler's error into a page. The verb is what is recorded if the handler refuses, and the charge
// says what its calls are charged to.
func (s *site) identified(c charge, verb event.Verb, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{Actor: actorOf(r), now: s.Clock().UTC().Truncate(time.Second)}
		v.attempt.Verb = verb
		if project := r.PathValue("project"); project != "" {
			v.attempt.Resource = "projects/" + project
		}
		v.lostForm = lostForms[r.URL.Query().Get(fieldLost)]
		ctx, cancel := withDeadline(r)
		defer cancel()
		person, err := s.Identifier.Verify(ctx, r)
		if err != nil {
			v.attempt.Verb = event.SignIn
			s.fail(w, r, v, identityError(err))
			return
		}
		v.Email, v.Subject, v.Device, v.AccessLevels = person.Email, person.Subject, person.Device, person.AccessLevels
		v.domain = person.HostedDomain
		// The refusal names the person, whose browser was made to send the request.
		if err := s.checkOrigin(w, r, v); err != nil {
			s.fail(w, r, v, err)
			return
		}
		budget, err := s.begin(r.WithContext(ctx), v, c)
		if err != nil {
			s.fail(w, r, v, err)
			return
		}
		v.acting = budget.Purpose() == quota.Act || budget.Purpose() == quota.Link
		defer budget.End(false) // after a panic; otherwise it has ended by then
		r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
		acting := r.WithContext(quota.With(ctx, budget))
		err = s.inSlot(w, acting, v, budget.Purpose(), h)
		budget.End(v.wasted(budget, w, err))
		if err != nil {
			r.PostForm = acting.PostForm // the page of the error may offer to send the form again
			s.fail(w, r, v, err)
		}
	})
}

// identityError tells a person who is not signed in from keys that could not be fetched to verify a
// sign-in.
func identityError(err error) error {
	var reason *identity.Error
	if errors.As(err, &reason) && reason.Reason == identity.KeysUnavailable {
		return &upstream.Outage{Service: "Identity-Aware Proxy", Err: err}
	}
	return &Error{Kind: KindNotSignedIn, Err: err}
}

// withDeadline returns the context of a handler. A POST goes on when its browser leaves, so that a
// change that was written is also recorded.
func withDeadline(r *http.Request) (context.Context, context.CancelFunc) {
	if r.Method == http.MethodPost {
		return context.WithTimeout(context.WithoutCancel(r.Context()), postTimeout)
	}
	return context.WithTimeout(r.Context(), pageTimeout)
}

// recovered logs a panic of a handler, and shows an error page unless the response has begun.
func (s *site) recovered(w *statusWriter, r *http.Request, cause any) {
	v := &visit{Actor: actorOf(r)}
	s.Log.ErrorContext(r.Context(), "a handler panicked", slog.String("request", v.Request), slog.Any("cause", cause), slog.String("stack", string(debug.Stack())))
	if w.wroteHeader {
		return
	}
	s.render(w, r, v, http.StatusInternalServerError, view.Problem(s.layout(v, ""), view.Unexpected()))
}

// numberKey is the key of a request's number in its context.
type numberKey struct{}

// logRequests gives each request a number, which pages show, and logs the request under it. It logs
// the pattern of the route, because a path can hold a token.
func (s *site) logRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number, err := s.newNumber()
		if err != nil {
			http.Error(w, "The portal has no source of randomness.", http.StatusInternalServerError)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), numberKey{}, number))
		recorder := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		start := s.Clock()
		defer func() {
			cause := recover()
			if err, _ := cause.(error); cause != nil && !errors.Is(err, http.ErrAbortHandler) {
				s.recovered(recorder, r, cause)
			}
			s.Log.InfoContext(r.Context(), "request", slog.String("request", number), slog.String("method", r.Method),
				slog.String("pattern", r.Pattern), slog.Int("status", recorder.status), slog.Duration("took", s.Clock().Sub(start)))
		}()
		next.ServeHTTP(recorder, r)
	})
}

// newNumber returns a number that is short enough to be read out to an administrator.
func (s *site) newNumber() (string, error) {
	var random [6]byte
	if _, err := io.ReadFull(s.Random, random[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(random[:]), nil
}

// actorOf is what is known of the sender before they are identified.
func actorOf(r *http.Request) event.Actor {
	number, _ := r.Context().Value(numberKey{}).(string)
	return event.Actor{Request: number, Trace: r.Header.Get("X-Cloud-Trace-Context")}
}

// statusWriter remembers the status of a response for the log.
type statusWriter struct {
	http.ResponseWriter
	status      int
	wroteHeader bool
}

func (w *statusWriter) WriteHeader(status int) {
	if !w.wroteHeader {
		w.status, w.wroteHeader = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.wroteHeader = true
	return w.ResponseWriter.Write(b)
}

// Unwrap serves http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
