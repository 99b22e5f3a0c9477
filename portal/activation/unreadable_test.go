package activation

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

const (
	sre    = "sre@example.com"
	oncall = "oncall@example.com"
)

func groupBinding() *policy.Binding {
	return eligible(admin, eligibility.MultiPartyApproval, "", "group:"+sre)
}

// withUnreadableGroup makes a group of a person unreadable.
func withUnreadableGroup(email, group string) func(*eligibility.Confirmation) {
	return func(c *eligibility.Confirmation) {
		if p, ok := c.People[email]; ok {
			p.Groups = map[string]eligibility.Membership{sre: eligibility.Member, oncall: eligibility.NotMember}
			p.Groups[group] = eligibility.Unreadable
			c.People[email] = p
		}
	}
}

// Once an approval said that somebody is no longer eligible when the Directory had not answered.
func TestApprove_AGroupThatCannotBeReadProvesNothing(t *testing.T) {
	for _, c := range []struct {
		name  string
		email string
		group string
		want  Reason
	}{
		{"the beneficiary's", alice, sre, GroupUnreadable},
		{"the reviewer's", bob, sre, GroupUnreadable},
		{"one that gives another role", alice, oncall, ""},
	} {
		s := newScene(t, groupBinding(), eligible(viewer, eligibility.MultiPartyApproval, "", "group:"+oncall))
		s.groups = map[string]eligibility.Membership{sre: eligibility.Member, oncall: eligibility.NotMember}
		o := DecisionOrder{By: bob, Claims: s.makeRequest(bob)}
		s.onConfirm = withUnreadableGroup(c.email, c.group)
		_, err := s.Approve(t.Context(), o)
		if reason(err) != c.want || (c.want == "") != (s.writes == 1) {
			t.Errorf("%s: %v after %d writes, want %q", c.name, err, s.writes, c.want)
		}
		if c.want != "" && !strings.Contains(err.Error(), "group:"+sre) {
			t.Errorf("%s: %q does not name the group", c.name, err)
		}
	}
}

// Somebody who left the group is no longer eligible, whatever other groups cannot be read.
func TestApprove_ReportsALostEligibilityWhateverElseCannotBeRead(t *testing.T) {
	s := newScene(t, groupBinding(), eligible(admin, eligibility.SelfApproval, "", "group:"+oncall))
	s.groups = map[string]eligibility.Membership{sre: eligibility.Member, oncall: eligibility.NotMember}
	o := DecisionOrder{By: bob, Claims: s.makeRequest(bob)}
	s.groups = map[string]eligibility.Membership{sre: eligibility.NotMember, oncall: eligibility.Unreadable}
	if _, err := s.Approve(t.Context(), o); reason(err) != LostEligibility {
		t.Errorf("%v, want %s", err, LostEligibility)
	}
}

// The person may still have the binding of the request, through a group that cannot be read, beside
// another one.
func TestApprove_ABindingThatMayHoldHasNotChanged(t *testing.T) {
	first := groupBinding()
	first.Condition.Title = "Eligible for JIT access"
	s := newScene(t, first)
	s.ancestors = []eligibility.BindingAt{{Resource: "folders/1", Binding: policy.BindingOf(eligible(admin, eligibility.MultiPartyApproval, "", "group:"+oncall))}}
	s.groups = map[string]eligibility.Membership{sre: eligibility.Member, oncall: eligibility.Member}
	o := DecisionOrder{By: bob, Claims: s.makeRequest(bob)}
	s.groups = map[string]eligibility.Membership{sre: eligibility.Unreadable, oncall: eligibility.Member}
	if _, err := s.Approve(t.Context(), o); reason(err) != GroupUnreadable {
		t.Errorf("%v, want %s", err, GroupUnreadable)
	}
	s.groups[sre] = eligibility.NotMember
	if _, err := s.Approve(t.Context(), o); reason(err) != BindingChanged {
		t.Errorf("once the group says no: %v, want %s", err, BindingChanged)
	}
}

// Once a reviewer whose group could not be read was called unable to approve. The person who asks
// reads nothing about a project that may not be theirs, so only the log names the group.
func TestAsk_AGroupThatCannotBeReadProvesNothing(t *testing.T) {
	for email, want := range map[string]Reason{alice: NotEligible, bob: GroupUnreadable} {
		s := newScene(t, groupBinding())
		s.groups = map[string]eligibility.Membership{sre: eligibility.Member}
		s.onConfirm = withUnreadableGroup(email, sre)
		_, err := s.Ask(t.Context(), ask(bob))
		if reason(err) != want || !strings.Contains(err.Error(), "group:"+sre) || len(s.signed) > 0 {
			t.Errorf("%s's group: %v, %d requests signed; want %s with the group", email, err, len(s.signed), want)
		}
	}
}

func TestSelf_AGroupThatCannotBeReadIsRefusedInTheSameWords(t *testing.T) {
	refusals := map[eligibility.Membership]*Refusal{}
	for _, membership := range []eligibility.Membership{eligibility.NotMember, eligibility.Unreadable} {
		s := newScene(t, eligible(viewer, eligibility.SelfApproval, "", "group:"+sre))
		s.groups = map[string]eligibility.Membership{sre: membership}
		_, err := s.Self(t.Context(), order(viewer))
		var refusal *Refusal
		if !errors.As(err, &refusal) {
			t.Fatalf("%v, want a refusal", err)
		}
		refusals[membership] = refusal
	}
	no, unknown := refusals[eligibility.NotMember], refusals[eligibility.Unreadable]
	if no.Reason != unknown.Reason || no.Message != unknown.Message {
		t.Errorf("a group that cannot be read is refused with %v, want %v", unknown, no)
	}
	if unknown.Err == nil || !strings.Contains(unknown.Error(), "group:"+sre) {
		t.Errorf("the cause is %v, want the group for the log", unknown.Err)
	}
}

// Once a portal that may not read a policy was said to lack the permission to write it, and a
// reviewer read that the project may not exist.
func TestDecisions_APolicyThatMayNotBeReadIsNamedSo(t *testing.T) {
	s := newScene(t, sharedBinding())
	c := s.makeRequest(bob)
	desk := s.deskOn(unreadablePolicy{s})
	_, declined := desk.Decline(t.Context(), DecisionOrder{By: bob, Claims: c, Reason: "no"})
	_, withdrawn := desk.Withdraw(t.Context(), alice, c)
	_, revoked := desk.Revoke(t.Context(), Revocation{By: bob, User: alice, Key: c.Key, ID: c.ID, Claims: &c})
	for act, err := range map[string]error{"decline": declined, "withdraw": withdrawn, "revoke": revoked} {
		var outage *upstream.Outage
		if !errors.As(err, &outage) || outage.Permission != "resourcemanager.projects.getIamPolicy" {
			t.Errorf("%s: %v, want that reading is not permitted", act, err)
		}
	}
	// Others do not learn whether the project exists.
	_, err := desk.Revoke(t.Context(), Revocation{By: "admin@example.com", User: alice, Key: c.Key, ID: c.ID})
	if reason(err) != NotActive {
		t.Errorf("an administrator's revocation: %v, want %s", err, NotActive)
	}
}

// unreadablePolicy is a policy that the portal may not read.
type unreadablePolicy struct{ *scene }

func (unreadablePolicy) Get(context.Context, string) (*policy.Policy, error) {
	return nil, &googleapi.Error{Code: http.StatusForbidden}
}
