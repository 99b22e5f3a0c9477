package activation

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

const (
	bob   = "bob@example.com"
	carol = "carol@example.com"
)

func sharedBinding() *policy.Binding {
	return eligible(admin, eligibility.MultiPartyApproval, "", "user:"+alice, "user:"+bob, "user:"+carol)
}

func ask(reviewers ...string) Ask {
	a := Ask{Order: Order{
		Person: alice, Project: project, Justification: "CASE-7 failover", Duration: time.Hour, ID: strings.Replace(id(), "jit-", "mpa-", 1),
		Roles: []eligibility.Reference{{Role: admin, Constraint: eligibility.MultiPartyApproval}},
	}}
	for _, email := range reviewers {
		a.Reviewers = append(a.Reviewers, Reviewer{Email: email})
	}
	return a
}

// makeRequest is a request that waits, made at the scene's time.
func (s *scene) makeRequest(reviewers ...string) request.Claims {
	s.t.Helper()
	made, err := s.Ask(s.t.Context(), ask(reviewers...))
	if err != nil {
		s.t.Fatalf("asking: %v", err)
	}
	return made.Claims
}

func reason(err error) Reason {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return refusal.Reason
	}
	return ""
}

func TestAsk_SignsWhatWasAskedAndWritesNothing(t *testing.T) {
	s := newScene(t, sharedBinding())
	a := ask(carol, bob, "BOB@example.com")
	a.Subject = "accounts.google.com:1"
	made, err := s.Ask(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	want := request.Claims{
		ID: made.Claims.ID, Beneficiary: alice, Subject: "accounts.google.com:1", Reviewers: []string{bob, carol}, Key: adminKey, Justification: "CASE-7 failover",
		Duration: time.Hour, IssuedAt: startTime, Expires: startTime.Add(time.Hour), Binding: made.Claims.Binding,
	}
	if diff := cmp.Diff(want, made.Claims); diff != "" || made.Token != "token-"+want.ID || want.Binding == "" || !eligibility.ValidID(want.ID) {
		t.Errorf("asked for %s with token %q (-want +got):\n%s", want.Binding, made.Token, diff)
	}
	if s.writes != 0 || s.confirms != 1 {
		t.Errorf("%d writes and %d confirmations, want none and 1", s.writes, s.confirms)
	}
}

// Once two requests of one form had the same id: when one was approved, the page of the other said
// so too, and its justification was logged beside the approval.
func TestAsk_TheIDIsOfWhatIsAskedFor(t *testing.T) {
	s := newScene(t, sharedBinding())
	one := ask(bob, carol)
	first, err := s.Ask(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	again := one
	again.Reviewers = []Reviewer{{Email: carol}, {Email: bob}}
	if same, err := s.Ask(t.Context(), again); err != nil || same.Claims.ID != first.Claims.ID {
		t.Errorf("the form sent again asks under %q, %v; want %q", same.Claims.ID, err, first.Claims.ID)
	}
	for name, change := range map[string]func(*Ask){
		"justification": func(a *Ask) { a.Justification = "something else" },
		"duration":      func(a *Ask) { a.Duration = 2 * time.Hour },
		"reviewers":     func(a *Ask) { a.Reviewers = a.Reviewers[:1] },
		"form":          func(a *Ask) { a.ID = "mpa-AAAAAAAAAAAAAAAA" },
	} {
		other := one
		change(&other)
		if made, err := s.Ask(t.Context(), other); err != nil || made.Claims.ID == first.Claims.ID {
			t.Errorf("with another %s it asks under %q, %v; want another id", name, made.Claims.ID, err)
		}
	}
}

// A request may be issued a second ahead of now, and its lifetime must not exceed what can be
// signed for.
func TestAsk_LastsNoLongerThanIsSignedFor(t *testing.T) {
	s := newScene(t, sharedBinding())
	s.rules.RequestTimeout = 12*time.Hour - time.Minute
	for range 3 {
		c := s.makeRequest(bob)
		if c.Expires.After(s.now.Add(12*time.Hour - time.Minute)) {
			t.Errorf("issued at %v and asked for at %v, it expires at %v", c.IssuedAt, s.now, c.Expires)
		}
		if _, err := s.Withdraw(t.Context(), alice, c); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAsk_SaysEverythingToCorrect(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Ask)
		fields []Field
	}{
		"nobody": {func(a *Ask) { a.Reviewers = nil }, []Field{FieldReviewers}},
		"too many": {func(a *Ask) {
			a.Reviewers = append(a.Reviewers, Reviewer{Email: "x@example.com"}, Reviewer{Email: "y@example.com"}, Reviewer{Email: "z@example.com"})
		}, []Field{FieldReviewers}},
		"themself":              {func(a *Ask) { a.Reviewers[0].Email = "Alice@example.com" }, []Field{FieldReviewers}},
		"no peer":               {func(a *Ask) { a.Reviewers[0].Email = "mallory@example.com" }, []Field{FieldReviewers}},
		"two roles":             {func(a *Ask) { a.Roles = append(a.Roles, wantRole(viewer)) }, []Field{FieldRoles}},
		"no role and no reason": {func(a *Ask) { a.Roles, a.Justification = nil, "" }, []Field{FieldRoles, FieldJustification}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, sharedBinding())
			a := ask(bob)
			c.change(&a)
			_, err := s.Ask(t.Context(), a)
			var faults Faults
			if !errors.As(err, &faults) {
				t.Fatalf("err = %v, want faults", err)
			}
			var fields []Field
			for _, f := range faults {
				fields = append(fields, f.Field)
			}
			if diff := cmp.Diff(c.fields, fields); diff != "" || len(s.signed) != 0 {
				t.Errorf("%d signed; fields (-want +got):\n%s", len(s.signed), diff)
			}
		})
	}
}

func TestAsk_RefusesWhoIsNotEligibleAndTheGuardedProject(t *testing.T) {
	s := newScene(t, eligible(admin, eligibility.MultiPartyApproval, "", "user:"+bob), selfEligible(viewer))
	if _, err := s.Ask(t.Context(), ask(bob)); reason(err) != NotEligible {
		t.Errorf("not eligible: %v", err)
	}
	a := ask(bob)
	a.Project = "jit-access"
	if _, err := s.Ask(t.Context(), a); reason(err) != NotEligible {
		t.Errorf("guarded, for who is not eligible: %v", err)
	}
	s = newScene(t, sharedBinding())
	if _, err := s.Ask(t.Context(), a); reason(err) != Guarded {
		t.Errorf("guarded: %v", err)
	}
}

func TestApprove_OpensTheWindowFromNow(t *testing.T) {
	s := newScene(t, sharedBinding())
	c := s.makeRequest(bob, carol)
	s.advance(20 * time.Minute)
	done, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: c})
	if err != nil || done.Repeated || done.Status.State != Approved {
		t.Fatalf("Approve = %+v, %v", done, err)
	}
	want := &policy.Expr{
		Title:       "JIT access activation",
		Description: "Approved by bob@example.com, justification: CASE-7 failover [" + c.ID + "]",
		Expression:  `(request.time >= timestamp("2026-11-19T02:34:00Z") && request.time < timestamp("2026-11-19T03:34:00Z"))`,
	}
	if diff := cmp.Diff(want, s.policy.Bindings[1].Condition); diff != "" {
		t.Errorf("condition (-want +got):\n%s", diff)
	}
}

func TestApprove_ASpentRequestShowsWhoDecided(t *testing.T) {
	s := newScene(t, sharedBinding())
	c := s.makeRequest(bob, carol)
	first, _ := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: c})
	s.advance(time.Minute)
	second, err := s.Approve(t.Context(), DecisionOrder{By: carol, Claims: c})
	if err != nil || !second.Repeated || second.Status.Ledger != first.Status.Ledger || s.writes != 1 {
		t.Errorf("approving again = %+v, %v after %d writes; want bob's decision", second, err, s.writes)
	}
	if who, at := second.Status.Decider(c), second.Status.DecidedAt(c); who != bob || !at.Equal(s.clock().Add(-time.Minute)) {
		t.Errorf("it was decided by %q at %v, want bob a minute ago", who, at)
	}
}

// The description of a decision names who decided only if the request names that person too.
func TestStatus_DeciderIsSomebodyWhomTheRequestNames(t *testing.T) {
	c := request.Claims{Beneficiary: alice, Reviewers: []string{bob, "bob@example.com.example.net", carol}}
	for text, want := range map[string]struct {
		state       State
		who, reason string
	}{
		"Approved by bob@example.com, justification: CASE-7":                               {Approved, bob, ""},
		"Approved by bob@example.com.example.net, justification: CASE-7":                   {Over, "bob@example.com.example.net", ""},
		"Approved by mallory@example.com, justification: Approved by bob@example.com, ":    {Approved, "", ""},
		"Self-approved, justification: Approved by bob@example.com, justification: CASE-7": {Approved, "", ""},
		"Declined by carol@example.com: use the replica: it is fresh":                      {Declined, carol, "use the replica: it is fresh"},
		"Declined by mallory@example.com: no":                                              {Declined, "", ""},
		"Withdrawn by the beneficiary":                                                     {Withdrawn, alice, ""},
		"Approved by carol@example.com, justification: another request":                    {Spent, "", ""},
	} {
		s := Status{State: want.state, Ledger: eligibility.Activation{Description: text}}
		if who, reason := s.Decider(c), s.DeclineReason(c); who != want.who || reason != want.reason {
			t.Errorf("%q: decided by %q because of %q, want %q, %q", text, who, reason, want.who, want.reason)
		}
	}
	fixed := c
	fixed.Fixed = &eligibility.Window{Start: startTime, End: startTime.Add(time.Hour)}
	s := Status{State: Approved, Ledger: eligibility.Activation{Window: *fixed.Fixed}}
	if at := s.DecidedAt(fixed); !at.IsZero() {
		t.Errorf("a window that was fixed before is said to show that it was approved at %v", at)
	}
}

func TestApprove_GrantsOnceWhateverComesAfter(t *testing.T) {
	for name, after := range map[string]func(*scene, request.Claims) error{
		"the window is over": func(s *scene, _ request.Claims) error { s.advance(90 * time.Minute); return nil },
		"an end": func(s *scene, c request.Claims) error {
			s.advance(time.Minute)
			_, err := s.End(s.t.Context(), EndOrder{Person: alice, Key: adminKey, ID: c.ID})
			return err
		},
		"a revocation": func(s *scene, c request.Claims) error {
			s.advance(time.Minute)
			_, err := s.Revoke(s.t.Context(), Revocation{By: bob, User: alice, Key: adminKey, ID: c.ID, Claims: &c})
			return err
		},
		"a sweep": func(s *scene, _ request.Claims) error {
			s.advance(3 * time.Hour)
			now := s.clock()
			s.edit(Sweep(func() time.Time { return now }))
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, sharedBinding())
			s.rules.RequestTimeout = 12 * time.Hour
			c := s.makeRequest(bob)
			if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: c}); err != nil {
				t.Fatal(err)
			}
			if err := after(s, c); err != nil {
				t.Fatal(err)
			}
			writes := s.writes
			again, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: c})
			if err != nil || again.Status.State != Over || s.writes != writes {
				t.Errorf("approving again = %+v, %v; want OVER and no write", again, err)
			}
		})
	}
}

func TestApprove_ChecksBothPeopleAgain(t *testing.T) {
	members := func(who ...string) func(*policy.Policy) {
		return func(p *policy.Policy) { p.Bindings[0].Members = who }
	}
	for name, c := range map[string]struct {
		by   string
		edit func(*policy.Policy)
		want Reason
	}{
		"one's own":                 {alice, members("user:"+alice, "user:"+bob), OwnRequest},
		"not named":                 {carol, members("user:"+alice, "user:"+carol), NotReviewer},
		"the beneficiary lost it":   {bob, members("user:" + bob), LostEligibility},
		"the reviewer lost it":      {bob, members("user:" + alice), ReviewerLost},
		"the terms came":            {bob, func(p *policy.Policy) { p.Bindings[0].Condition.Expression += " && has({}.jitAccessTerms)" }, LostEligibility},
		"the binding is for itself": {bob, func(p *policy.Policy) { p.Bindings[0].Condition.Expression = "has({}.jitAccessConstraint)" }, LostEligibility},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, sharedBinding())
			claims := s.makeRequest(bob)
			s.edit(c.edit)
			_, err := s.Approve(t.Context(), DecisionOrder{By: c.by, Claims: claims})
			if reason(err) != c.want || s.writes != 0 {
				t.Errorf("err = %v after %d writes, want %s", err, s.writes, c.want)
			}
		})
	}
}

func TestApprove_RefusesABindingThatChanged(t *testing.T) {
	s := newScene(t, sharedBinding())
	c := s.makeRequest(bob)
	c.Binding = "another"
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: c}); reason(err) != BindingChanged {
		t.Errorf("err = %v, want BINDING_CHANGED", err)
	}
}

func TestApprove_HoldsARequestToTheRulesOfToday(t *testing.T) {
	for name, change := range map[string]func(*scene){
		"pattern":         func(s *scene) { s.rules.Pattern = pattern },
		"duration":        func(s *scene) { s.rules.Maximum = 30 * time.Minute },
		"more reviewers":  func(s *scene) { s.rules.MinReviewers = 2 },
		"fewer reviewers": func(s *scene) { s.rules.MaxReviewers = 0 },
	} {
		s := newScene(t, sharedBinding())
		a := ask(bob)
		a.Justification = "failover"
		made, err := s.Ask(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		change(s)
		if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: made.Claims}); reason(err) != RulesChanged {
			t.Errorf("%s: err = %v, want RULES_CHANGED", name, err)
		}
	}
}

func TestApprove_RefusesTheProjectThatBecameThePortals(t *testing.T) {
	s := newScene(t, sharedBinding())
	c := s.makeRequest(bob)
	s.rules.Guarded = append(s.rules.Guarded, project)
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: c}); reason(err) != Guarded {
		t.Errorf("err = %v, want GUARDED", err)
	}
}

func TestApprove_AnExpiredRequestIsOver(t *testing.T) {
	s := newScene(t, sharedBinding())
	c := s.makeRequest(bob)
	s.advance(time.Hour)
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: c}); reason(err) != RequestExpired || s.writes != 0 {
		t.Errorf("err = %v, want REQUEST_EXPIRED", err)
	}
}

func TestApprove_NeverShortensWhatIsOpen(t *testing.T) {
	s := newScene(t, sharedBinding())
	first := ask(bob)
	first.Duration = 2 * time.Hour
	made, err := s.Ask(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: made.Claims}); err != nil {
		t.Fatal(err)
	}
	end := s.activations()[0].Window.End
	s.advance(time.Minute)
	short := ask(bob)
	short.Duration = time.Minute
	again, err := s.Ask(t.Context(), short)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: again.Claims}); err != nil {
		t.Fatal(err)
	}
	if got := s.activations(); len(got) != 1 || !got[0].Window.End.Equal(end) || got[0].ID != again.Claims.ID {
		t.Errorf("activations = %+v, want one until %v", got, end)
	}
}

func TestApprove_ANewerDecisionClosesOlderRequests(t *testing.T) {
	s := newScene(t, sharedBinding())
	older := s.makeRequest(bob)
	newer := s.makeRequest(bob)
	s.advance(time.Minute)
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: newer}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: older}); reason(err) != RequestSpent || s.writes != 1 {
		t.Errorf("err = %v after %d writes, want REQUEST_SPENT", err, s.writes)
	}
}

func TestAsk_TheIdOfASelfApprovalIsRefused(t *testing.T) {
	s := newScene(t, sharedBinding())
	a := ask(bob)
	a.ID = id()
	if _, err := s.Ask(t.Context(), a); reason(err) != StaleForm || s.confirms != 0 {
		t.Errorf("err = %v after %d confirmations, want STALE_FORM and none", err, s.confirms)
	}
}

func TestAsk_TheIdOfADecidedRequestIsRefused(t *testing.T) {
	s := newScene(t, sharedBinding())
	a := ask(bob)
	made, err := s.Ask(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Ask(t.Context(), a); err != nil {
		t.Errorf("the same form before a decision: %v", err)
	}
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: made.Claims}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Ask(t.Context(), a); reason(err) != StaleForm {
		t.Errorf("and after it: %v, want STALE_FORM", err)
	}
}

func TestAsk_InTheSecondOfTheLastDecisionIsNotClosedByIt(t *testing.T) {
	s := newScene(t, sharedBinding())
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: s.makeRequest(bob)}); err != nil {
		t.Fatal(err)
	}
	again := s.makeRequest(bob)
	if state := StatusOf(again, s.activations(), s.clock()).State; state != Waiting {
		t.Fatalf("asked again in the same second: %s, want WAITING", state)
	}
	done, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: again})
	if err != nil || done.Status.Ledger.ID != again.ID {
		t.Errorf("approving it = %+v, %v", done, err)
	}
}

func TestApprove_ARequestOf181KeepsItsWindow(t *testing.T) {
	s := newScene(t, sharedBinding())
	c := s.makeRequest(bob)
	c.Binding, c.Fixed = "", &eligibility.Window{Start: startTime, End: startTime.Add(30 * time.Minute)}
	s.advance(10 * time.Minute)
	late := c
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: c}); err != nil {
		t.Fatal(err)
	}
	if got := s.activations()[0].Window; got != *c.Fixed {
		t.Errorf("window = %v, want %v", got, *c.Fixed)
	}
	s = newScene(t, sharedBinding())
	s.advance(30 * time.Minute)
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: late}); reason(err) != WindowOver {
		t.Errorf("err = %v, want WINDOW_OVER", err)
	}
}

func TestApprove_ARequestOf181GrantsOnceThoughItsWindowIsOlder(t *testing.T) {
	s := newScene(t, sharedBinding())
	c := s.makeRequest(bob)
	c.Binding, c.Fixed = "", &eligibility.Window{Start: startTime.Add(-5 * time.Second), End: startTime.Add(30 * time.Minute)}
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: c}); err != nil {
		t.Fatal(err)
	}
	s.advance(time.Minute)
	if _, err := s.End(t.Context(), EndOrder{Person: alice, Key: adminKey, ID: c.ID}); err != nil {
		t.Fatal(err)
	}
	s.advance(time.Minute)
	again, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: c})
	if err != nil || !again.Repeated || again.Status.State != Over || s.writes != 2 {
		t.Errorf("approving what was ended = %+v, %v after %d writes; want OVER and no further write", again, err, s.writes)
	}
}

func TestDecline_SpendsTheRequestAndGrantsNothing(t *testing.T) {
	s := newScene(t, sharedBinding())
	c := s.makeRequest(bob, carol)
	s.advance(time.Minute)
	done, err := s.Decline(t.Context(), DecisionOrder{By: carol, Claims: c, Reason: "use the replica"})
	if err != nil || done.Status.State != Declined {
		t.Fatalf("Decline = %+v, %v", done, err)
	}
	got := s.activations()[0]
	if got.Window.Duration() != 0 || got.Description != "Declined by carol@example.com: use the replica" || got.ID != c.ID {
		t.Errorf("ledger = %+v", got)
	}
	after, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: c})
	if err != nil || after.Status.State != Declined || s.writes != 1 {
		t.Errorf("approving after = %+v, %v", after, err)
	}
}

func TestDecline_LeavesWhatIsOpen(t *testing.T) {
	s := newScene(t, sharedBinding())
	first := s.makeRequest(bob)
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: first}); err != nil {
		t.Fatal(err)
	}
	s.advance(time.Minute)
	second := s.makeRequest(bob)
	if _, err := s.Decline(t.Context(), DecisionOrder{By: bob, Claims: second, Reason: "enough"}); err != nil {
		t.Fatal(err)
	}
	open := 0
	for _, a := range s.activations() {
		if a.Window.Contains(s.clock()) {
			open++
		}
	}
	if open != 1 {
		t.Errorf("%d are open, want the one that was approved before", open)
	}
}

func TestDecline_NeedsAReasonAndAReviewer(t *testing.T) {
	s := newScene(t, sharedBinding())
	c := s.makeRequest(bob)
	for _, text := range []string{"", " ", "a\nb", strings.Repeat("x", 100)} {
		var faults Faults
		if _, err := s.Decline(t.Context(), DecisionOrder{By: bob, Claims: c, Reason: text}); !errors.As(err, &faults) || faults[0].Field != FieldReason {
			t.Errorf("reason %q: %v", text, err)
		}
	}
	for who, want := range map[string]Reason{alice: OwnRequest, carol: NotReviewer} {
		if _, err := s.Decline(t.Context(), DecisionOrder{By: who, Claims: c, Reason: "no"}); reason(err) != want {
			t.Errorf("%s: %v, want %s", who, err, want)
		}
	}
	if s.writes != 0 {
		t.Errorf("%d writes", s.writes)
	}
}

func TestWithdraw_IsTheBeneficiarysAlone(t *testing.T) {
	s := newScene(t, sharedBinding())
	c := s.makeRequest(bob)
	if _, err := s.Withdraw(t.Context(), bob, c); reason(err) != NotReviewer {
		t.Errorf("a reviewer withdraws: %v", err)
	}
	done, err := s.Withdraw(t.Context(), alice, c)
	if err != nil || done.Status.State != Withdrawn {
		t.Fatalf("Withdraw = %+v, %v", done, err)
	}
	if again, err := s.Withdraw(t.Context(), alice, c); err != nil || !again.Repeated {
		t.Errorf("again = %+v, %v", again, err)
	}
	if after, _ := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: c}); after.Status.State != Withdrawn || s.writes != 1 {
		t.Errorf("approving after = %+v", after)
	}
}

func TestRevoke_ByReviewersOfTheRequestAndAdministrators(t *testing.T) {
	for who, want := range map[string]Reason{bob: "", "admin@example.com": "", carol: NotReviewer, alice: NotReviewer} {
		s := newScene(t, sharedBinding())
		c := s.makeRequest(bob)
		if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: c}); err != nil {
			t.Fatal(err)
		}
		s.advance(time.Minute)
		ended, err := s.Revoke(t.Context(), Revocation{By: who, User: alice, Key: adminKey, ID: c.ID, Claims: &c})
		if reason(err) != want {
			t.Errorf("%s: %v, want %q", who, err, want)
		}
		if want == "" && !ended.Activation.Window.End.Equal(s.clock()) {
			t.Errorf("%s: ended %+v", who, ended)
		}
	}
}

// The window of a request that was issued ahead of the clock begins in the second after its
// approval.
func TestStatusOf_IsApprovedBeforeTheWindowBegins(t *testing.T) {
	s := newScene(t, sharedBinding())
	c := s.makeRequest(bob)
	c.IssuedAt = c.IssuedAt.Add(2 * time.Second)
	decided, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: c})
	if err != nil || !decided.Status.Ledger.Window.Start.After(s.now) {
		t.Fatalf("approved %+v, %v; want a window that has not begun", decided, err)
	}
	if got := StatusOf(c, s.activations(), s.now); got.State != Approved {
		t.Errorf("the request is %s, want %s", got.State, Approved)
	}
}

func TestStatusOf_WaitsUntilItExpires(t *testing.T) {
	s := newScene(t, sharedBinding())
	c := s.makeRequest(bob)
	for after, want := range map[time.Duration]State{0: Waiting, 59 * time.Minute: Waiting, time.Hour: Expired} {
		if got := StatusOf(c, s.activations(), startTime.Add(after)); got.State != want {
			t.Errorf("after %v: %s, want %s", after, got.State, want)
		}
	}
}
