package activation

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// digests are those of a person's entitlements on the scene's project, by role.
func (s *scene) digests(email string) map[string]string {
	all := map[string]string{}
	found := eligibility.Entitlements(resource(project), decidingBindings(policy.BindingsOf(s.policy), eligibility.Confirmation{}, resource(project)), eligibility.Person{Email: email}, s.clock())
	for _, e := range found {
		all[e.Role] = e.Evidence.Digest
	}
	return all
}

func checkEvent(t *testing.T, want, got event.Event) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

func TestActivated_EventNamesEachRoleWithItsBinding(t *testing.T) {
	s := newScene(t, selfEligible(admin), selfEligible(viewer))
	known := s.digests(alice)
	o := order(admin, viewer)
	want := event.Event{
		Verb: event.Activate, Resource: "projects/" + project, Beneficiary: alice, ID: o.ID, Justification: o.Justification,
		Grants: []event.Grant{
			{Resource: "projects/" + project, Role: admin, Digest: known[admin]}, {Resource: "projects/" + project, Role: viewer, Digest: known[viewer]},
		},
		Start: s.clock(), End: s.clock().Add(time.Hour),
	}
	if known[admin] == "" || known[admin] == known[viewer] {
		t.Fatalf("the digests are %v", known)
	}
	checkEvent(t, want, s.activate(o).Event())

	// A repetition finds the activations, but not their eligible bindings.
	want.Repeated, want.Grants[0].Digest, want.Grants[1].Digest = true, "", ""
	checkEvent(t, want, s.activate(o).Event())
}

// requestEvent has the fields that all events of a request have.
func requestEvent(c request.Claims, digest string) event.Event {
	return event.Event{
		Resource: "projects/" + project, Beneficiary: alice, Reviewers: []string{bob, carol}, ID: c.ID, Justification: "CASE-7 failover",
		Grants: []event.Grant{{Resource: "projects/" + project, Role: admin, Digest: digest}},
		Asked:  c.IssuedAt, Expiry: c.Expires, Duration: time.Hour,
	}
}

func TestAsked_EventHasTheTokenAndTheWindowThatIsAskedFor(t *testing.T) {
	s := newScene(t, sharedBinding())
	made, err := s.Ask(t.Context(), ask(bob, carol))
	if err != nil {
		t.Fatal(err)
	}
	want := requestEvent(made.Claims, s.digests(alice)[admin])
	want.Verb, want.Token, want.Start, want.End = event.Request, "token-"+made.Claims.ID, s.clock(), s.clock().Add(time.Hour)
	checkEvent(t, want, made.Event())
	if !want.HasRequest() || want.Grants[0].Digest == "" {
		t.Errorf("the event has expiry %v and the digest %q", want.Expiry, want.Grants[0].Digest)
	}
}

// A decision that came after another one is refused, and the same decision again is a repetition.
func TestDecided_EventTellsARepetitionFromWhatCameTooLate(t *testing.T) {
	type act = func(s *scene, c request.Claims) (Decided, error)
	approve := func(by string) act {
		return func(s *scene, c request.Claims) (Decided, error) {
			return s.Approve(s.t.Context(), DecisionOrder{By: by, Claims: c})
		}
	}
	decline := func(by string) act {
		return func(s *scene, c request.Claims) (Decided, error) {
			return s.Decline(s.t.Context(), DecisionOrder{By: by, Claims: c, Reason: " use the replica "})
		}
	}
	withdraw := func(s *scene, c request.Claims) (Decided, error) { return s.Withdraw(s.t.Context(), alice, c) }
	for name, c := range map[string]struct {
		acts      []act
		want      event.Event
		decidedBy string
		decided   event.Decision
		lasts     time.Duration
	}{
		"approved":                         {[]act{approve(bob)}, event.Event{Verb: event.Approve}, "", "", time.Hour},
		"declined":                         {[]act{decline(bob)}, event.Event{Verb: event.Decline, Reason: "use the replica"}, "", "", 0},
		"withdrawn":                        {[]act{withdraw}, event.Event{Verb: event.Withdraw}, "", "", 0},
		"approved again":                   {[]act{approve(bob), approve(bob)}, event.Event{Verb: event.Approve, Repeated: true}, "", "", time.Hour},
		"declined again":                   {[]act{decline(bob), decline(bob)}, event.Event{Verb: event.Decline, Repeated: true, Reason: "use the replica"}, "", "", 0},
		"withdrawn again":                  {[]act{withdraw, withdraw}, event.Event{Verb: event.Withdraw, Repeated: true}, "", "", 0},
		"approved after somebody else":     {[]act{approve(carol), approve(bob)}, event.Event{Verb: event.Approve}, carol, event.Approved, 0},
		"approved after somebody declined": {[]act{decline(carol), approve(bob)}, event.Event{Verb: event.Approve}, carol, event.Declined, 0},
		"declined after they approved":     {[]act{approve(bob), decline(bob)}, event.Event{Verb: event.Decline}, bob, event.Approved, 0},
		"approved after it was withdrawn":  {[]act{withdraw, approve(bob)}, event.Event{Verb: event.Approve}, alice, event.Withdrawn, 0},
		"withdrawn after it was approved":  {[]act{approve(bob), withdraw}, event.Event{Verb: event.Withdraw}, bob, event.Approved, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, sharedBinding())
			claims := s.makeRequest(bob, carol)
			var last Decided
			for _, act := range c.acts {
				var err error
				if last, err = act(s, claims); err != nil {
					t.Fatal(err)
				}
			}
			want := requestEvent(claims, s.digests(alice)[admin])
			want.Verb, want.Repeated, want.Reason = c.want.Verb, c.want.Repeated, c.want.Reason
			if c.decidedBy != "" {
				want.Refusal = &event.Refusal{Reason: "REQUEST_SPENT"}
				want.Decision, want.DecidedBy = c.decided, c.decidedBy
			} else {
				want.Start, want.End = s.clock(), s.clock().Add(c.lasts)
			}
			checkEvent(t, want, last.Event())
		})
	}
}

// A second approval after the end of the window is still a repetition.
func TestDecided_EventOfAnApprovalWhoseWindowIsOver(t *testing.T) {
	s := newScene(t, sharedBinding())
	claims := s.makeRequest(bob, carol)
	for range 2 {
		done, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: claims})
		if err != nil {
			t.Fatal(err)
		}
		if e := done.Event(); e.Refusal != nil || e.Repeated != done.Repeated {
			t.Errorf("event = %+v", e)
		}
		s.advance(2 * time.Hour)
	}
}

func TestEnded_EventNamesTheRequestWhereOneIsKnown(t *testing.T) {
	s := newScene(t, sharedBinding())
	claims := s.makeRequest(bob, carol)
	digest := s.digests(alice)[admin]
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: claims}); err != nil {
		t.Fatal(err)
	}
	start := s.clock()
	s.advance(time.Minute)
	ended, err := s.Revoke(t.Context(), Revocation{By: bob, User: alice, Key: adminKey, ID: claims.ID, Claims: &claims})
	if err != nil {
		t.Fatal(err)
	}
	ofRequest := requestEvent(claims, digest)
	ofRequest.Verb, ofRequest.Start, ofRequest.End = event.Revoke, start, s.clock()
	checkEvent(t, ofRequest, ended.Event(event.Revoke, &claims))

	checkEvent(t, event.Event{
		Verb: event.End, Resource: "projects/" + project, Beneficiary: alice, ID: claims.ID, Start: start, End: s.clock(),
		Grants:      []event.Grant{{Resource: "projects/" + project, Role: admin}},
		Description: "Approved by bob@example.com, justification: CASE-7 failover",
	}, ended.Event(event.End, nil))
}
