package activation

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// activeRequest makes and approves a request, and returns it a minute later.
func (s *scene) activeRequest() request.Claims {
	s.t.Helper()
	c := s.makeRequest(bob)
	if _, err := s.Approve(s.t.Context(), DecisionOrder{By: bob, Claims: c}); err != nil {
		s.t.Fatal(err)
	}
	s.advance(time.Minute)
	return c
}

func (s *scene) revoke(c request.Claims) Ended {
	s.t.Helper()
	ended, err := s.Revoke(s.t.Context(), Revocation{By: administrator, User: alice, Key: c.Key, ID: c.ID})
	if err != nil {
		s.t.Fatal(err)
	}
	return ended
}

// Once a role came back after it had been revoked, because another reviewer approved a request that
// had been made meanwhile.
func TestRevoke_ClosesARequestToExtend(t *testing.T) {
	s := newScene(t, sharedBinding())
	first := s.activeRequest()
	extension := s.makeRequest(bob)
	s.advance(time.Minute)
	revoked := s.revoke(first)
	if done, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: extension}); reason(err) != RequestSpent || s.writes != 2 {
		t.Errorf("approving = %+v, %v after %d writes; want REQUEST_SPENT", done, err, s.writes)
	}
	status := StatusOf(extension, s.activations(), s.now)
	if status.State != Spent || status.Ledger.Description != "Revoked by "+administrator+". Approved by bob@example.com, justification: CASE-7 failover" {
		t.Errorf("its status is %+v, want that somebody revoked", status)
	}
	want := eligibility.Window{Start: startTime, End: startTime.Add(2 * time.Minute)}
	if own := StatusOf(first, s.activations(), s.now); own.State != Over || own.Ledger.Window != want {
		t.Errorf("the first one's status is %+v, want that it was open in %v", own, want)
	}
	s.advance(time.Second)
	if again := s.revoke(first); !again.Repeated || again.Activation != revoked.Activation || s.writes != 2 {
		t.Errorf("revoking again = %+v after %d writes, want what it was, repeated", again, s.writes)
	}
	next := s.makeRequest(bob)
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: next}); err != nil {
		t.Errorf("approving what was asked for afterwards: %v", err)
	}
}

// Once an end by the beneficiary in the same second was reported as the revocation, which had
// closed nothing.
func TestRevoke_WhatTheBeneficiaryHasEndedIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, sharedBinding())
		first := s.activeRequest()
		desk := s.deskOn(&dropsFirstWrite{s, func() {
			if _, err := s.End(t.Context(), EndOrder{Person: alice, Key: adminKey, ID: first.ID}); err != nil {
				t.Fatal(err)
			}
		}})
		got, err := desk.Revoke(t.Context(), Revocation{By: administrator, User: alice, Key: adminKey, ID: first.ID})
		if err != nil || !got.Repeated || s.writes != 2 {
			t.Errorf("%+v, %v after %d writes; want alice's end, repeated", got, err, s.writes)
		}
	})
}

func TestEnd_LeavesTheBeneficiarysOwnRequestOpen(t *testing.T) {
	s := newScene(t, sharedBinding())
	first := s.activeRequest()
	extension := s.makeRequest(bob)
	s.advance(time.Minute)
	if _, err := s.End(t.Context(), EndOrder{Person: alice, Key: adminKey, ID: first.ID}); err != nil {
		t.Fatal(err)
	}
	if done, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: extension}); err != nil || done.Status.State != Approved {
		t.Errorf("approving = %+v, %v", done.Status, err)
	}
}

// IAM allows one person twenty bindings of a role. Once the beneficiary could use them up by asking
// and withdrawing, so that nobody could decline.
func TestDecline_FindsRoomAfterManyWithdrawnRequests(t *testing.T) {
	s := newScene(t, sharedBinding())
	open := s.activeRequest()
	var withdrawn []request.Claims
	for range 20 {
		c := s.makeRequest(bob)
		if _, err := s.Withdraw(t.Context(), alice, c); err != nil {
			t.Fatal(err)
		}
		withdrawn = append(withdrawn, c)
	}
	c := s.makeRequest(bob)
	if _, err := s.Decline(t.Context(), DecisionOrder{By: bob, Claims: c, Reason: "no"}); err != nil {
		t.Fatal(err)
	}
	if got := s.activations(); len(got) != 2 || got[0].ID != c.ID || got[1].ID != open.ID {
		t.Errorf("the policy holds %+v, want the last decision and what is open", got)
	}
	for _, c := range withdrawn {
		if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: c}); reason(err) != RequestSpent {
			t.Errorf("approving what was withdrawn: %v, want REQUEST_SPENT", err)
		}
	}
}

// The window of a request of JIT Access 1.8.1 starts when the request was made. Approving it leaves
// the ledger entries of later decisions in place.
func TestApprove_ARequestOf181KeepsTheLedgerThatIsNewerThanItsWindow(t *testing.T) {
	s := newScene(t, sharedBinding())
	closed := s.makeRequest(bob)
	s.advance(time.Minute)
	declined := s.makeRequest(bob)
	if _, err := s.Decline(t.Context(), DecisionOrder{By: bob, Claims: declined, Reason: "no"}); err != nil {
		t.Fatal(err)
	}
	s.advance(time.Minute)
	old := s.makeRequest(bob)
	old.Binding, old.Fixed = "", &eligibility.Window{Start: startTime.Add(-time.Minute), End: startTime.Add(time.Hour)}
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: old}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []request.Claims{closed, declined} {
		if status := StatusOf(c, s.activations(), s.now); status.State == Waiting {
			t.Errorf("%s waits again", c.ID)
		}
	}
}
