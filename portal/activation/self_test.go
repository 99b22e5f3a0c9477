package activation

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

var conflicted = &googleapi.Error{Code: 409}

func TestSelf_WritesTheBindingThat181Writes(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	o := order(admin)
	s.activate(o)
	want := &policy.Binding{Role: admin, Members: []string{"user:alice@example.com"}, Condition: &policy.Expr{
		Title:       "JIT access activation",
		Description: "Self-approved, justification: BUG-1 disk is full [" + o.ID + "]",
		Expression:  `(request.time >= timestamp("2026-11-19T02:14:00Z") && request.time < timestamp("2026-11-19T03:14:00Z"))`,
	}}
	got := s.policy.Bindings[1]
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("binding (-want +got):\n%s", diff)
	}
	if s.reasons[0] != want.Condition.Description {
		t.Errorf("reason = %q, want the description", s.reasons[0])
	}
}

func TestSelf_SeveralRolesInOneWrite(t *testing.T) {
	s := newScene(t, selfEligible(admin), selfEligible(viewer))
	made := s.activate(order(admin, viewer, admin))
	if s.writes != 1 || len(made.Activations) != 2 || len(s.activations()) != 2 {
		t.Errorf("%d writes made %d activations, want 1 and 2", s.writes, len(made.Activations))
	}
}

func TestSelf_AllRolesOrNone(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	s.wantRefusal(order(admin, viewer), NotEligible)
}

func TestSelf_RefusesWhatIsNotTheirs(t *testing.T) {
	peers := eligible(admin, eligibility.MultiPartyApproval, "", "user:"+alice)
	for name, b := range map[string]*policy.Binding{
		"nothing":              {Role: viewer, Members: []string{"user:" + alice}},
		"somebody else's":      eligible(admin, eligibility.SelfApproval, "", "user:bob@example.com"),
		"another role":         selfEligible(viewer),
		"needs a peer":         peers,
		"another condition":    eligible(admin, eligibility.SelfApproval, `resource.name == "x"`, "user:"+alice),
		"a group without them": eligible(admin, eligibility.SelfApproval, "", "group:oncall@example.com"),
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, b)
			s.groups = map[string]eligibility.Membership{"oncall@example.com": eligibility.NotMember}
			s.wantRefusal(order(admin), NotEligible)
		})
	}
}

func TestSelf_RefusesTheProjectsThatItGuards(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	o := order(admin)
	o.Project = "jit-access"
	s.wantRefusal(o, Guarded)
	// Others get what they get for any project.
	o.Person = bob
	s.wantRefusal(o, NotEligible)
}

func TestSelf_RefusesWhatIsNoProjectID(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	for _, project := range []string{"", "418230117", "Payments-Prod", "a/b", "payments-prod/../jit-access", "x"} {
		o := order(admin)
		o.Project = project
		s.wantRefusal(o, NotEligible)
	}
}

func TestSelf_EligibleByAFolderAndAGroup(t *testing.T) {
	s := newScene(t)
	s.groups = map[string]eligibility.Membership{"oncall@example.com": eligibility.Member}
	b := policy.BindingOf(eligible(admin, eligibility.SelfApproval, "", "group:oncall@example.com"))
	s.ancestors = []eligibility.BindingAt{{Resource: "folders/1", Binding: b}}
	s.activate(order(admin))
	if got := s.activations(); len(got) != 1 {
		t.Errorf("activations = %v, want one on the project", got)
	}
}

func TestSelf_EligibilityRemovedJustBeforeTheWrite(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	s.beforeSet = func() { s.edit(func(p *policy.Policy) { p.Bindings = nil }) }
	s.wantRefusal(order(admin), NotEligible)
}

func TestSelf_AConfirmationThatIsTooOldIsMadeAgain(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	s.beforeSet = func() {
		s.advance(11 * time.Second)
		s.edit(func(*policy.Policy) {})
	}
	s.activate(order(admin))
	if s.confirms != 2 {
		t.Errorf("confirmed %d times, want twice", s.confirms)
	}
	if got := s.activations()[0].Window.Start; !got.Equal(startTime.Add(11 * time.Second)) {
		t.Errorf("the window starts at %v, want the time of the write", got)
	}
}

func TestSelf_AGroupThatAppearsIsAskedAboutWithoutHints(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	s.beforeSet = func() {
		s.edit(func(p *policy.Policy) { p.Bindings[0].Members = []string{"group:new@example.com"} })
		s.onConfirm = func(c *eligibility.Confirmation) {
			c.People[alice] = eligibility.Person{Email: alice, Groups: map[string]eligibility.Membership{"new@example.com": eligibility.Member}}
		}
	}
	o := order(admin)
	o.Roles[0].Hint.Resource = "projects/" + project
	s.activate(o)
	if s.confirms != 2 || s.hinted {
		t.Errorf("confirmed %d times, the last with hints: %v; want twice, without", s.confirms, s.hinted)
	}
}

func TestSelf_APolicyThatNeverSettlesIsAConflict(t *testing.T) {
	s := newScene(t)
	s.edit(func(p *policy.Policy) {
		p.Bindings = []*policy.Binding{eligible(admin, eligibility.SelfApproval, "", "group:g@example.com")}
	})
	s.wantRefusal(order(admin), Conflict)
	if s.confirms != maxConfirmations {
		t.Errorf("confirmed %d times, want %d", s.confirms, maxConfirmations)
	}
}

func TestSelf_ARepeatedOrderWritesOnce(t *testing.T) {
	s := newScene(t, selfEligible(admin), selfEligible(viewer))
	o := order(admin, viewer)
	first := s.activate(o)
	s.advance(time.Minute)
	second := s.activate(o)
	if first.Repeated || !second.Repeated || s.writes != 1 {
		t.Errorf("repeated %v then %v after %d writes, want false, true, 1", first.Repeated, second.Repeated, s.writes)
	}
	if second.Window() != first.Window() {
		t.Errorf("the repeat shows %v, want %v", second.Window(), first.Window())
	}
}

func TestSelf_ARepeatAfterTheEndActivatesNothing(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	o := order(admin)
	s.activate(o)
	s.advance(time.Minute)
	if _, err := s.End(t.Context(), EndOrder{Person: alice, Key: eligibility.Key{Resource: "projects/" + project, Role: admin}, ID: o.ID}); err != nil {
		t.Fatal(err)
	}
	s.advance(time.Minute)
	if again := s.activate(o); !again.Repeated || again.Window().Contains(s.clock()) {
		t.Errorf("a repeat after the end made %+v", again)
	}
}

func TestSelf_AnIdOfAnotherActivationIsRefused(t *testing.T) {
	s := newScene(t, selfEligible(admin), selfEligible(viewer))
	o := order(admin)
	s.activate(o)
	other := order(viewer)
	other.ID = o.ID
	s.wantRefusal(other, StaleForm)
	for _, id := range []string{"", "mpa/../x", "mpa-0123456789abcdef"} {
		other.ID = id
		s.wantRefusal(other, StaleForm)
	}
}

func TestSelf_ExtendingReplacesTheWindowUnderANewId(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	s.activate(order(admin))
	s.advance(30 * time.Minute)
	o := order(admin)
	s.activate(o)
	got := s.activations()
	if len(got) != 1 || got[0].ID != o.ID || !got[0].Window.Start.Equal(s.clock()) {
		t.Errorf("activations = %+v, want the new one alone, from now", got)
	}
}

func TestSelf_NeverShortens(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	s.activate(order(admin))
	s.advance(time.Minute)
	o := order(admin)
	o.Duration = 30 * time.Minute
	s.wantRefusal(o, Shortens)
}

func TestSelf_LeavesAnotherResourceConditionActive(t *testing.T) {
	const narrow = `resource.name == "x"`
	s := newScene(t, selfEligible(admin), eligible(admin, eligibility.SelfApproval, narrow, "user:"+alice))
	s.activate(order(admin))
	o := order(admin)
	o.Roles[0].ResourceCondition = narrow
	s.activate(o)
	if got := s.activations(); len(got) != 2 {
		t.Errorf("activations = %+v, want both", got)
	}
}

func TestSelf_RefusesTermsThatItCannotRead(t *testing.T) {
	b := selfEligible(admin)
	b.Condition.Expression += " && has({}.jitAccessTerms)"
	s := newScene(t, b)
	s.wantRefusal(order(admin), Closed)
}

func TestSelf_SaysEverythingToCorrectAtOnce(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	o := order(admin, viewer, "roles/a", "roles/b")
	o.Justification, o.Duration = " ", 3*time.Hour
	_, err := s.Self(t.Context(), o)
	var faults Faults
	if !errors.As(err, &faults) || len(faults) != 3 {
		t.Errorf("err = %v, want three faults", err)
	}
	if s.confirms != 0 {
		t.Error("an order with faults was looked up")
	}
}

func TestJustificationFaults(t *testing.T) {
	s := newScene(t)
	s.rules.Pattern = pattern
	for text, ok := range map[string]bool{
		"BUG-1": true, "CASE-9 <b>é</b> & \"x\"": true, "BUG-1 " + strings.Repeat("x", 93): true,
		"": false, "  ": false, "disk": false, "BUG-1 " + strings.Repeat("x", 94): false,
		"BUG-1\nx": false, "BUG-1\rx": false, "BUG-1\x00": false, "BUG-1\u2028x": false, "BUG-1 \u202ex": false, "BUG-1 \xff": false,
		"BUG-1 " + strings.Repeat("😀", 46): true, "BUG-1 " + strings.Repeat("😀", 47): false,
	} {
		if faults := s.rules.JustificationFaults(text); (len(faults) == 0) != ok {
			t.Errorf("JustificationFaults(%q) = %v, want accepted: %v", text, faults, ok)
		}
	}
}

// Once an invisible text was accepted as a justification.
func TestJustificationFaults_WhatShowsNothing(t *testing.T) {
	s := newScene(t)
	for _, text := range []string{"\u200b", "\u00ad\u00ad", "\u3164", "\u2800"} {
		if faults := s.rules.JustificationFaults(text); len(faults) != 1 || faults[0].Message != "Write a justification." {
			t.Errorf("JustificationFaults(%q) = %v", text, faults)
		}
		if faults := reasonFaults(text); len(faults) != 1 {
			t.Errorf("reasonFaults(%q) = %v", text, faults)
		}
	}
}

func TestSelf_DurationBounds(t *testing.T) {
	for d, ok := range map[time.Duration]bool{
		0: false, -time.Hour: false, 59 * time.Second: false, time.Minute: true, 2 * time.Hour: true, 2*time.Hour + time.Second: false,
	} {
		s := newScene(t, selfEligible(admin))
		o := order(admin)
		o.Duration = d
		if _, err := s.Self(t.Context(), o); (err == nil) != ok {
			t.Errorf("duration %v: %v, want accepted: %v", d, err, ok)
		}
	}
}

func TestSelf_PassesOnWhyNothingCouldBeConfirmed(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	s.confirmError = &upstream.Outage{Service: "Directory"}
	_, err := s.Self(t.Context(), order(admin))
	if err != s.confirmError || s.writes != 0 {
		t.Errorf("err = %v after %d writes, want the confirmer's and none", err, s.writes)
	}
}

func TestWriteError_SaysWhatAFailedWriteMeans(t *testing.T) {
	status := func(code int, text string) error { return &googleapi.Error{Code: code, Message: text} }
	for _, c := range []struct {
		err    error
		reason Reason
		outage upstream.Outage
	}{
		{err: policy.ErrConflict, reason: Conflict},
		{err: status(400, "Role roles/x is not supported for this resource."), reason: NotGrantable},
		{err: status(403, "no"), outage: upstream.Outage{Service: "Resource Manager", Permission: "resourcemanager.projects.setIamPolicy", Resource: "projects/payments-prod"}},
		{err: status(503, "no"), outage: upstream.Outage{Service: "Resource Manager"}},
		{err: errors.Join(policy.ErrUnsettled, context.DeadlineExceeded), outage: upstream.Outage{Service: "Resource Manager", Unsettled: true}},
		{err: policy.ErrNoEtag, outage: upstream.Outage{Service: "Resource Manager"}},
	} {
		err := writeError("projects/"+project, c.err)
		var refusal *Refusal
		var outage *upstream.Outage
		switch {
		case errors.As(err, &refusal):
			if refusal.Reason != c.reason {
				t.Errorf("%v: refused for %s, want %s", c.err, refusal.Reason, c.reason)
			}
		case errors.As(err, &outage):
			c.outage.Err = outage.Err
			if *outage != c.outage {
				t.Errorf("%v: outage %+v, want %+v", c.err, *outage, c.outage)
			}
		}
		if !errors.Is(err, c.err) {
			t.Errorf("%v is not the cause of %v", c.err, err)
		}
	}
}

// The message blames the role if Google says that the role, or its member, does not exist.
func TestWriteError_BlamesTheRoleWhereGoogleDoesNotTakeIt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Role roles/x is not supported for this resource.":                             "Google Cloud does not take this role on a project.",
		"Role (projects/p/roles/r) does not exist in the resource's hierarchy.":        "Google Cloud does not take this role on a project.",
		"User bob@example.com does not exist.":                                         "Google Cloud does not take this role on a project.",
		"Service account x@y.iam.gserviceaccount.com does not exist.":                  "Google Cloud does not take this role on a project.",
		"The number of members in the policy (1,501) is larger than the maximum.":      "Google Cloud refuses this activation.",
		"One or more users named in the policy do not belong to a permitted customer.": "Google Cloud refuses this activation.",
	} {
		var refusal *Refusal
		if err := writeError(project, &googleapi.Error{Code: 400, Message: text}); !errors.As(err, &refusal) || !strings.HasPrefix(refusal.Message, want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
