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

func byGroups() *policy.Binding {
	return eligible(admin, eligibility.MultiPartyApproval, "", "group:"+sre)
}

// unread lets the group of a person not be read.
func unread(email, group string) func(*eligibility.Confirmation) {
	return func(c *eligibility.Confirmation) {
		if p, ok := c.People[email]; ok {
			p.Groups = map[string]eligibility.Membership{sre: eligibility.Member, oncall: eligibility.NotMember}
			p.Groups[group] = eligibility.Unreadable
			c.People[email] = p
		}
	}
}

// Where the Directory did not answer, an approval said that somebody is no longer eligible.
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
		s := newScene(t, byGroups(), eligible(viewer, eligibility.MultiPartyApproval, "", "group:"+oncall))
		s.groups = map[string]eligibility.Membership{sre: eligibility.Member, oncall: eligibility.NotMember}
		o := Decision{By: bob, Claims: s.asked(bob)}
		s.onConfirm = unread(c.email, c.group)
		_, err := s.Approve(t.Context(), o)
		if reason(err) != c.want || (c.want == "") != (s.writes == 1) {
			t.Errorf("%s: %v after %d writes, want %q", c.name, err, s.writes, c.want)
		}
		if c.want != "" && !strings.Contains(err.Error(), "group:"+sre) {
			t.Errorf("%s: %q does not name the group", c.name, err)
		}
	}
}

// Who left the group is no longer eligible, whatever other groups do not answer.
func TestApprove_ALostEligibilityIsToldWhateverElseCannotBeRead(t *testing.T) {
	s := newScene(t, byGroups(), eligible(admin, eligibility.SelfApproval, "", "group:"+oncall))
	s.groups = map[string]eligibility.Membership{sre: eligibility.Member, oncall: eligibility.NotMember}
	o := Decision{By: bob, Claims: s.asked(bob)}
	s.groups = map[string]eligibility.Membership{sre: eligibility.NotMember, oncall: eligibility.Unreadable}
	if _, err := s.Approve(t.Context(), o); reason(err) != LostEligibility {
		t.Errorf("%v, want %s", err, LostEligibility)
	}
}

// The binding that a request was made under may stand, in a group that could not be read, beside another one.
func TestApprove_ABindingThatMayHoldHasNotChanged(t *testing.T) {
	first := byGroups()
	first.Condition.Title = "Eligible for JIT access"
	s := newScene(t, first)
	s.ancestors = []eligibility.BindingAt{{Resource: "folders/1", Binding: policy.BindingOf(eligible(admin, eligibility.MultiPartyApproval, "", "group:"+oncall))}}
	s.groups = map[string]eligibility.Membership{sre: eligibility.Member, oncall: eligibility.Member}
	o := Decision{By: bob, Claims: s.asked(bob)}
	s.groups = map[string]eligibility.Membership{sre: eligibility.Unreadable, oncall: eligibility.Member}
	if _, err := s.Approve(t.Context(), o); reason(err) != GroupUnreadable {
		t.Errorf("%v, want %s", err, GroupUnreadable)
	}
	s.groups[sre] = eligibility.NotMember
	if _, err := s.Approve(t.Context(), o); reason(err) != BindingChanged {
		t.Errorf("once the group says no: %v, want %s", err, BindingChanged)
	}
}

// A reviewer whose group did not answer was called unable to approve. Who asks learns nothing of a project that may not
// be theirs: only the log has the group.
func TestAsk_AGroupThatCannotBeReadProvesNothing(t *testing.T) {
	for email, want := range map[string]Reason{alice: NotEligible, bob: GroupUnreadable} {
		s := newScene(t, byGroups())
		s.groups = map[string]eligibility.Membership{sre: eligibility.Member}
		s.onConfirm = unread(email, sre)
		_, err := s.Ask(t.Context(), ask(bob))
		if reason(err) != want || !strings.Contains(err.Error(), "group:"+sre) || len(s.signed) > 0 {
			t.Errorf("%s's group: %v, %d requests signed; want %s with the group", email, err, len(s.signed), want)
		}
	}
}

func TestSelf_AGroupThatCannotBeReadIsRefusedInTheSameWords(t *testing.T) {
	refusals := map[eligibility.Membership]*Refusal{}
	for _, answer := range []eligibility.Membership{eligibility.NotMember, eligibility.Unreadable} {
		s := newScene(t, eligible(viewer, eligibility.SelfApproval, "", "group:"+sre))
		s.groups = map[string]eligibility.Membership{sre: answer}
		_, err := s.Self(t.Context(), order(viewer))
		var refusal *Refusal
		if !errors.As(err, &refusal) {
			t.Fatalf("%v, want a refusal", err)
		}
		refusals[answer] = refusal
	}
	no, unknown := refusals[eligibility.NotMember], refusals[eligibility.Unreadable]
	if no.Reason != unknown.Reason || no.Message != unknown.Message {
		t.Errorf("a group that cannot be read is told: %v, in place of %v", unknown, no)
	}
	if unknown.Err == nil || !strings.Contains(unknown.Error(), "group:"+sre) {
		t.Errorf("the cause is %v, want the group for the log", unknown.Err)
	}
}

// A portal that may not read a policy was said to lack the right to write it, and a reviewer was told that there may be
// no such project.
func TestDecisions_APolicyThatMayNotBeReadIsNamedSo(t *testing.T) {
	s := newScene(t, shared())
	c := s.asked(bob)
	mine := s.through(hidden{s})
	_, declined := mine.Decline(t.Context(), Decision{By: bob, Claims: c, Reason: "no"})
	_, withdrawn := mine.Withdraw(t.Context(), alice, c)
	_, revoked := mine.Revoke(t.Context(), Revocation{By: bob, User: alice, Key: c.Key, ID: c.ID, Claims: &c})
	for act, err := range map[string]error{"decline": declined, "withdraw": withdrawn, "revoke": revoked} {
		var outage *upstream.Outage
		if !errors.As(err, &outage) || outage.Permission != "resourcemanager.projects.getIamPolicy" {
			t.Errorf("%s: %v, want that reading is not permitted", act, err)
		}
	}
	// Others are not told whether the project exists.
	_, err := mine.Revoke(t.Context(), Revocation{By: "admin@example.com", User: alice, Key: c.Key, ID: c.ID})
	if reason(err) != NotActive {
		t.Errorf("an administrator's revocation: %v, want %s", err, NotActive)
	}
}

// hidden is a policy that may not be read.
type hidden struct{ *scene }

func (hidden) Get(context.Context, string) (*policy.Policy, error) {
	return nil, &googleapi.Error{Code: http.StatusForbidden}
}
