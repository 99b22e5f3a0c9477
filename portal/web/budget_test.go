package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
)

// fromPortal says that a page of the portal led here.
func fromPortal(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }

// Once a person's own approval of a genuine request was refused because of pages.
func TestActs_AreNeverRefusedBecauseOfPages(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t)
	form := url.Values{"role": {reference(admin)}, "id": {id(t)}, "justification": {"CASE-1"}, "duration": {"1h"}}
	activate := "/projects/" + payments + "/activate"
	for _, person := range []string{alice, bob} {
		for range 121 {
			s.as(person).get(t, "/projects/NOBODYS")
		}
		if a := s.as(person).get(t, "/"); a.Code != http.StatusTooManyRequests {
			t.Fatalf("%s has used up nothing: %d", person, a.Code)
		}
	}
	for _, c := range []struct {
		name, person, method, address string
		fields                        url.Values
		from                          func(*http.Request)
		want                          int
	}{
		{"a form, by a page of the portal", alice, http.MethodGet, askAddress + "?role=" + peerReference(), nil, fromPortal, http.StatusOK},
		{"a form, by its address", alice, http.MethodGet, askAddress + "?role=" + peerReference(), nil, func(*http.Request) {}, http.StatusTooManyRequests},
		{"an activation", alice, http.MethodPost, activate, form, fromPortal, http.StatusSeeOther},
		{"a request's page, by its link", bob, http.MethodGet, requestAddress, nil, func(*http.Request) {}, http.StatusOK},
		{"an approval", bob, http.MethodPost, requestAddress + "/approve", nil, fromPortal, http.StatusSeeOther},
	} {
		if a := s.as(c.person).send(t, c.method, c.address, c.fields, c.from); a.Code != c.want {
			t.Errorf("%s answers %d, %q; want %d", c.name, a.Code, a.heading(), c.want)
		}
	}
}

// A hundred fake acts a second cost as many calls.
func TestActs_InVainAreTenAMinute(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.actError = &activation.Refusal{Reason: activation.NotEligible, Message: "You are not eligible."}
	form := url.Values{"role": {reference(admin)}, "id": {id(t)}, "justification": {"CASE-1"}, "duration": {"1h"}}
	address := "/projects/" + payments + "/activate"
	for i := range 10 {
		if a := s.send(t, http.MethodPost, address, form); a.Code != http.StatusForbidden {
			t.Fatalf("act %d answers %d, %q", i, a.Code, a.heading())
		}
	}
	made := len(s.orders)
	a := s.send(t, http.MethodPost, address, form)
	if a.Code != http.StatusTooManyRequests || a.Header().Get("Retry-After") != "6" || len(s.orders) != made {
		t.Errorf("the next one answers %d, %v, and the desk has %d orders; want 429 in 6 s, and %d", a.Code, a.Header(), len(s.orders), made)
	}
	if last := s.refusals[len(s.refusals)-1]; last.Refusal.Reason != "TOO_MANY_ACTS" {
		t.Errorf("its event says %q", last.Refusal.Reason)
	}
}

// The page of an act that is held back once said that acts still work.
func TestActs_ThatAreHeldBackAreNotCalledPages(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.actError = &upstream.Throttled{Service: "Directory", RetryAfter: 4 * time.Second, Personal: true}
	form := url.Values{"role": {reference(admin)}, "id": {id(t)}, "justification": {"CASE-1"}, "duration": {"1h"}}
	a := s.send(t, http.MethodPost, "/projects/"+payments+"/activate", form)
	if a.Code != http.StatusTooManyRequests || a.heading() != "You have done much in a short time" {
		t.Errorf("it answers %d, %q", a.Code, a.heading())
	}
	if got := a.Find("form#again [name=justification]").AttrOr("value", ""); got != "CASE-1" {
		t.Errorf("of what was written %q is kept", got)
	}
}

// Whatever was made of it on the way, what was not asked says nothing about what is the person's.
func TestPages_SayThatTheyAreHeldBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		held    upstream.Throttled
		status  int
		reason  string
		heading string
	}{
		{upstream.Throttled{Service: "Directory", RetryAfter: 4200 * time.Millisecond, Personal: true}, http.StatusTooManyRequests, "TOO_MANY_PAGES", "You have opened many pages in a short time"},
		{upstream.Throttled{Service: "Directory", RetryAfter: 4200 * time.Millisecond}, http.StatusServiceUnavailable, "QUOTA_SPENT", "The portal is busy"},
		{upstream.Throttled{Service: quota.Requests, RetryAfter: 4200 * time.Millisecond, Personal: true}, http.StatusTooManyRequests, "TOO_MANY_REQUESTS", "You have sent as many requests as the portal sends at once"},
	} {
		for wrapped, err := range map[string]error{
			"itself":    &c.held,
			"not yours": fmt.Errorf("%w: %w", upstream.ErrNotYours, &c.held),
			"outage":    &upstream.Outage{Service: "Resource Manager", Permission: "resourcemanager.projects.getIamPolicy", Err: &c.held},
			"refusal":   &activation.Refusal{Reason: activation.NotEligible, Message: "You are not eligible.", Err: &c.held},
		} {
			s := newScene(t)
			s.readError = err
			a := s.get(t, "/projects/"+payments)
			if a.Code != c.status || a.Header().Get("Retry-After") != "5" || a.heading() != c.heading {
				t.Errorf("%s as %s answers %d, %q, Retry-After %q; want %d and %q", c.reason, wrapped, a.Code, a.heading(), a.Header().Get("Retry-After"), c.status, c.heading)
			}
			if last := s.refusals[len(s.refusals)-1]; last.Refusal.Reason != c.reason {
				t.Errorf("%s as %s: the event says %q", c.reason, wrapped, last.Refusal.Reason)
			}
		}
	}
}

// *Send again* was signed and published as often as somebody pressed it.
func TestResend_IsLimitedLikeMail(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t)
	sent := 0
	for range 150 {
		if a := s.send(t, http.MethodPost, requestAddress+"/resend", nil, fromPortal); a.Code == http.StatusSeeOther {
			sent++
		} else if a.Code != http.StatusTooManyRequests || a.Header().Get("Retry-After") != "180" {
			t.Fatalf("it answers %d, %q", a.Code, a.heading())
		}
	}
	if sent != 10 || len(s.notified) != 10 {
		t.Errorf("%d are sent, and people are told of %d, want 10", sent, len(s.notified))
	}
}
