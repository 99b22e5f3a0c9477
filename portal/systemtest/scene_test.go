package systemtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/PuerkitoBio/goquery"
	"google.golang.org/genproto/googleapis/type/expr"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/iap"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// scene is a testbed that ends with its test, and who signs assertions for the portals on it.
type scene struct {
	*testbed.Testbed
	t      *testing.T
	signer *iap.Proxy
	log    *logBuffer
}

// logBuffer holds the lines that portals wrote to their logs.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSuffix(l.text.String(), "\n"), "\n")
}

// newScene is a scene whose portals have quotas that they cannot use up, unless env says otherwise.
func newScene(t *testing.T, o emulator.Options, env ...string) *scene {
	t.Helper()
	env = append(testbed.Unlimited(), env...)
	log := new(logBuffer)
	s, err := testbed.New(testbed.Options{Emulator: o, Portal: []string{os.Args[0]}, Env: append([]string{asPortal + "=1"}, env...), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the testbed: %v", err)
		}
	})
	return &scene{Testbed: s, t: t, signer: s.IAP(iap.Options{Audience: s.Audience()}), log: log}
}

// portal starts a portal.
func (s *scene) portal() *testbed.Portal {
	s.t.Helper()
	p, err := s.StartPortal()
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// client is a person who talks to a portal itself, with an assertion as Identity-Aware Proxy makes
// it, and follows no redirects, so that the cost and the response of each request can be seen.
type client struct {
	scene    *scene
	portal   listening
	email    string
	sub      string // of their account; "" for the one that belongs to the address
	browsing bool   // their pages lead from one to the next, as in a browser
}

// listening is a portal, as a process or within the test.
type listening interface{ Address() string }

func (s *scene) client(p listening, email string) *client {
	return &client{scene: s, portal: p, email: email}
}

// response is the response of a portal. Its trace is that of the request's events in the log.
type response struct {
	*goquery.Document
	status   int
	header   http.Header
	location string
	body     string
	trace    string
}

func (a *response) heading() string { return strings.Join(strings.Fields(a.Find("h1").Text()), " ") }

// httpClient is shared by all clients, with its pool of connections.
var httpClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (g *client) get(ctx context.Context, address string) (*response, error) {
	return g.send(ctx, http.MethodGet, address, nil)
}

func (g *client) post(ctx context.Context, address string, fields url.Values) (*response, error) {
	return g.send(ctx, http.MethodPost, address, fields, formHeaders)
}

func formHeaders(h http.Header) {
	h.Set("Content-Type", "application/x-www-form-urlencoded")
	h.Set("Sec-Fetch-Site", "same-origin")
}

var traces atomic.Uint64

func (g *client) send(ctx context.Context, method, address string, fields url.Values, setHeaders ...func(http.Header)) (*response, error) {
	return g.sendBody(ctx, method, address, fields.Encode(), setHeaders...)
}

// sendBody sends any body, with the client's headers and what setHeaders changes in them.
func (g *client) sendBody(ctx context.Context, method, address, body string, setHeaders ...func(http.Header)) (*response, error) {
	r, trace, err := g.request(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	if g.browsing {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, d := range setHeaders {
		d(r.Header)
	}
	return do(r, trace)
}

// request is a request of the client before it is sent, and its trace.
func (g *client) request(ctx context.Context, method, address, body string) (r *http.Request, trace string, err error) {
	r, err = http.NewRequestWithContext(ctx, method, "http://"+g.portal.Address()+address, strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	claims := g.scene.signer.Claims(g.email)
	if g.sub != "" {
		claims["sub"] = g.sub
	}
	assertion, err := g.scene.signer.Assertion(claims)
	if err != nil {
		return nil, "", err
	}
	trace = fmt.Sprintf("%032x", traces.Add(1))
	r.Header.Set("X-Goog-Iap-Jwt-Assertion", assertion)
	r.Header.Set("X-Cloud-Trace-Context", trace+"/1;o=1")
	return r, trace, nil
}

// do sends a request and reads the whole response.
func do(r *http.Request, trace string) (*response, error) {
	got, err := httpClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		return nil, err
	}
	document, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	return &response{
		Document: document, status: got.StatusCode, header: got.Header, location: got.Header.Get("Location"),
		body: string(body), trace: trace,
	}, err
}

// mustGet is get, and fails the test unless the status is 200.
func (g *client) mustGet(t *testing.T, address string) *response {
	t.Helper()
	a, err := g.get(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	if a.status != http.StatusOK {
		t.Fatalf("%s answers %d, %q", address, a.status, a.heading())
	}
	return a
}

// reference is the value of the check box of a role.
func (a *response) reference(role string) string {
	for _, entry := range a.Find("form[method=get] li.entry").EachIter() {
		if strings.Contains(entry.Find(".entry-what").Text(), role) {
			return entry.Find("input[name=role]").AttrOr("value", "")
		}
	}
	return ""
}

// references are the values of all check boxes.
func (a *response) references() []string {
	return a.Find("input[name=role][type=checkbox]").Map(func(_ int, box *goquery.Selection) string { return box.AttrOr("value", "") })
}

// activationForm is a filled in form of activation.
func activationForm(t *testing.T, references ...string) url.Values {
	t.Helper()
	return activationFormAs(newID(t), references...)
}

func activationFormAs(id string, references ...string) url.Values {
	return url.Values{
		view.FieldRole: references, view.FieldID: {id}, view.FieldJustification: {"CASE-1041 the disk is full"}, view.FieldDuration: {"30m"},
	}
}

func eligibleBinding(role string, members ...string) *iampb.Binding {
	return &iampb.Binding{Role: role, Members: members, Condition: &expr.Expr{Title: "Eligible for JIT access", Expression: marker}}
}

func exprOf(c *eligibility.Condition) *expr.Expr {
	return &expr.Expr{Title: c.Title, Description: c.Description, Expression: c.Expression}
}

func newID(t *testing.T) string {
	t.Helper()
	id, err := eligibility.NewID(eligibility.SelfID, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// eventsOf are the audit events of one request. They are complete once the portal has ended.
func eventsOf(p *testbed.Portal, trace string) []testbed.Event {
	var found []testbed.Event
	for _, e := range p.Events("") {
		if strings.HasSuffix(e.Trace, "/"+trace) {
			found = append(found, e)
		}
	}
	return found
}
