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
	log    *lines
}

// lines are what portals wrote to their logs, as they wrote it.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSuffix(l.text.String(), "\n"), "\n")
}

func newScene(t *testing.T, o emulator.Options, env ...string) *scene {
	t.Helper()
	log := new(lines)
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

// guest is a person who talks to a portal itself, with an assertion as Identity-Aware Proxy makes it, and follows no
// redirects: what one request costs and answers shows alone.
type guest struct {
	scene  *scene
	portal *testbed.Portal
	email  string
}

func (s *scene) guest(p *testbed.Portal, email string) *guest { return &guest{s, p, email} }

// answer is what a portal answered. Trace is found in the events of its request.
type answer struct {
	*goquery.Document
	status   int
	header   http.Header
	location string
	body     string
	trace    string
}

func (a *answer) heading() string { return strings.Join(strings.Fields(a.Find("h1").Text()), " ") }

// direct is one pool of connections for all guests.
var direct = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (g *guest) get(ctx context.Context, address string) (*answer, error) {
	return g.send(ctx, http.MethodGet, address, nil)
}

func (g *guest) post(ctx context.Context, address string, fields url.Values) (*answer, error) {
	return g.send(ctx, http.MethodPost, address, fields, asForm)
}

func asForm(h http.Header) {
	h.Set("Content-Type", "application/x-www-form-urlencoded")
	h.Set("Sec-Fetch-Site", "same-origin")
}

var traces atomic.Uint64

func (g *guest) send(ctx context.Context, method, address string, fields url.Values, dress ...func(http.Header)) (*answer, error) {
	return g.sendBody(ctx, method, address, fields.Encode(), dress...)
}

// sendBody sends any body, with headers as the guest's and then as they are dressed.
func (g *guest) sendBody(ctx context.Context, method, address, body string, dress ...func(http.Header)) (*answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+g.portal.Address()+address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	assertion, err := g.scene.signer.Assertion(g.scene.signer.Claims(g.email))
	if err != nil {
		return nil, err
	}
	trace := fmt.Sprintf("%032x", traces.Add(1))
	r.Header.Set("X-Goog-Iap-Jwt-Assertion", assertion)
	r.Header.Set("X-Cloud-Trace-Context", trace+"/1;o=1")
	for _, d := range dress {
		d(r.Header)
	}
	return sent(r, trace)
}

// sent reads the whole answer to a request.
func sent(r *http.Request, trace string) (*answer, error) {
	response, err := direct.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	document, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	return &answer{
		Document: document, status: response.StatusCode, header: response.Header, location: response.Header.Get("Location"),
		body: string(body), trace: trace,
	}, err
}

// mustGet is get for a page that has to come, with status 200.
func (g *guest) mustGet(t *testing.T, address string) *answer {
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
func (a *answer) reference(role string) string {
	for _, entry := range a.Find("form[method=get] li.entry").EachIter() {
		if strings.Contains(entry.Find(".entry-what").Text(), role) {
			return entry.Find("input[name=role]").AttrOr("value", "")
		}
	}
	return ""
}

// references are the values of all check boxes.
func (a *answer) references() []string {
	return a.Find("input[name=role][type=checkbox]").Map(func(_ int, box *goquery.Selection) string { return box.AttrOr("value", "") })
}

// order is a filled in form of activation.
func order(t *testing.T, references ...string) url.Values {
	t.Helper()
	return orderAs(newID(t), references...)
}

func orderAs(id string, references ...string) url.Values {
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
