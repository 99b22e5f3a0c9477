package activation

import (
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// Accounts of people, as Identity-Aware Proxy names them.
const (
	accountOfAlice = "accounts.google.com:1"
	accountOfCarol = "accounts.google.com:3"
)

// makeRequestOf is a request of alice, by her account.
func (s *scene) makeRequestOf(account string, reviewers ...string) request.Claims {
	s.t.Helper()
	a := ask(reviewers...)
	a.Subject = account
	made, err := s.Ask(s.t.Context(), a)
	if err != nil {
		s.t.Fatalf("asking: %v", err)
	}
	return made.Claims
}

// Once somebody with two addresses asked with the one and approved with the other.
func TestDecide_TheBeneficiarysAccountDecidesNothingUnderAnotherAddress(t *testing.T) {
	s := newScene(t, sharedBinding())
	c := s.makeRequestOf(accountOfAlice, bob, carol)
	_, approved := s.Approve(t.Context(), DecisionOrder{By: bob, Subject: accountOfAlice, Claims: c})
	_, declined := s.Decline(t.Context(), DecisionOrder{By: bob, Subject: accountOfAlice, Claims: c, Reason: "no"})
	if reason(approved) != OwnRequest || reason(declined) != OwnRequest || s.writes != 0 {
		t.Errorf("approving: %v, declining: %v, after %d writes; want %s", approved, declined, s.writes, OwnRequest)
	}
	review, err := s.Look(t.Context(), c, bob, accountOfAlice)
	if err != nil || !review.Own || review.ReviewerEntitlement.Key != (eligibility.Key{}) {
		t.Errorf("the page is %+v, %v; want it to be one's own", review, err)
	}
	if _, err := s.Approve(t.Context(), DecisionOrder{By: carol, Subject: accountOfCarol, Claims: c}); err != nil {
		t.Fatalf("somebody else cannot approve: %v", err)
	}
	s.advance(time.Minute)
	revocation := Revocation{By: bob, Subject: accountOfAlice, User: alice, Key: adminKey, ID: c.ID, Claims: &c}
	if _, err := s.Revoke(t.Context(), revocation); reason(err) != OwnRequest || s.writes != 1 {
		t.Errorf("revoking: %v after %d writes, want %s", err, s.writes, OwnRequest)
	}
	revocation.By, revocation.Subject = carol, accountOfCarol
	if _, err := s.Revoke(t.Context(), revocation); err != nil {
		t.Errorf("somebody else cannot revoke: %v", err)
	}
}

// What people may do with their own follows their address, as it does everywhere in IAM.
func TestWithdraw_IsForTheAddressThatAsked(t *testing.T) {
	s := newScene(t, sharedBinding())
	c := s.makeRequestOf(accountOfAlice, bob)
	if _, err := s.Withdraw(t.Context(), bob, c); reason(err) != NotReviewer {
		t.Errorf("withdrawing with another address: %v, want %s", err, NotReviewer)
	}
	if done, err := s.Withdraw(t.Context(), alice, c); err != nil || done.Status.State != Withdrawn {
		t.Errorf("withdrawing: %+v, %v", done.Status, err)
	}
}

// Tokens of JIT Access 1.8.1 and of earlier versions do not say whose account asked.
func TestDecide_ARequestWithoutAnAccountIsJudgedByAddressAlone(t *testing.T) {
	for name, fixed := range map[string]bool{"an earlier version": false, "JIT Access 1.8.1": true} {
		s := newScene(t, sharedBinding())
		c := s.makeRequestOf("", bob, carol)
		if fixed {
			c.Fixed = &eligibility.Window{Start: s.now, End: s.now.Add(c.Duration)}
			c.Binding, c.Reviewers = "", []string{alice, bob, carol} // 1.8.1 lets people ask themselves
		}
		if _, err := s.Approve(t.Context(), DecisionOrder{By: alice, Subject: accountOfCarol, Claims: c}); reason(err) != OwnRequest {
			t.Errorf("%s: approving one's own: %v, want %s", name, err, OwnRequest)
		}
		for _, subject := range []string{"", accountOfAlice} {
			if review, err := s.Look(t.Context(), c, bob, subject); err != nil || review.Own || review.Refused != nil {
				t.Errorf("%s: the page for %s is %+v, %v", name, bob, review, err)
			}
		}
		if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Subject: accountOfAlice, Claims: c}); err != nil {
			t.Errorf("%s: approving: %v", name, err)
		}
		_, err := s.Revoke(t.Context(), Revocation{By: alice, Subject: accountOfAlice, User: alice, Key: adminKey, ID: c.ID, Claims: &c})
		if want := map[bool]Reason{false: NotReviewer, true: OwnRequest}[fixed]; reason(err) != want {
			t.Errorf("%s: revoking one's own: %v, want %s", name, err, want)
		}
	}
}
