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

func takeForm() url.Values {
	return url.Values{"role": {reference(admin)}, "user": {alice}, "id": {requestID}}
}

// An administrator's revocation was written down, and nobody was told.
func TestHoldings_ARevocationIsToldOnceAndTheListSaysToWhomNot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		repeated bool
		untold   []string
		done     []string
		says     []string
		never    string
	}{
		{false, nil, []string{"desk revokes", "auditor revoked", "notifier taken"}, []string{"Revoked: ", alice + " was told by e-mail."}, "was not sent"},
		{false, []string{alice}, []string{"desk revokes", "auditor revoked", "notifier taken"}, []string{"The e-mail to " + alice + " was not sent.", "The access has ended all the same."}, "was told"},
		{true, nil, []string{"desk revokes", "auditor revoked"}, []string{"nothing was changed now"}, "was told"},
	} {
		s := newPartyScene(t).as(carol)
		s.party.repeated, s.party.untold = c.repeated, c.untold
		s.party.holdings = []eligibility.Activation{{
			Key: s.party.claims.Key, User: alice, ID: requestID, Window: eligibility.Window{Start: opening.Add(-time.Hour), End: opening},
		}}
		a := s.send(t, http.MethodPost, "/projects/"+payments+"/revoke", takeForm())
		if diff := cmp.Diff(c.done, s.party.done); diff != "" || a.Code != http.StatusSeeOther {
			t.Errorf("it answers %d, and what was done (-want +got):\n%s", a.Code, diff)
		}
		for _, at := range s.party.at {
			if at.Home != publicURL+"/" || at.Request != "" {
				t.Errorf("the mail leads to %+v", at)
			}
		}
		text := strings.Join(strings.Fields(s.get(t, a.Header().Get("Location")).Find("main").Text()), " ")
		for _, want := range c.says {
			if !strings.Contains(text, want) {
				t.Errorf("repeated %t, untold %v: the page does not say %q: %s", c.repeated, c.untold, want, text)
			}
		}
		if strings.Contains(text, c.never) {
			t.Errorf("repeated %t, untold %v: the page says %q: %s", c.repeated, c.untold, c.never, text)
		}
	}
}

// What is given back early is told to systems, once.
func TestEnd_IsToldOnce(t *testing.T) {
	t.Parallel()
	for repeated, want := range map[bool][]string{false: {"notifier ended"}, true: nil} {
		s := newPartyScene(t).as(alice)
		s.party.repeated = repeated
		a := s.send(t, http.MethodPost, "/projects/"+payments+"/end", url.Values{"role": {reference(admin)}, "id": {requestID}})
		told := slices.DeleteFunc(slices.Clone(s.party.done), func(what string) bool { return !strings.HasPrefix(what, "notifier") })
		if diff := cmp.Diff(want, told, cmpopts.EquateEmpty()); diff != "" || a.Code != http.StatusSeeOther {
			t.Errorf("repeated %t: it answers %d, and who was told (-want +got):\n%s", repeated, a.Code, diff)
		}
	}
}

// The address says what was revoked, and the policy whether it was.
func TestHoldings_TheAddressRevokesNothing(t *testing.T) {
	t.Parallel()
	query := "?" + takeForm().Encode() + "&done=revoked&untold=0&by=" + carol
	for name, holdings := range map[string][]eligibility.Activation{
		"nothing there": nil,
		"still open":    {{Key: newParty().claims.Key, User: alice, ID: requestID, Window: open()}},
		"somebody's":    {{Key: newParty().claims.Key, User: bob, ID: requestID, Window: eligibility.Window{Start: opening.Add(-time.Hour), End: opening}}},
		"another one":   {{Key: newParty().claims.Key, User: alice, ID: "jit-BBBBBBBBBBBBBBBB", Window: eligibility.Window{Start: opening.Add(-time.Hour), End: opening}}},
	} {
		s := newPartyScene(t).as(carol)
		s.party.holdings = holdings
		a := s.get(t, "/projects/"+payments+"/holdings"+query)
		if a.Code != http.StatusOK || strings.Contains(a.Find("main").Text(), "Revoked") || strings.Contains(a.Find("main").Text(), "was not sent") {
			t.Errorf("%s: answers %d: %s", name, a.Code, a.Find("main").Text())
		}
	}
}

// A repeated decision was said to have been told to everybody, although nobody knew who was told the first time.
func TestDecided_ARepetitionDoesNotSayWhoWasTold(t *testing.T) {
	t.Parallel()
	for _, repeated := range []bool{false, true} {
		s := newPartyScene(t).as(bob)
		s.party.repeated = repeated
		a := s.send(t, http.MethodPost, theRequest+"/approve", nil)
		s.decided(describes(activation.Approved, bob), open())
		text := s.get(t, a.Header().Get("Location")).Find("main").Text()
		if strings.Contains(text, "told by e-mail") == repeated || strings.Contains(text, "nothing was changed now") != repeated {
			t.Errorf("repeated %t: the page says %s", repeated, text)
		}
	}
}
