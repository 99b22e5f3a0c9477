package web_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/identity"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/static"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/web"
)

func TestSite_EveryAnswerHasTheHeaders(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, c := range []struct{ method, address string }{
		{http.MethodGet, "/"}, {http.MethodHead, "/"}, {http.MethodGet, "/health/alive"}, {http.MethodGet, "/no/page"}, {http.MethodPost, "/projects/" + payments + "/end"},
		{http.MethodGet, "/projects/" + payments + "/activate"}, {http.MethodPut, "/projects/" + payments}, {http.MethodGet, static.Asset(static.Script)},
	} {
		a := s.send(t, c.method, c.address, nil)
		got := map[string]string{}
		for name, values := range a.Header() {
			got[name] = strings.Join(values, "\n")
		}
		for _, varying := range []string{"Content-Type", "Content-Length", "Location", "Etag", "Last-Modified", "Accept-Ranges", "Vary", "Content-Encoding"} {
			delete(got, varying)
		}
		cache := "no-store"
		if strings.HasPrefix(c.address, static.Prefix) {
			cache = "public, max-age=31536000, immutable"
		}
		want := map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
				"form-action 'self' https://accounts.google.com; base-uri 'none'; frame-ancestors 'none'",
			"Referrer-Policy":              "same-origin",
			"X-Content-Type-Options":       "nosniff",
			"Strict-Transport-Security":    "max-age=31536000",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Permissions-Policy":           "camera=(), microphone=(), geolocation=()",
			"Cache-Control":                cache,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.method, c.address, diff)
		}
	}
}

func TestSite_HealthAsksNobody(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.identityError = &identity.Error{Reason: identity.Missing}
	for _, address := range []string{"/health/alive", "/health/ready"} {
		a := s.get(t, address)
		var health struct{ Healthy bool }
		if err := json.Unmarshal(a.Body.Bytes(), &health); err != nil || !health.Healthy || a.Code != http.StatusOK {
			t.Errorf("%s answers %d, %s", address, a.Code, a.Body)
		}
	}
	if len(s.refusals) > 0 {
		t.Errorf("refusals: %+v", s.refusals)
	}
}

// Every address is tested for somebody who is not signed in, somebody without access, and somebody
// with access.
func TestSite_EveryPageForTheAnonymousTheForbiddenAndTheAllowed(t *testing.T) {
	t.Parallel()
	made := id(t)
	roles := url.Values{"role": {reference(admin)}}
	end := url.Values{"role": {reference(admin)}, "id": {made}}
	order := url.Values{"role": {reference(admin)}, "id": {made}, "justification": {"CASE-1"}, "duration": {"30m"}}
	project := "/projects/" + payments
	for _, c := range []struct {
		method, address string
		fields          url.Values
		forbidden       int
		allowed         int
	}{
		{http.MethodGet, "/", nil, http.StatusOK, http.StatusOK}, // the page says what to do
		{http.MethodGet, project, nil, http.StatusForbidden, http.StatusOK},
		{http.MethodGet, project + "/activate?" + roles.Encode(), nil, http.StatusForbidden, http.StatusOK},
		{http.MethodPost, project + "/activate", order, http.StatusForbidden, http.StatusSeeOther},
		{http.MethodGet, project + "/activations/" + made, nil, http.StatusForbidden, http.StatusOK},
		{http.MethodGet, project + "/end?" + roles.Encode(), nil, http.StatusForbidden, http.StatusOK},
		{http.MethodPost, project + "/end", end, http.StatusForbidden, http.StatusSeeOther},
		{http.MethodGet, project + "/ended?" + roles.Encode(), nil, http.StatusForbidden, http.StatusSeeOther}, // it is still active
		{http.MethodGet, "/no/such/page", nil, http.StatusNotFound, http.StatusNotFound},
	} {
		t.Run(c.method+" "+c.address, func(t *testing.T) {
			t.Parallel()
			anonymous, forbidden, allowed := newScene(t), newScene(t), newScene(t)
			anonymous.identityError = &identity.Error{Reason: identity.Missing}
			if a := anonymous.send(t, c.method, c.address, c.fields); a.Code != http.StatusForbidden || a.heading() != "Sign in to continue" {
				t.Errorf("nobody gets %d, %q", a.Code, a.heading())
			}
			if r := anonymous.refusals; len(r) != 1 || r[0].Verb != event.SignIn || r[0].Refusal.Reason != string(identity.Missing) || r[0].By.Email != "" {
				t.Errorf("the refusal of nobody is %+v", r)
			}
			forbidden.access, forbidden.overview = eligibility.ProjectAccess{}, eligibility.Overview{}
			forbidden.actError = &activation.Refusal{Reason: activation.NotEligible}
			if c.address != "/" {
				forbidden.readError = upstream.ErrNotYours
			}
			if a := forbidden.send(t, c.method, c.address, c.fields); a.Code != c.forbidden {
				t.Errorf("whose it is not gets %d, %q, want %d", a.Code, a.heading(), c.forbidden)
			}
			allowed.setActive(made)
			if a := allowed.send(t, c.method, c.address, c.fields); a.Code != c.allowed {
				t.Errorf("whose it is gets %d, %q, want %d", a.Code, a.heading(), c.allowed)
			}
			if orders := len(anonymous.orders) + len(anonymous.ends); orders != 0 {
				t.Errorf("nobody gave %d orders", orders)
			}
		})
	}
}

// setActive makes the role active.
func (s *scene) setActive(id string) {
	window := eligibility.Window{Start: now.Truncate(1e9), End: now.Truncate(1e9).Add(3600e9)}
	s.access.Activations = []eligibility.Activation{{Key: eligibility.Key{Resource: "projects/" + payments, Role: admin}, User: alice, Window: window, ID: id}}
}

// Signing in again after an expired session repeats a POST as a GET.
func TestSite_AFormWhoseSessionExpiredLeadsBack(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for address, lost := range map[string]string{"/activate": "?lost=activate", "/end": "?lost=end", "/ended": ""} {
		a := s.get(t, "/projects/"+payments+address)
		if want := "/projects/" + payments + lost; a.Code != http.StatusSeeOther || a.Header().Get("Location") != want {
			t.Errorf("GET %s answers %d to %q, want a redirect to %s", address, a.Code, a.Header().Get("Location"), want)
		}
	}
	if len(s.orders)+len(s.ends) > 0 {
		t.Error("a GET gave an order")
	}
}

// Once nobody was told that the form of an expired session was lost.
func TestSite_AFormThatDidNotArriveIsShownToHaveDoneNothing(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"/projects/" + payments + "/activate": "Nothing was activated.",
		"/projects/" + payments + "/request":  "Nobody was asked.",
		"/projects/" + payments + "/end":      "Nothing was ended.",
		"/projects/" + payments + "/revoke":   "Nothing was revoked.",
		requestAddress + "/approve":           "Nothing was decided.",
		requestAddress + "/decline":           "Nothing was decided.",
		requestAddress + "/withdraw":          "Nothing was withdrawn.",
		requestAddress + "/resend":            "No e-mail was sent.",
	} {
		s := newRequestScene(t).as(carol)
		a := s.get(t, s.get(t, address).Header().Get("Location"))
		if text := a.mainText(); a.Code != http.StatusOK || !strings.Contains(text, want+" The form did not arrive: you may have had to sign in again.") {
			t.Errorf("after %s the page answers %d without %q: %s", address, a.Code, want, text)
		}
	}
	for _, address := range []string{requestAddress, requestAddress + "?lost=<b>", requestAddress + "?lost=everything"} {
		if text := newRequestScene(t).as(carol).get(t, address).mainText(); strings.Contains(text, "did not arrive") {
			t.Errorf("%s: %s", address, text)
		}
	}
}

// Once the page said of any id that the audit log has it, even if nobody ever had one like it.
func TestActivated_OfWhatThePolicyDoesNotHoldNothingIsClaimed(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	a := s.get(t, "/projects/"+payments+"/activations/jit-AAAAAAAAAAAAAAAA")
	want := "No activation of yours with the number jit-AAAAAAAAAAAAAAAA is in the IAM policy now. If there was one, the audit log has it under this number."
	if a.Code != http.StatusConflict || a.heading() != "This activation is not active" || !strings.Contains(a.mainText(), want) {
		t.Errorf("answers %d, %q: %s", a.Code, a.heading(), a.mainText())
	}
	if len(s.refusals) != 1 || s.refusals[0].Refusal.Reason != "NO_LONGER" || s.refusals[0].ID != "jit-AAAAAAAAAAAAAAAA" {
		t.Errorf("refusals = %+v, want one NO_LONGER with the number", s.refusals)
	}
}

// Once the page of a project, and that of who has access, spoke of a role that nobody had named.
func TestRefusals_SpeakOfARoleWhereOneWasNamed(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"/projects/nosuch-project":                                         "You have no access here",
		"/projects/nosuch-project/holdings":                                "You have no access here",
		"/projects/nosuch-project/activations/jit-AAAAAAAAAAAAAAAA":        "You have no access here",
		"/projects/nosuch-project/activate?role=" + reference(admin):       "You have no access to this role",
		"/projects/nosuch-project/revoke?user=x&role=" + reference(admin):  "You have no access to this role",
		"/projects/nosuch-project/ended?role=" + reference("roles/viewer"): "You have no access to this role",
	} {
		s := newScene(t)
		s.readError = upstream.ErrNotYours
		if a := s.get(t, address); a.Code != http.StatusForbidden || a.heading() != want {
			t.Errorf("%s answers %d, %q, want %q", address, a.Code, a.heading(), want)
		}
	}
}

// Once the log said "NO_LONGER: NO_LONGER This activation …".
func TestRefusals_TheCauseDoesNotRepeatTheReason(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"Look at it again.":              &activation.Refusal{Reason: activation.StaleForm, Message: "Look at it again."},
		"Look at it again.: " + secret:   &activation.Refusal{Reason: activation.StaleForm, Message: "Look at it again.", Err: errUpstream},
		secret:                           errUpstream,
		"It is over: " + secret:          &web.Error{Kind: web.KindNoLonger, Message: "It is over", Err: errUpstream},
		"It is over":                     &web.Error{Kind: web.KindNoLonger, Message: "It is over"},
		"":                               &web.Error{Kind: web.KindNotYours},
		"Pub/Sub did not do its part: x": &upstream.Outage{Service: "Pub/Sub", Err: errors.New("x")},
	} {
		s := newScene(t)
		s.readError = err
		s.get(t, "/")
		got := ""
		if len(s.refusals) == 1 && s.refusals[0].Refusal.Cause != "" {
			got = s.refusals[0].Refusal.Cause
		}
		if got != want {
			t.Errorf("the cause is %q, want %q", got, want)
		}
	}
}

func TestSite_AddressesOf181LeadOn(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for address, want := range map[string]string{
		"/?projectId=payments-prod":       "/projects/payments-prod",
		"/?projectId=%2F%2Fevil.example":  "/projects/%2F%2Fevil.example",
		"/?projectId=..%2F..%2Fx%3Fy%23z": "/projects/..%2F..%2Fx%3Fy%23z",
	} {
		a := s.get(t, address)
		if a.Code != http.StatusSeeOther || a.Header().Get("Location") != want {
			t.Errorf("%s answers %d to %q, want %q", address, a.Code, a.Header().Get("Location"), want)
		}
	}
}

func TestSite_NoPageIsForAddressesThatNoRouteHas(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, c := range []struct{ method, address string }{
		{http.MethodGet, "/projects"}, {http.MethodGet, "/projects/"}, {http.MethodGet, "/projects/" + payments + "/"},
		{http.MethodGet, "/projects/" + payments + "/activations/jit-x"}, {http.MethodDelete, "/"}, {http.MethodPut, "/projects/" + payments},
		{http.MethodPost, "/"}, {http.MethodGet, "/index.html"}, {http.MethodGet, "/.env"},
	} {
		a := s.send(t, c.method, c.address, nil)
		if a.Code != http.StatusNotFound || a.heading() != "There is no page here" {
			t.Errorf("%s %s answers %d, %q, want the page of none", c.method, c.address, a.Code, a.heading())
		}
	}
}
