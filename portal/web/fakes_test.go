package web_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/identity"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/web"
)

const (
	alice    = "alice@example.com"
	payments = "payments-prod"
	admin    = "roles/compute.admin"
	secret   = "upstream said: token ya29.secret of bob@example.com"
)

var now = time.Date(2026, 11, 19, 2, 14, 30, 0, time.UTC)

// scene is a site with fakes behind it, which return what its fields say.
type scene struct {
	http.Handler
	deps          web.Deps
	access        eligibility.ProjectAccess
	overview      eligibility.Overview
	readError     error
	actError      error
	onRead        func()
	onAct         func()
	identityError error  // why the person is not identified
	person        string // who the person is
	subject       string // of their account
	request       requestState
	hasRequest    bool // access is by person, as in request.access

	mu              sync.Mutex
	orders          []activation.Order
	ends            []activation.EndOrder
	refusals        []event.Event
	recorded        []event.Event // of what was done, or came too late
	notified        []event.Event
	actContextError error // of the context of the last order
	log             bytes.Buffer
}

func newScene(t *testing.T) *scene {
	t.Helper()
	key := eligibility.Key{Resource: "projects/" + payments, Role: admin}
	held := []eligibility.Entitlement{{Key: key, Constraint: eligibility.SelfApproval}}
	access := eligibility.ProjectAccess{Project: payments, Entitlements: held, Held: held}
	s := &scene{person: alice, subject: "accounts.google.com:1", request: newRequestState(), access: access, overview: eligibility.Overview{Projects: []eligibility.ProjectAccess{access}}}
	rules := activation.Rules{
		Limits:   activation.Limits{Maximum: 2 * time.Hour, Hint: "Bug or case number", MinReviewers: 1, MaxReviewers: 10, RequestTimeout: time.Hour},
		MaxRoles: 10, Guarded: []string{"jit-access"},
	}
	clock := func() time.Time { return now }
	d := desk{scene: s, Desk: activation.NewDesk(activation.Deps{
		Rules: rules, Catalog: catalog{s}, Holders: catalog{s}, Roles: catalog{s}, Administrators: administrators{s}, Clock: clock,
	})}
	s.deps = web.Deps{
		Identifier: identifier{s}, Rules: rules, Access: d, Activator: d, Requests: d, Decider: d, Revoker: d,
		Auditor: auditor{scene: s}, Notifier: notifier{scene: s}, Redeemer: redeemer{s}, PublicURL: publicURL,
		Quota: quota.New(quota.Options{Clock: clock}),
		Log:   slog.New(slog.NewJSONHandler(&s.log, nil)), Clock: clock, Random: rand.Reader, Version: "test",
		Wait: func(context.Context, time.Duration) {}, // most tests are not about time
	}
	s.Handler = web.New(s.deps)
	return s
}

type identifier struct{ *scene }

func (i identifier) Verify(context.Context, *http.Request) (identity.Identity, error) {
	if i.identityError != nil {
		return identity.Identity{}, i.identityError
	}
	return identity.Identity{Email: i.person, Subject: i.subject}, nil
}

type catalog struct{ *scene }

func (c catalog) ProjectAccess(_ context.Context, email, _ string) (eligibility.ProjectAccess, error) {
	if c.onRead != nil {
		c.onRead()
	}
	if c.hasRequest && email == c.request.notYours {
		return c.request.access[email], upstream.ErrNotYours
	}
	if c.hasRequest {
		return c.request.access[email], c.readError
	}
	return c.access, c.readError
}

func (c catalog) Overview(context.Context, string) (eligibility.Overview, error) {
	if c.onRead != nil {
		c.onRead()
	}
	o := c.overview
	o.Projects = slices.Clone(o.Projects) // the desk closes guarded ones in place
	return o, c.readError
}

// desk reads like the real one, from the fake catalog, and only records what it is asked to do.
type desk struct {
	*activation.Desk
	*scene
}

func (d desk) Self(ctx context.Context, o activation.Order) (activation.Activated, error) {
	if d.onAct != nil {
		d.onAct()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.orders, d.actContextError = append(d.orders, o), ctx.Err()
	return activation.Activated{Order: o}, d.actError
}

func (d desk) End(_ context.Context, o activation.EndOrder) (activation.Ended, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ends = append(d.ends, o)
	return activation.Ended{Repeated: d.request.repeated}, d.actError
}

type auditor struct{ *scene }

func (a auditor) Record(_ context.Context, e event.Event) {
	a.mu.Lock()
	refused := e.Refusal != nil && !e.TooLate()
	if refused {
		a.refusals = append(a.refusals, e)
	} else {
		a.recorded = append(a.recorded, e)
	}
	a.mu.Unlock()
	switch {
	case refused, e.Verb == event.Activate, e.Verb == event.End:
	case e.Verb == event.Request:
		a.call("auditor asked")
	case e.Verb == event.Revoke:
		a.call("auditor revoked")
	case e.TooLate():
		a.call("auditor overtaken")
	default:
		a.call("auditor decided")
	}
}

// response is what a browser gets.
type response struct {
	*goquery.Document
	*httptest.ResponseRecorder
}

func (a response) heading() string { return strings.Join(strings.Fields(a.Find("h1").Text()), " ") }

func (s *scene) send(t *testing.T, method, address string, fields url.Values, modify ...func(*http.Request)) response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, address, strings.NewReader(fields.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, d := range modify {
		d(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	document, err := goquery.NewDocumentFromReader(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	return response{document, w}
}

func (s *scene) get(t *testing.T, address string) response {
	t.Helper()
	return s.send(t, http.MethodGet, address, nil)
}

// logLines are the lines of the log under a message.
func (s *scene) logLines(t *testing.T, message string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(s.log.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("the log has %q: %v", line, err)
		}
		if entry["msg"] == message {
			found = append(found, entry)
		}
	}
	return found
}

func reference(role string) string {
	return eligibility.Reference{Role: role, Constraint: eligibility.SelfApproval}.Encode()
}

func id(t *testing.T) string {
	t.Helper()
	made, err := eligibility.NewID(eligibility.SelfID, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

var errUpstream = errors.New(secret)
