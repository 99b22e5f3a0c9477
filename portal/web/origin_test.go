package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/identity"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/static"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/web"
)

// fetched are the headers by which a browser says who asks, how and for what.
func fetched(site, mode, dest string, more ...string) func(*http.Request) {
	return func(r *http.Request) {
		for name, value := range map[string]string{"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		for i := 0; i < len(more); i += 2 {
			r.Header.Set(more[i], more[i+1])
		}
	}
}

// followed is a link of another site that somebody follows.
var followed = fetched("cross-site", "navigate", "document", "Sec-Fetch-User", "?1")

const asksFor = "asks for Compute Admin on " + payments // heads the page on which reviewers decide

// countReads counts the pages for which something is asked.
func (s *scene) countReads() *atomic.Int64 {
	reads := new(atomic.Int64)
	s.onRead = func() { reads.Add(1) }
	return reads
}

// Pictures of the portal's pages on another site counted against whoever looked at them, and each
// cost what opening the page costs.
func TestPages_AsImagesOfAnotherSiteCountAgainstNobodyAndAskNothing(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	reads := s.countReads()
	for i := range 140 {
		address := []string{"/", "/projects/" + payments, "/projects/NOBODYS", "/requests/" + token}[i%4]
		if a := s.send(t, http.MethodGet, address, nil, fetched("cross-site", "no-cors", "image")); a.Code != http.StatusForbidden {
			t.Fatalf("picture %d, of %s, is answered with %d, want 403", i, address, a.Code)
		}
	}
	if reads.Load() > 0 || len(s.request.calls) > 0 {
		t.Errorf("%d reads and the calls %q, want none", reads.Load(), s.request.calls)
	}
	if a := s.get(t, "/"); a.Code != http.StatusOK {
		t.Errorf("home answers %d after them", a.Code)
	}
	for i := range 120 { // as many as one person may open without them
		if a := s.get(t, "/projects/NOBODYS"); a.Code != http.StatusForbidden || a.heading() != "You have no access here" {
			t.Fatalf("page %d of nobody's answers %d, %q", i, a.Code, a.heading())
		}
	}
}

func TestPages_OpenFromAnotherSiteAsTheDocumentOfAWindowAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method string
		sent   func(*http.Request)
		want   int
	}{
		"no headers, as of an old browser":      {http.MethodGet, fetched("", "", ""), http.StatusOK},
		"a page of the portal":                  {http.MethodGet, fetched("same-origin", "navigate", "document"), http.StatusOK},
		"the portal's own script":               {http.MethodGet, fetched("same-origin", "cors", "empty"), http.StatusOK},
		"a typed address":                       {http.MethodGet, fetched("none", "navigate", "document"), http.StatusOK},
		"a link":                                {http.MethodGet, followed, http.StatusOK},
		"a link of a neighbour":                 {http.MethodGet, fetched("same-site", "navigate", "document"), http.StatusOK},
		"HEAD without headers":                  {http.MethodHead, fetched("", "", ""), http.StatusOK},
		"an image":                              {http.MethodGet, fetched("cross-site", "no-cors", "image"), http.StatusForbidden},
		"an image of a neighbour":               {http.MethodGet, fetched("same-site", "no-cors", "image"), http.StatusForbidden},
		"a script":                              {http.MethodGet, fetched("cross-site", "no-cors", "script"), http.StatusForbidden},
		"fetch":                                 {http.MethodGet, fetched("cross-site", "no-cors", "empty"), http.StatusForbidden},
		"fetch that would read":                 {http.MethodGet, fetched("cross-site", "cors", "empty", "Origin", "https://evil.example"), http.StatusForbidden},
		"HEAD by fetch":                         {http.MethodHead, fetched("cross-site", "no-cors", "empty"), http.StatusForbidden},
		"the question before a fetch":           {http.MethodOptions, fetched("cross-site", "cors", "empty"), http.StatusForbidden},
		"a frame":                               {http.MethodGet, fetched("cross-site", "navigate", "iframe"), http.StatusForbidden},
		"an old frame":                          {http.MethodGet, fetched("cross-site", "navigate", "frame"), http.StatusForbidden},
		"an object":                             {http.MethodGet, fetched("cross-site", "navigate", "object"), http.StatusForbidden},
		"an embedded object":                    {http.MethodGet, fetched("cross-site", "navigate", "embed"), http.StatusForbidden},
		"a service worker":                      {http.MethodGet, fetched("cross-site", "same-origin", "serviceworker"), http.StatusForbidden},
		"a web socket":                          {http.MethodGet, fetched("cross-site", "websocket", "websocket"), http.StatusForbidden},
		"a page fetched ahead":                  {http.MethodGet, fetched("cross-site", "no-cors", "empty", "Sec-Purpose", "prefetch"), http.StatusForbidden},
		"a page rendered ahead":                 {http.MethodGet, fetched("cross-site", "navigate", "document", "Sec-Purpose", "prefetch;prerender"), http.StatusForbidden},
		"a link without a destination":          {http.MethodGet, fetched("cross-site", "navigate", ""), http.StatusForbidden},
		"a destination without a site":          {http.MethodGet, fetched("", "no-cors", "image"), http.StatusForbidden},
		"a site that the specification has not": {http.MethodGet, fetched("SAME-ORIGIN", "cors", "empty"), http.StatusForbidden},
	} {
		s := newScene(t)
		reads := s.countReads()
		a := s.send(t, c.method, "/projects/"+payments, nil, c.sent)
		if a.Code != c.want {
			t.Errorf("%s answers %d, %q, want %d", name, a.Code, a.heading(), c.want)
		}
		if c.want == http.StatusOK {
			continue
		}
		if reads.Load() > 0 || len(s.refusals) != 1 {
			t.Errorf("%s: %d reads and the refusals %+v, want none and one", name, reads.Load(), s.refusals)
			continue
		}
		e := s.refusals[0]
		tried := e.Verb == event.ListRoles && e.Resource == "projects/"+payments || c.method == http.MethodOptions // which no route has
		if !tried || e.Refusal.Reason != "FOREIGN_PAGE" || e.By.Email != alice || e.By.Subject == "" {
			t.Errorf("%s is recorded as %+v", name, e)
		}
	}
}

// Behind each of these a person follows a link.
func TestLinks_OfOtherSitesOpenTheirPages(t *testing.T) {
	t.Parallel()
	mailed := "/?activation=" + request.Obscure(token) + "&projectId=" + payments
	for name, c := range map[string]struct {
		address, heading string
		sent             func(*http.Request)
	}{
		"back from the sign-in":                     {"/projects/" + payments, payments, fetched("cross-site", "navigate", "document")},
		"a mail in the browser":                     {mailed, asksFor, followed},
		"a mail program":                            {mailed, asksFor, fetched("none", "navigate", "document")},
		"an old bookmark":                           {"/?projectId=" + payments, payments, fetched("none", "navigate", "document")},
		"a link of JIT Access 1.8.1 in a chat":      {"/?projectId=" + payments, payments, followed},
		"a link that somebody passed on":            {requestAddress, asksFor, followed},
		"a neighbour's page of links":               {"/", "Your access", fetched("same-site", "navigate", "document")},
		"a form whose session expired, back by GET": {requestAddress + "/approve", asksFor, fetched("cross-site", "navigate", "document")},
	} {
		s := newRequestScene(t).as(bob)
		a := s.send(t, http.MethodGet, c.address, nil, c.sent)
		for a.Code == http.StatusSeeOther { // a redirect says what the first request said
			a = s.send(t, http.MethodGet, a.Header().Get("Location"), nil, c.sent)
		}
		if a.Code != http.StatusOK || !strings.Contains(a.heading(), c.heading) || len(s.refusals) > 0 {
			t.Errorf("%s leads to %d, %q, with the refusals %+v; want %q", name, a.Code, a.heading(), s.refusals, c.heading)
		}
	}
}

// A form of another site was recorded as an attempt to list projects, whatever it tried.
func TestForms_OfOtherSitesAreRecordedAsWhatTheyTried(t *testing.T) {
	t.Parallel()
	for address, verb := range map[string]event.Verb{
		requestAddress + "/approve":           event.Approve,
		requestAddress + "/decline":           event.Decline,
		requestAddress + "/withdraw":          event.Withdraw,
		requestAddress + "/revoke":            event.Revoke,
		askAddress:                            event.Request,
		"/projects/" + payments + "/activate": event.Activate,
		"/projects/" + payments + "/end":      event.End,
		"/projects/" + payments + "/revoke":   event.Revoke,
	} {
		for name, sent := range map[string]func(*http.Request){
			"a form":                 fetched("cross-site", "navigate", "document", "Origin", "https://evil.example"),
			"a form in a frame":      fetched("cross-site", "navigate", "iframe", "Origin", "https://evil.example"),
			"fetch":                  fetched("cross-site", "no-cors", "empty", "Origin", "https://evil.example"),
			"a neighbour's form":     fetched("same-site", "navigate", "document", "Origin", "https://a.example.com"),
			"an old browser's":       fetched("", "", "", "Origin", "https://evil.example"),
			"an old browser's frame": fetched("", "", "", "Origin", "null"),
		} {
			s := newRequestScene(t).as(bob)
			reads := s.countReads()
			a := s.send(t, http.MethodPost, address, url.Values{"reason": {"no"}}, sent)
			if a.Code != http.StatusForbidden || a.heading() != "This came from another site" || reads.Load() > 0 || len(s.request.calls) > 0 || len(s.orders) > 0 || len(s.ends) > 0 {
				t.Errorf("%s to %s answers %d, %q, after %d reads and the calls %q", name, address, a.Code, a.heading(), reads.Load(), s.request.calls)
			}
			if len(s.refusals) != 1 || s.refusals[0].Verb != verb || s.refusals[0].By.Email != bob || s.refusals[0].Refusal.Reason != "FOREIGN_FORM" {
				t.Errorf("%s to %s is recorded as %+v, want %q of %s", name, address, s.refusals, verb, bob)
			}
		}
	}
}

// A page that opens windows of the portal in a loop used up what its visitor may open.
func TestLinks_OpenedInALoopDoNotKeepTheirVictimFromApproving(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t).as(bob)
	reads := s.countReads()
	open := func(address string, sent func(*http.Request)) response {
		return s.send(t, http.MethodGet, address, nil, sent)
	}
	for i := range 30 {
		if a := open("/projects/NOBODYS", followed); a.Code == http.StatusTooManyRequests {
			t.Fatalf("window %d answers %d", i, a.Code)
		}
	}
	before := reads.Load()
	for range 300 {
		if a := open("/", followed); a.Code != http.StatusTooManyRequests || a.Header().Get("Retry-After") == "" {
			t.Fatalf("one window too many answers %d, %v; want 429 and when to go on", a.Code, a.Header())
		}
	}
	address := requestAddress + "?done=asked"
	a := open(address, followed)
	if a.Code != http.StatusTooManyRequests || reads.Load() != before || s.refusals[len(s.refusals)-1].Refusal.Reason != "TOO_MANY_LINKS" {
		t.Fatalf("the link in the mail answers %d, after %d reads, and is recorded as %+v", a.Code, reads.Load()-before, s.refusals[len(s.refusals)-1])
	}
	link := a.Find("main a.button").First()
	if link.Text() != "Open the portal" || link.AttrOr("href", "") != address {
		t.Fatalf("the page leads to %q by %q, want to %s", link.AttrOr("href", ""), link.Text(), address)
	}
	if a := open(link.AttrOr("href", ""), fetched("same-origin", "navigate", "document")); a.Code != http.StatusOK || !strings.Contains(a.heading(), asksFor) {
		t.Errorf("clicking there answers %d, %q", a.Code, a.heading())
	}
	if a := s.send(t, http.MethodPost, requestAddress+"/approve", nil, fetched("same-origin", "navigate", "document")); a.Code != http.StatusSeeOther {
		t.Errorf("the approval answers %d, %q", a.Code, a.heading())
	}
	if !slices.Contains(s.request.calls, "desk approves") {
		t.Errorf("calls = %q, want the approval", s.request.calls)
	}
	if a := s.as(alice).send(t, http.MethodGet, "/", nil, followed); a.Code != http.StatusOK {
		t.Errorf("somebody else's link answers %d", a.Code)
	}
}

// costlyHome asks as many groups as home may ask one by one.
type costlyHome struct{ desk }

func (c costlyHome) Overview(ctx context.Context, email string) (eligibility.Overview, error) {
	if err := quota.Reserve(ctx, quota.Directory, 50); err != nil {
		return eligibility.Overview{}, err
	}
	for range 50 {
		if err := c.deps.Quota.Before(ctx, "admin.googleapis.com", "/hasMember"); err != nil {
			return eligibility.Overview{}, err
		}
	}
	return c.desk.Overview(ctx, email)
}

func TestLinks_OpenedInALoopDoNotKeepTheirVictimFromHome(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.deps.Access = costlyHome{s.deps.Access.(desk)}
	s.Handler = web.New(s.deps)
	for range 30 {
		s.send(t, http.MethodGet, "/", nil, followed)
	}
	if a := s.send(t, http.MethodGet, "/", nil, fetched("same-origin", "navigate", "document")); a.Code != http.StatusOK {
		t.Errorf("home answers %d, %q", a.Code, a.heading())
	}
}

// The pages of requests that had expired were counted as acts that came to nothing, of which a
// person has ten a minute, whoever opened them: another site, or a reviewer who read old mail.
func TestLinks_OfExpiredRequestsDoNotKeepAReviewerFromApproving(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]func(*http.Request){
		"another site's windows": followed,
		"a mail program":         fetched("none", "navigate", "document"),
		"an old browser":         fetched("", "", ""),
	} {
		s := newRequestScene(t).as(bob)
		alive := s.request.claims.Expires
		s.request.claims.Expires, s.request.redeemError = now, &request.Error{Reason: request.Expired}
		for i := range 20 {
			if a := s.send(t, http.MethodGet, requestAddress, nil, sent); a.Code != http.StatusGone {
				t.Fatalf("%s: page %d of an expired request answers %d", name, i, a.Code)
			}
		}
		s.request.claims.Expires, s.request.redeemError = alive, nil
		if a := s.send(t, http.MethodPost, requestAddress+"/approve", nil, fetched("same-origin", "navigate", "document")); a.Code != http.StatusSeeOther {
			t.Errorf("%s: the approval answers %d, %q", name, a.Code, a.heading())
		}
	}
}

func TestOrigin_OfFilesAndHealthChecksDoesNotMatter(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, address := range []string{"/health/alive", "/health/ready", static.Asset(static.Stylesheet)} {
		if a := s.send(t, http.MethodGet, address, nil, fetched("cross-site", "no-cors", "image")); a.Code != http.StatusOK {
			t.Errorf("%s answers %d", address, a.Code)
		}
	}
}

// Without a sign-in nobody's browser can be named.
func TestOrigin_IsJudgedAfterTheSignIn(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.identityError = &identity.Error{Reason: identity.Missing}
	a := s.send(t, http.MethodGet, "/", nil, fetched("cross-site", "no-cors", "image"))
	if a.Code != http.StatusForbidden || len(s.refusals) != 1 || s.refusals[0].Verb != event.SignIn || s.refusals[0].By.Email != "" {
		t.Errorf("answers %d, recorded as %+v", a.Code, s.refusals)
	}
}
