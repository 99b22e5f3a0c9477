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

	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/identity"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

const (
	// lookTime bounds the making of a page, and actTime an act, which goes on
	// when its browser leaves: what is written is also written down.
	lookTime = 15 * time.Second
	actTime  = 45 * time.Second
	// maxForm bounds a form in bytes: ten references and a justification.
	maxForm = 64 << 10
)

// visit is one request by one person.
type visit struct {
	event.Actor             // without an e-mail address while nobody is identified
	domain      string      // of the person's Workspace, "" for a consumer account
	attempt     event.Event // what they try, as far as it is known yet: what a refusal is written down as
	now         time.Time
	claims      request.Claims // of the request that the address names, once redeemed
	lost        string         // what a form did not do that an expired session made an address of
	fruitless   bool           // nothing on the page is the person's own
}

// handler makes a page, or returns why there is none.
type handler func(http.ResponseWriter, *http.Request, *visit) error

// identified lets a request through to its handler when Identity-Aware Proxy
// vouches for a person, and turns the handler's error into a page.
func (s *site) identified(verb event.Verb, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{Actor: actorOf(r), now: s.Clock().UTC().Truncate(time.Second)}
		v.attempt.Verb = verb
		if project := r.PathValue("project"); project != "" {
			v.attempt.Resource = "projects/" + project
		}
		v.lost = losses[r.URL.Query().Get(fieldLost)]
		ctx, cancel := bounded(r)
		defer cancel()
		person, err := s.Identifier.Verify(ctx, r)
		if err != nil {
			v.attempt.Verb = event.SignIn
			s.fail(w, r, v, notSignedIn(err))
			return
		}
		v.Email, v.Subject, v.Device, v.AccessLevels = person.Email, person.Subject, person.Device, person.AccessLevels
		v.domain = person.HostedDomain
		if err := s.tooFast(w, v); err != nil {
			s.fail(w, r, v, err)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		acting := r.WithContext(ctx)
		err = h(w, acting, v)
		s.countFruitless(v, err)
		if err != nil {
			r.PostForm = acting.PostForm // for a page that offers what was sent once more
			s.fail(w, r, v, err)
		}
	})
}

// notSignedIn tells somebody whom nobody vouches for from an outage of who could.
func notSignedIn(err error) error {
	var reason *identity.Error
	if errors.As(err, &reason) && reason.Reason == identity.KeysUnavailable {
		return &upstream.Outage{Service: "Identity-Aware Proxy", Err: err}
	}
	return &Error{Kind: KindNotSignedIn, Err: err}
}

// bounded is the context that a request works under.
func bounded(r *http.Request) (context.Context, context.CancelFunc) {
	if r.Method == http.MethodPost {
		return context.WithTimeout(context.WithoutCancel(r.Context()), actTime)
	}
	return context.WithTimeout(r.Context(), lookTime)
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

// requestKey is where a request's number is kept in its context.
type requestKey struct{}

// numbered gives each request a number, which pages show and the log has, and
// logs it by its pattern: a path can hold what no log should.
func (s *site) numbered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number, err := s.number()
		if err != nil {
			http.Error(w, "The portal has no source of randomness.", http.StatusInternalServerError)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, number))
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		start := s.Clock()
		defer func() {
			cause := recover()
			if cause != nil && !errors.Is(asErr(cause), http.ErrAbortHandler) {
				s.crashed(seen, r, cause)
			}
			s.Log.InfoContext(r.Context(), "request", slog.String("request", number), slog.String("method", r.Method),
				slog.String("pattern", r.Pattern), slog.Int("status", seen.status), slog.Duration("took", s.Clock().Sub(start)))
		}()
		next.ServeHTTP(seen, r)
	})
}

func (s *site) number() (string, error) {
	var random [6]byte
	if _, err := io.ReadFull(s.Random, random[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(random[:]), nil
}

// actorOf is who sends a request, as far as that is known before they are identified.
func actorOf(r *http.Request) event.Actor {
	number, _ := r.Context().Value(requestKey{}).(string)
	return event.Actor{Request: number, Trace: r.Header.Get("X-Cloud-Trace-Context")}
}

func asErr(cause any) error {
	err, _ := cause.(error)
	return err
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
	begun  bool
}

func (w *statusWriter) WriteHeader(status int) {
	if !w.begun {
		w.status, w.begun = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

// Unwrap serves http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
