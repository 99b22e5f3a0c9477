package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/identity"
)

func TestSite_APanicIsTheNeutralPageAndALineInTheLog(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.onRead = func() { panic(secret) }
	a := s.get(t, "/projects/"+payments)
	if a.Code != http.StatusInternalServerError || a.heading() != "Something went wrong in the portal" || strings.Contains(a.Body.String(), "upstream said") {
		t.Errorf("answers %d, %q:\n%s", a.Code, a.heading(), a.Body)
	}
	if got := a.Header().Get("Content-Security-Policy"); got == "" {
		t.Error("the page has no content security policy")
	}
	lines := s.logLines(t, "a handler panicked")
	if len(lines) != 1 || lines[0]["level"] != "ERROR" || !strings.Contains(lines[0]["stack"].(string), "fakes_test.go") {
		t.Errorf("lines = %v, want one error with the stack", lines)
	}
	number, _ := s.logLines(t, "request")[0]["request"].(string)
	if number == "" || !strings.Contains(a.Body.String(), number) || len(lines) == 1 && lines[0]["request"] != number {
		t.Errorf("the number of the request is %q; page, panic and request must share it", number)
	}
}

func TestSite_LogsPatternsAndNeverPaths(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, address := range []string{"/projects/secret-project", "/projects/secret-project/activations/jit-AAAAAAAAAAAAAAAA", "/secret/page?token=secret"} {
		s.get(t, address)
	}
	s.send(t, http.MethodPost, "/projects/secret-project/activate", activateForm(t), func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
	var patterns []string
	for _, line := range s.logLines(t, "request") {
		patterns = append(patterns, line["pattern"].(string))
	}
	want := "GET /projects/{project} GET /projects/{project}/activations/{id} / POST /projects/{project}/activate"
	if got := strings.Join(patterns, " "); got != want {
		t.Errorf("patterns = %q, want %q", got, want)
	}
	if strings.Contains(s.log.String(), "secret") {
		t.Errorf("the log holds a path:\n%s", s.log.String())
	}
}

// Whoever cannot be identified because Google's keys are out of reach is not asked to sign in
// again.
func TestSite_KeysOutOfReachAreAnOutage(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.identityError = &identity.Error{Reason: identity.KeysUnavailable}
	a := s.get(t, "/")
	if a.Code != http.StatusServiceUnavailable || a.heading() != "Identity-Aware Proxy did not answer" {
		t.Errorf("answers %d, %q", a.Code, a.heading())
	}
	if r := s.refusals; len(r) != 1 || r[0].Refusal.Reason != string(identity.KeysUnavailable) {
		t.Errorf("refusals = %+v", r)
	}
}

// A POST goes on when its browser leaves, so that what was written is also recorded.
func TestSite_AnActOutlivesItsBrowser(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	gone, leave := context.WithCancel(t.Context())
	leave()
	leaving := func(r *http.Request) { *r = *r.WithContext(gone) }
	if a := s.send(t, http.MethodPost, "/projects/"+payments+"/activate", activateForm(t), leaving); len(s.orders) != 1 || a.Code != http.StatusSeeOther {
		t.Errorf("%d orders, answer %d, want the act to be carried out", len(s.orders), a.Code)
	}
	if err := s.actContextError; err != nil {
		t.Errorf("the act ran under a context that had ended: %v", err)
	}
}
