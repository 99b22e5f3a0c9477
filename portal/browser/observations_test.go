//go:build browser

package browser

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/google/go-cmp/cmp"
)

// headers are on every response of the portal, exactly so.
var headers = map[string]string{
	"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self' https://accounts.google.com; base-uri 'none'; frame-ancestors 'none'",
	"Referrer-Policy":              "same-origin",
	"X-Content-Type-Options":       "nosniff",
	"Strict-Transport-Security":    "max-age=31536000",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), microphone=(), geolocation=()",
	"Cache-Control":                "no-store",
}

// immutable replaces no-store on files whose address holds their digest.
const immutable = "public, max-age=31536000, immutable"

// signInPrefix is where the stand-in for Identity-Aware Proxy has pages of its own.
const signInPrefix = "/_gcp_gatekeeper/"

// observations are the network traffic and the console messages of a tab.
type observations struct {
	base string

	mu        sync.Mutex
	requests  []string // addresses that the tab asked for
	responses []network.Response
	complaint []string // what the console, a script or the policy complained about
	documents map[string]bool
	abroad    bool // the test itself leads to another origin
	forgiven  bool // what comes from now on is the test's doing
}

func newObservations(base string) *observations {
	return &observations{base: base, documents: map[string]bool{}}
}

// record records an event of the tab. Events come in order.
func (s *observations) record(event any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		s.requests = append(s.requests, e.Request.URL)
		if e.Type == network.ResourceTypeDocument {
			s.documents[e.Request.URL] = true
		}
		if e.RedirectResponse != nil {
			s.responses = append(s.responses, *e.RedirectResponse)
		}
	case *network.EventResponseReceived:
		if e.HasExtraInfo { // it came over the wire; what a cache holds has lost headers
			s.responses = append(s.responses, *e.Response)
		}
	case *runtime.EventConsoleAPICalled:
		s.addProblem("the console was written to: %v", e.Args)
	case *runtime.EventExceptionThrown:
		s.addProblem("a script threw: %s", text(e.ExceptionDetails))
	case *log.EventEntryAdded:
		if !s.statusOfPage(e.Entry) {
			s.addProblem("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *audits.EventIssueAdded:
		if d := e.Issue.Details.ContentSecurityPolicyIssueDetails; d != nil {
			s.addProblem("the policy blocked %s %s", d.ViolatedDirective, d.BlockedURL)
		}
	}
}

func (s *observations) addProblem(format string, values ...any) {
	if s.forgiven {
		return
	}
	s.complaint = append(s.complaint, fmt.Sprintf(format, values...))
}

// statusOfPage tells whether Chromium only says that a page has a status of 400 or above, which
// such pages do on purpose.
func (s *observations) statusOfPage(e *log.Entry) bool {
	return e.Source == log.EntrySourceNetwork && s.documents[e.URL] && strings.Contains(e.Text, "responded with a status of")
}

// problems are the messages of the console, of scripts and of the policy.
func (s *observations) problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.complaint...)
}

// clear forgets problems that a test provoked.
func (s *observations) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.complaint, s.requests = nil, nil
}

// forgive forgets problems that a test provoked, those too that the browser has not told yet: it may
// log what a server refused long after the server did.
func (s *observations) forgive() {
	s.clear()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgiven = true
}

// check checks all observations against what holds for every page.
func (s *observations) check(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.complaint {
		t.Errorf("a page was not quiet: %s", c)
	}
	for _, address := range s.requests {
		if !s.abroad && !strings.HasPrefix(address, s.base+"/") {
			t.Errorf("a page asked for %s, which is not the portal's", address)
		}
	}
	if len(s.responses) == 0 {
		t.Error("the tab saw no answer at all")
	}
	for _, r := range s.responses {
		s.checkHeaders(t, r)
	}
}

func (s *observations) checkHeaders(t *testing.T, r network.Response) {
	t.Helper()
	path, own := strings.CutPrefix(r.URL, s.base)
	if !own || strings.HasPrefix(path, signInPrefix) || strings.Contains(header(r, "Location"), signInPrefix) {
		return // another's, or the stand-in's before anybody signed in
	}
	got := map[string]string{}
	for name := range headers {
		got[name] = header(r, name)
	}
	want := headers
	if strings.HasPrefix(path, "/static/") && r.Status == 200 {
		want = map[string]string{}
		for name, value := range headers {
			want[name] = value
		}
		want["Cache-Control"] = immutable
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers of %s, status %d (-want +got):\n%s", path, r.Status, diff)
	}
}

// header is the value of a header, however its name is written.
func header(r network.Response, name string) string {
	for key, value := range r.Headers {
		if strings.EqualFold(key, name) {
			return fmt.Sprint(value)
		}
	}
	return ""
}

func text(e *runtime.ExceptionDetails) string {
	if e.Exception != nil && e.Exception.Description != "" {
		return e.Exception.Description
	}
	return e.Text
}

// quoted is a text as a script writes it.
func quoted(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings always can
	}
	return string(text)
}
