package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
)

func revokeForm() url.Values {
	return url.Values{"role": {reference(admin)}, "user": {alice}, "id": {requestID}}
}

// Once an administrator's revocation was recorded, and nobody was notified.
func TestHoldings_ARevocationIsNotifiedOnceAndTheListSaysWhoWasUnreached(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		repeated  bool
		unreached []string
		done      []string
		says      []string
		never     string
	}{
		{false, nil, []string{"desk revokes", "auditor revoked", "notifier revoked without request"}, []string{"Revoked: ", alice + " was told by e-mail."}, "was not sent"},
		{false, []string{alice}, []string{"desk revokes", "auditor revoked", "notifier revoked without request"}, []string{"The e-mail to " + alice + " was not sent.", "The access has ended all the same."}, "was told"},
		{true, nil, []string{"desk revokes", "auditor revoked"}, []string{"nothing was changed now"}, "was told"},
	} {
		s := newRequestScene(t).as(carol)
		s.request.repeated, s.request.unreached = c.repeated, c.unreached
		s.request.holdings = []eligibility.Activation{{
			Key: s.request.claims.Key, User: alice, ID: requestID, Window: eligibility.Window{Start: now.Add(-time.Hour), End: now},
		}}
		a := s.send(t, http.MethodPost, "/projects/"+payments+"/revoke", revokeForm())
		if diff := cmp.Diff(c.done, s.request.calls); diff != "" || a.Code != http.StatusSeeOther {
			t.Errorf("it answers %d, and what was done (-want +got):\n%s", a.Code, diff)
		}
		for _, at := range s.request.addresses {
			if at.Home != publicURL+"/" || at.Request != "" {
				t.Errorf("the mail leads to %+v", at)
			}
		}
		text := strings.Join(strings.Fields(s.get(t, a.Header().Get("Location")).Find("main").Text()), " ")
		for _, want := range c.says {
			if !strings.Contains(text, want) {
				t.Errorf("repeated %t, unreached %v: the page does not say %q: %s", c.repeated, c.unreached, want, text)
			}
		}
		if strings.Contains(text, c.never) {
			t.Errorf("repeated %t, unreached %v: the page says %q: %s", c.repeated, c.unreached, c.never, text)
		}
	}
}

// An early end is published once.
func TestEnd_IsNotifiedOnce(t *testing.T) {
	t.Parallel()
	for repeated, want := range map[bool][]string{false: {"notifier ended"}, true: nil} {
		s := newRequestScene(t).as(alice)
		s.request.repeated = repeated
		a := s.send(t, http.MethodPost, "/projects/"+payments+"/end", url.Values{"role": {reference(admin)}, "id": {requestID}})
		notified := slices.DeleteFunc(slices.Clone(s.request.calls), func(what string) bool { return !strings.HasPrefix(what, "notifier") })
		if diff := cmp.Diff(want, notified, cmpopts.EquateEmpty()); diff != "" || a.Code != http.StatusSeeOther {
			t.Errorf("repeated %t: it answers %d, and who was notified (-want +got):\n%s", repeated, a.Code, diff)
		}
	}
}

// The address says what was revoked, and the page believes it only if the policy agrees.
func TestHoldings_TheAddressRevokesNothing(t *testing.T) {
	t.Parallel()
	query := "?" + revokeForm().Encode() + "&done=revoked&untold=0&by=" + carol
	for name, holdings := range map[string][]eligibility.Activation{
		"nothing there": nil,
		"still open":    {{Key: newRequestState().claims.Key, User: alice, ID: requestID, Window: openWindow()}},
		"somebody's":    {{Key: newRequestState().claims.Key, User: bob, ID: requestID, Window: eligibility.Window{Start: now.Add(-time.Hour), End: now}}},
		"another one":   {{Key: newRequestState().claims.Key, User: alice, ID: "jit-BBBBBBBBBBBBBBBB", Window: eligibility.Window{Start: now.Add(-time.Hour), End: now}}},
	} {
		s := newRequestScene(t).as(carol)
		s.request.holdings = holdings
		a := s.get(t, "/projects/"+payments+"/holdings"+query)
		if a.Code != http.StatusOK || strings.Contains(a.Find("main").Text(), "Revoked") || strings.Contains(a.Find("main").Text(), "was not sent") {
			t.Errorf("%s: answers %d: %s", name, a.Code, a.Find("main").Text())
		}
	}
}

// Once the page of a repeated decision said that everybody had been notified, which nobody knew.
func TestDecided_ARepetitionDoesNotSayWhoWasNotified(t *testing.T) {
	t.Parallel()
	for _, repeated := range []bool{false, true} {
		s := newRequestScene(t).as(bob)
		s.request.repeated = repeated
		a := s.send(t, http.MethodPost, requestAddress+"/approve", nil)
		s.setDecision(descriptionOf(activation.Approved, bob), openWindow())
		text := s.get(t, a.Header().Get("Location")).Find("main").Text()
		if strings.Contains(text, "told by e-mail") == repeated || strings.Contains(text, "nothing was changed now") != repeated {
			t.Errorf("repeated %t: the page says %s", repeated, text)
		}
	}
}
