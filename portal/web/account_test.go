package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
)

// The account that asked sees its request under another address too, and is offered nothing there.
func TestRequest_OffersTheBeneficiarysAccountNoDecision(t *testing.T) {
	t.Parallel()
	for name, approved := range map[string]bool{"Waiting for approval": false, "Active until": true} {
		s := newRequestScene(t).as(bob)
		s.request.claims.Subject = s.subject
		if approved {
			s.setDecision(eligibility.ApprovedDescription(carol, "CASE-1042"), openWindow())
		}
		a := s.get(t, requestAddress)
		if a.Code != http.StatusOK || !strings.HasPrefix(a.heading(), name) {
			t.Errorf("the request answers %d, %q, want %q", a.Code, a.heading(), name)
		}
		if n := a.Find(`main form, main a[href$="/revoke"], main a[href*="/end?"]`).Length(); n > 0 {
			t.Errorf("%q offers %d things to do: %s", name, n, a.mainText())
		}
		if a := s.get(t, requestAddress+"/revoke"); a.Code != http.StatusSeeOther {
			t.Errorf("the form to revoke answers %d", a.Code)
		}
		s.subject = "accounts.google.com:2" // another account, of the same address
		if a := s.get(t, requestAddress); a.Find(`main form[action$="/approve"], main a[href$="/revoke"]`).Length() != 1 {
			t.Errorf("another account is offered nothing: %s", a.mainText())
		}
	}
}

// Whoever decides all the same reads which address asked.
func TestDecide_OnesOwnRequestUnderAnotherAddressSaysWhichAsked(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t).as(bob)
	s.request.claims.Subject = s.subject
	s.actError = &activation.Refusal{Reason: activation.OwnRequest}
	for _, act := range []string{"/approve", "/decline", "/revoke"} {
		a := s.send(t, http.MethodPost, requestAddress+act, nil)
		if a.Code != http.StatusForbidden || a.heading() != "This is your own request" {
			t.Errorf("%s answers %d, %q", act, a.Code, a.heading())
		}
		if text := a.mainText(); !strings.Contains(text, "Somebody else has to decide on it: "+carol+".") || !strings.Contains(text, "You asked for it as "+alice) {
			t.Errorf("%s says %s", act, text)
		}
	}
	for _, o := range s.request.orders {
		if o.Subject != s.subject {
			t.Errorf("the desk was given %+v, without the account", o)
		}
	}
	if len(s.request.orders) != 2 || len(s.request.revoke) != 1 || s.request.revoke[0].Subject != s.subject {
		t.Errorf("the desk was given %d decisions and the revocations %+v", len(s.request.orders), s.request.revoke)
	}
}
