package web_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
)

const sre = "sre@example.com"

// unread lets somebody's entitlement depend on a group that could not be read.
func (s *scene) unread(email string) {
	access := s.party.access[email]
	access.Doubtful, access.Entitlements, access.Held, access.Unreadable = access.Entitlements, nil, nil, []string{sre}
	access.Doubtful[0].Evidence.Member = eligibility.Principal{Kind: eligibility.Group, Email: sre}
	s.party.access[email] = access
}

// A request whose beneficiary's or reviewer's group did not answer was shown as one of somebody who is no longer eligible.
func TestRequest_AGroupThatCannotBeReadProvesNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reader, lost string
		status       int
		heading      string
	}{
		{bob, alice, http.StatusServiceUnavailable, "A group could not be read"},
		{bob, bob, http.StatusServiceUnavailable, "A group could not be read"},
		{alice, alice, http.StatusOK, "Waiting for approval"},
		{alice, bob, http.StatusOK, "Waiting for approval"},
	} {
		s := newPartyScene(t).as(c.reader)
		s.party.access[alice] = copied(s.party.access[alice])
		s.party.access[bob] = copied(s.party.access[bob])
		s.unread(c.lost)
		a := s.get(t, theRequest)
		if a.Code != c.status || a.heading() != c.heading || strings.Contains(a.Text(), sre) {
			t.Errorf("%s sees %d, %q, want %d, %q without the group's name", c.reader, a.Code, a.heading(), c.status, c.heading)
		}
		said := strings.Contains(a.Find(".notice.wait").Text(), "A group could not be read.")
		if want := c.status == http.StatusOK && c.lost == c.reader; said != want {
			t.Errorf("%s is told beside the request: %t, want %t", c.reader, said, want)
		}
		if waits := a.Find(`form[action$="/withdraw"]`).Length() == 1; waits != (c.reader == alice) {
			t.Errorf("%s can withdraw: %t", c.reader, waits)
		}
		logged := len(s.lines(t, "The members of these groups could not be read: if it goes on, see whether the portal's service account may read groups")) == 1
		if want := c.reader == bob || c.lost == alice; logged != want {
			t.Errorf("the log names the group: %t, want %t", logged, want)
		}
		if c.status != http.StatusOK && (len(s.refusals) != 1 || s.refusals[0].Refusal.Reason != "GROUP_UNREADABLE" || !strings.Contains(s.refusals[0].Refusal.Cause, sre)) {
			t.Errorf("refusals = %+v, want one that names the group", s.refusals)
		}
	}
}

// copied is access whose entitlements are its own.
func copied(s eligibility.ProjectAccess) eligibility.ProjectAccess {
	s.Entitlements = append([]eligibility.Entitlement(nil), s.Entitlements...)
	return s
}

// Another binding in doubt does not bring back the one that a request was made under.
func TestRequest_ADoubtAboutAnotherBindingChangesNothing(t *testing.T) {
	t.Parallel()
	s := newPartyScene(t).as(bob)
	s.party.access[alice] = copied(s.party.access[alice])
	s.unread(alice)
	s.party.claims.Binding = strings.Repeat("B", 43)
	if a := s.get(t, theRequest); a.Code != http.StatusOK || a.heading() != "No longer eligible" {
		t.Errorf("answers %d, %q", a.Code, a.heading())
	}
}

// A project that holds nothing of the beneficiary by the index, and cannot be read, was taken for one where they are no
// longer eligible.
func TestRequest_AProjectThatCannotBeReadIsNoSecretToWhomItNames(t *testing.T) {
	t.Parallel()
	for _, reader := range []string{alice, bob} {
		s := newPartyScene(t).as(reader)
		s.party.access[alice] = eligibility.ProjectAccess{Unread: &upstream.Outage{Service: "Resource Manager", Err: errUpstream}}
		s.party.notYours = alice
		if a := s.get(t, theRequest); a.Code != http.StatusServiceUnavailable || a.heading() != "Resource Manager did not answer" {
			t.Errorf("%s sees %d, %q", reader, a.Code, a.heading())
		}
	}
}

// What was written is offered once more.
func TestDecide_AGroupThatCannotBeReadKeepsTheForm(t *testing.T) {
	t.Parallel()
	s := newPartyScene(t).as(bob)
	s.actError = &activation.Refusal{Reason: activation.GroupUnreadable, Err: errors.New(secret)}
	a := s.send(t, http.MethodPost, theRequest+"/approve", url.Values{"mine": {"x"}, "theirs": {"y"}})
	form := a.Find("form#again")
	if a.Code != http.StatusServiceUnavailable || form.AttrOr("action", "") != theRequest+"/approve" || form.Find("[name=mine]").AttrOr("value", "") != "x" {
		t.Errorf("answers %d, %q, with the form to %q", a.Code, a.heading(), form.AttrOr("action", ""))
	}
	if len(s.refusals) != 1 || s.refusals[0].Refusal.Reason != "GROUP_UNREADABLE" || strings.Contains(a.Text(), "upstream said") {
		t.Errorf("refusals = %+v", s.refusals)
	}
}

// The answer is the same whether a role exists or not, and does not say that a group was read.
func TestProject_WhoHasNothingIsToldThatAGroupMayNotHaveBeenRead(t *testing.T) {
	t.Parallel()
	var pages []string
	for _, unreadable := range [][]string{nil, {sre}} {
		s := newScene(t)
		s.access = eligibility.ProjectAccess{Project: payments, Unreadable: unreadable}
		a := s.get(t, "/projects/"+payments+"/activate?role="+reference(admin))
		if a.Code != http.StatusForbidden || !strings.Contains(a.Find("main").Text(), "through a group") {
			t.Errorf("answers %d, %q: %s", a.Code, a.heading(), a.Find("main").Text())
		}
		pages = append(pages, a.Find("main").Text())
	}
	if pages[0] != pages[1] {
		t.Errorf("the page tells whether a group could be read:\n%s\n%s", pages[0], pages[1])
	}
}

// Who is no administrator, or is one through a group that could not be read, was told of a request that nobody made.
func TestHoldings_OthersAreToldWhatTheyAreToldOfAnyProject(t *testing.T) {
	t.Parallel()
	s := newPartyScene(t).as(mallory)
	s.actError = &activation.Refusal{Reason: activation.NotReviewer, Err: errors.New("the members of group:admins@example.com could not be read")}
	fields := url.Values{"role": {reference(admin)}, "user": {alice}, "id": {requestID}}
	a := s.send(t, http.MethodPost, "/projects/"+payments+"/revoke", fields)
	if a.Code != http.StatusForbidden || a.heading() != "You have no access to this role" {
		t.Errorf("answers %d, %q", a.Code, a.heading())
	}
	if len(s.refusals) != 1 || s.refusals[0].Refusal.Reason != "NOT_REVIEWER" || !strings.Contains(s.refusals[0].Refusal.Cause, "admins@example.com") {
		t.Errorf("refusals = %+v, want one with the group", s.refusals)
	}
}
