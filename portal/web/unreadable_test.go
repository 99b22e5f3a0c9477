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

// makeUnreadable makes somebody's entitlement depend on a group that cannot be read.
func (s *scene) makeUnreadable(email string) {
	access := s.request.access[email]
	access.Doubtful, access.Entitlements, access.Held, access.Unreadable = access.Entitlements, nil, nil, []string{sre}
	access.Doubtful[0].Evidence.Member = eligibility.Principal{Kind: eligibility.Group, Email: sre}
	s.request.access[email] = access
}

// Once a request showed its beneficiary as no longer eligible when a group of theirs could not be
// read.
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
		s := newRequestScene(t).as(c.reader)
		s.request.access[alice] = copyOf(s.request.access[alice])
		s.request.access[bob] = copyOf(s.request.access[bob])
		s.makeUnreadable(c.lost)
		a := s.get(t, requestAddress)
		if a.Code != c.status || a.heading() != c.heading || strings.Contains(a.Text(), sre) {
			t.Errorf("%s sees %d, %q, want %d, %q without the group's name", c.reader, a.Code, a.heading(), c.status, c.heading)
		}
		shown := strings.Contains(a.Find(".notice.wait").Text(), "A group could not be read.")
		if want := c.status == http.StatusOK && c.lost == c.reader; shown != want {
			t.Errorf("%s sees a notice beside the request: %t, want %t", c.reader, shown, want)
		}
		if waits := a.Find(`form[action$="/withdraw"]`).Length() == 1; waits != (c.reader == alice) {
			t.Errorf("%s can withdraw: %t", c.reader, waits)
		}
		logged := len(s.logLines(t, "The members of these groups could not be read: if it goes on, see whether the portal's service account may read groups")) == 1
		if want := c.reader == bob || c.lost == alice; logged != want {
			t.Errorf("the log names the group: %t, want %t", logged, want)
		}
		if c.status != http.StatusOK && (len(s.refusals) != 1 || s.refusals[0].Refusal.Reason != "GROUP_UNREADABLE" || !strings.Contains(s.refusals[0].Refusal.Cause, sre)) {
			t.Errorf("refusals = %+v, want one that names the group", s.refusals)
		}
	}
}

// copyOf copies access, so that its entitlements can be changed.
func copyOf(s eligibility.ProjectAccess) eligibility.ProjectAccess {
	s.Entitlements = append([]eligibility.Entitlement(nil), s.Entitlements...)
	return s
}

// A doubt about another binding does not bring back the one under which the request was made.
func TestRequest_ADoubtAboutAnotherBindingChangesNothing(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t).as(bob)
	s.request.access[alice] = copyOf(s.request.access[alice])
	s.makeUnreadable(alice)
	s.request.claims.Binding = strings.Repeat("B", 43)
	if a := s.get(t, requestAddress); a.Code != http.StatusOK || a.heading() != "No longer eligible" {
		t.Errorf("answers %d, %q", a.Code, a.heading())
	}
}

// Once the beneficiary was shown as no longer eligible when the index had nothing of them and the
// project could not be read.
func TestRequest_AProjectThatCannotBeReadIsNoSecretToWhomItNames(t *testing.T) {
	t.Parallel()
	for _, reader := range []string{alice, bob} {
		s := newRequestScene(t).as(reader)
		s.request.access[alice] = eligibility.ProjectAccess{Unread: &upstream.Outage{Service: "Resource Manager", Err: errUpstream}}
		s.request.notYours = alice
		if a := s.get(t, requestAddress); a.Code != http.StatusServiceUnavailable || a.heading() != "Resource Manager did not answer" {
			t.Errorf("%s sees %d, %q", reader, a.Code, a.heading())
		}
	}
}

// The page offers to send the form again.
func TestDecide_AGroupThatCannotBeReadKeepsTheForm(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t).as(bob)
	s.actError = &activation.Refusal{Reason: activation.GroupUnreadable, Err: errors.New(secret)}
	a := s.send(t, http.MethodPost, requestAddress+"/approve", url.Values{"mine": {"x"}, "theirs": {"y"}})
	form := a.Find("form#again")
	if a.Code != http.StatusServiceUnavailable || form.AttrOr("action", "") != requestAddress+"/approve" || form.Find("[name=mine]").AttrOr("value", "") != "x" {
		t.Errorf("answers %d, %q, with the form to %q", a.Code, a.heading(), form.AttrOr("action", ""))
	}
	if len(s.refusals) != 1 || s.refusals[0].Refusal.Reason != "GROUP_UNREADABLE" || strings.Contains(a.Text(), "upstream said") {
		t.Errorf("refusals = %+v", s.refusals)
	}
}

// The page is the same whether the role exists or not, and whether a group could be read or not.
func TestProject_WhoHasNothingReadsThatAGroupMayBeUnreadable(t *testing.T) {
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
		t.Errorf("the page says whether a group could be read:\n%s\n%s", pages[0], pages[1])
	}
}

// Once somebody who is no administrator read of a request that nobody had made.
func TestHoldings_OthersReadWhatTheyReadOfAnyProject(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t).as(mallory)
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
