package activation

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// A page must not offer what its form refuses, nor refuse what would be granted.
func TestLook_RefusesWhatApproveRefuses(t *testing.T) {
	members := func(who ...string) func(*scene, *request.Claims) {
		return func(s *scene, _ *request.Claims) {
			s.edit(func(p *policy.Policy) { p.Bindings[0].Members = who })
		}
	}
	for name, c := range map[string]struct {
		change func(*scene, *request.Claims)
		want   Reason
	}{
		"nothing":                 {func(*scene, *request.Claims) {}, ""},
		"the beneficiary lost it": {members("user:" + bob), LostEligibility},
		"the reviewer lost it":    {members("user:" + alice), ReviewerLost},
		"another binding":         {func(_ *scene, c *request.Claims) { c.Binding = digestOfNothing }, BindingChanged},
		"another pattern":         {func(s *scene, _ *request.Claims) { s.rules.Pattern = regexp.MustCompile(`^INC-\d+$`) }, RulesChanged},
		"a shorter maximum":       {func(s *scene, _ *request.Claims) { s.rules.Maximum = time.Minute }, RulesChanged},
		"more reviewers":          {func(s *scene, _ *request.Claims) { s.rules.MinReviewers = 2 }, RulesChanged},
		"a window that is over": {func(s *scene, c *request.Claims) {
			c.Fixed = &eligibility.Window{Start: s.now.Add(-time.Hour), End: s.now}
		}, WindowOver},
		"the portal's own project": {func(s *scene, _ *request.Claims) { s.rules.Guarded = append(s.rules.Guarded, project) }, Guarded},
		"not named":                {func(_ *scene, c *request.Claims) { c.Reviewers = []string{carol} }, NotReviewer},
		"the beneficiary's group": {func(s *scene, _ *request.Claims) {
			s.edit(func(p *policy.Policy) { p.Bindings[0].Members = []string{"user:" + bob, "group:" + sre} })
			s.groups = map[string]eligibility.Membership{sre: eligibility.Unreadable}
		}, GroupUnreadable},
		"the reviewer's group": {func(s *scene, _ *request.Claims) {
			s.edit(func(p *policy.Policy) { p.Bindings[0].Members = []string{"user:" + alice, "group:" + sre} })
			s.groups = map[string]eligibility.Membership{sre: eligibility.Unreadable}
		}, GroupUnreadable},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, sharedBinding())
			claims := s.makeRequest(bob)
			c.change(s, &claims)
			review, err := s.Look(t.Context(), claims, bob, "")
			if err != nil || review.Status.State != Waiting {
				t.Fatalf("Look = %+v, %v", review.Status, err)
			}
			_, refused := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: claims})
			if reason(review.Refused) != c.want || reason(refused) != c.want {
				t.Errorf("the page refuses with %v, the approval with %v; want %q of both", review.Refused, refused, c.want)
			}
			var page, act *Refusal
			if errors.As(review.Refused, &page) && errors.As(refused, &act) && page.Message != act.Message {
				t.Errorf("the page says %q, the approval %q", page.Message, act.Message)
			}
			own, err := s.Look(t.Context(), claims, alice, "")
			if about := strings.Contains(name, "reviewer's") || strings.HasPrefix(name, "the reviewer") || name == "not named"; err != nil || own.Refused != nil ||
				about && own.Void != nil || !about && reason(own.Void) != c.want {
				t.Errorf("the beneficiary's page says %v, want %q", own.Void, c.want)
			}
		})
	}
}

func TestLook_SaysWhatTheRequestIsAboutAndWhatIsHeldOfIt(t *testing.T) {
	s := newScene(t, sharedBinding())
	first := s.makeRequest(bob)
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: first}); err != nil {
		t.Fatal(err)
	}
	s.advance(time.Minute)
	review, err := s.Look(t.Context(), s.makeRequest(bob), bob, "")
	if err != nil || review.Open.ID != first.ID || review.Role.Name != admin || review.RoleError != nil || review.BeneficiaryEntitlement.Key != adminKey || review.ReviewerEntitlement.Key != adminKey {
		t.Errorf("Look = %+v, %v", review, err)
	}
	s.catalogError = &upstream.Outage{Service: "Resource Manager"}
	if _, err := s.Look(t.Context(), first, bob, ""); !errors.Is(err, s.catalogError) {
		t.Errorf("Look = %v, want the catalog's error", err)
	}
}

// A page believes what its address says that its reader did only if the policy agrees.
func TestReview_ShowsADecisionToWhoMadeIt(t *testing.T) {
	all := []event.Decision{event.Approved, event.Declined, event.Withdrawn, event.Revoked, ""}
	for name, c := range map[string]struct {
		decide func(*scene, request.Claims) error
		shown  map[string][]event.Decision
	}{
		"waiting": {func(*scene, request.Claims) error { return nil }, nil},
		"approved": {func(s *scene, c request.Claims) error {
			_, err := s.Approve(s.t.Context(), DecisionOrder{By: bob, Claims: c})
			return err
		}, map[string][]event.Decision{bob: {event.Approved}}},
		"declined": {func(s *scene, c request.Claims) error {
			_, err := s.Decline(s.t.Context(), DecisionOrder{By: carol, Claims: c, Reason: "no"})
			return err
		}, map[string][]event.Decision{carol: {event.Declined}}},
		"withdrawn": {func(s *scene, c request.Claims) error { _, err := s.Withdraw(s.t.Context(), alice, c); return err },
			map[string][]event.Decision{alice: {event.Withdrawn}}},
		"revoked": {func(s *scene, c request.Claims) error {
			if _, err := s.Approve(s.t.Context(), DecisionOrder{By: bob, Claims: c}); err != nil {
				return err
			}
			s.advance(time.Minute)
			_, err := s.Revoke(s.t.Context(), Revocation{By: carol, User: alice, Key: c.Key, ID: c.ID, Claims: &c})
			return err
		}, map[string][]event.Decision{alice: {event.Revoked}, bob: {event.Revoked}, carol: {event.Revoked}}}, // who did, the address says
		"over by itself": {func(s *scene, c request.Claims) error {
			_, err := s.Approve(s.t.Context(), DecisionOrder{By: bob, Claims: c})
			s.advance(2 * time.Hour)
			return err
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, sharedBinding())
			claims := s.makeRequest(bob, carol)
			if err := c.decide(s, claims); err != nil {
				t.Fatal(err)
			}
			shown := map[string][]event.Decision{}
			for _, viewer := range []string{alice, bob, carol} {
				review, err := s.Look(t.Context(), claims, viewer, "")
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range all {
					if review.Confirms(d) {
						shown[viewer] = append(shown[viewer], d)
					}
				}
			}
			if c.shown == nil {
				c.shown = map[string][]event.Decision{}
			}
			if diff := cmp.Diff(c.shown, shown); diff != "" {
				t.Errorf("who is shown what (-want +got):\n%s", diff)
			}
		})
	}
}

func TestChoose_RefusesWhatTheFormWouldBeRefusedFor(t *testing.T) {
	closed := selfEligible(viewer)
	closed.Condition.Expression += " && has({}.jitAccessTerms)"
	for name, c := range map[string]struct {
		project string
		role    eligibility.Reference
		want    Reason
	}{
		"one's own":                {project, wantRole(admin), ""},
		"not one's own":            {project, wantRole("roles/run.admin"), NotEligible},
		"one that needs a peer":    {project, eligibility.Reference{Role: admin, Constraint: eligibility.MultiPartyApproval}, NotEligible},
		"closed":                   {project, wantRole(viewer), Closed},
		"the portal's own project": {"jit-access", wantRole(admin), Guarded},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, selfEligible(admin), closed)
			choice, err := s.ChooseSelf(t.Context(), alice, c.project, []eligibility.Reference{c.role, c.role})
			o := order()
			o.Project, o.Roles = c.project, []eligibility.Reference{c.role}
			_, refused := s.Self(t.Context(), o)
			if reason(err) != c.want || reason(refused) != c.want {
				t.Errorf("the form is refused with %v, the order with %v; want %q of both", err, refused, c.want)
			}
			if c.want == "" && (len(choice.Entitlements) != 1 || choice.Limits != s.rules.Limits) {
				t.Errorf("choice = %+v, want the role once, with its limits", choice)
			}
		})
	}
	s := newScene(t, selfEligible(admin))
	if _, err := s.ChooseSelf(t.Context(), alice, "418230117", nil); !errors.Is(err, upstream.ErrNotYours) {
		t.Errorf("a number: %v", err)
	}
	if choice, err := s.ChooseSelf(t.Context(), alice, "jit-access", nil); err != nil || choice.Access.Entitlements[0].Closed != GuardedMessage || choice.Access.Held[0].Closed != "" {
		t.Errorf("choosing nothing of the portal's own project: %+v, %v; want it shown with why it is closed", choice.Access, err)
	}
}

func TestChoosePeer_FindsTheBindingThatTheFormNames(t *testing.T) {
	s := newScene(t, sharedBinding())
	for role, want := range map[string]Reason{admin: "", viewer: NotEligible} {
		choice, err := s.ChoosePeer(t.Context(), alice, project, wantRole(role))
		if reason(err) != want || want == "" && (len(choice.Entitlements) != 1 || choice.Entitlements[0].Constraint != eligibility.MultiPartyApproval) {
			t.Errorf("%s: %+v, %v; want %q", role, choice.Entitlements, err, want)
		}
	}
	if _, err := s.ChoosePeer(t.Context(), alice, "jit-access", wantRole(admin)); reason(err) != Guarded {
		t.Errorf("the portal's own project: %v", err)
	}
}

func TestAsk_SaysThatARoleCanGrantMore(t *testing.T) {
	s := newScene(t, sharedBinding(), eligible(viewer, eligibility.MultiPartyApproval, "", "user:"+alice, "user:"+bob))
	for role, want := range map[string]bool{admin: true, viewer: false} {
		a := ask(bob)
		a.Roles[0].Role = role
		made, err := s.Ask(t.Context(), a)
		if err != nil || made.GrantsMore != want || (made.RoleError == nil) != want {
			t.Errorf("%s: grants more: %t, unknown because of %v, %v; want %t", role, made.GrantsMore, made.RoleError, err, want)
		}
	}
}
