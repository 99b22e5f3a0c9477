package activation

import (
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// folderBinding is an eligible binding of a group on a folder.
func folderBinding(group string) eligibility.BindingAt {
	return eligibility.BindingAt{Resource: "folders/1", Binding: policy.BindingOf(eligible(admin, eligibility.MultiPartyApproval, "", "group:"+group))}
}

// Once a request under a folder's binding failed with BINDING_CHANGED when the project got an
// eligible binding for the role too, or when a group of such a binding became readable.
func TestApprove_ASecondEligibleBindingChangesNothing(t *testing.T) {
	all := map[string]eligibility.Membership{sre: eligibility.Member, oncall: eligibility.Member}
	for name, c := range map[string]struct {
		asked, approved map[string]eligibility.Membership
		before, after   *policy.Binding
	}{
		"a binding of the project appears": {asked: all, approved: all, after: sharedBinding()},
		"and names a group":                {asked: all, approved: all, after: groupBinding()},
		"a group of the project's becomes readable": {
			asked:    map[string]eligibility.Membership{sre: eligibility.Unreadable, oncall: eligibility.Member},
			approved: all, before: groupBinding(),
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.ancestors, s.groups = []eligibility.BindingAt{folderBinding(oncall)}, c.asked
			if c.before != nil {
				s.policy.Bindings = append(s.policy.Bindings, c.before)
			}
			claims := s.makeRequest(bob)
			if c.after != nil {
				s.edit(func(p *policy.Policy) { p.Bindings = append(p.Bindings, c.after) })
			}
			s.groups = c.approved
			done, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: claims})
			if err != nil || done.Status.State != Approved {
				t.Errorf("approving = %+v, %v; want it approved", done.Status, err)
			}
		})
	}
}

// An entitlement by another binding does not replace the one under which the request was made.
func TestApprove_AnotherBindingDoesNotStandInForTheOneAskedForUnder(t *testing.T) {
	s := newScene(t, sharedBinding())
	s.ancestors = []eligibility.BindingAt{folderBinding(oncall)}
	s.groups = map[string]eligibility.Membership{oncall: eligibility.Member}
	claims := s.makeRequest(bob)
	s.edit(func(p *policy.Policy) { p.Bindings = nil })
	if _, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: claims}); reason(err) != BindingChanged || s.writes != 0 {
		t.Errorf("%v after %d writes, want %s", err, s.writes, BindingChanged)
	}
}

// Confirming again looks for the same binding, and leaves out only where to look first.
func TestApprove_ConfirmsAgainForTheBindingThatWasAskedForUnder(t *testing.T) {
	s := newScene(t, groupBinding())
	s.groups = map[string]eligibility.Membership{sre: eligibility.Member}
	claims := s.makeRequest(bob)
	s.onConfirm = func(c *eligibility.Confirmation) {
		for email := range c.People {
			c.People[email] = eligibility.Person{Email: email} // of whose groups none was asked
		}
		s.onConfirm = nil
	}
	done, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: claims})
	if err != nil || done.Status.State != Approved || s.confirms != 3 || s.hintDigests[0] != claims.Binding || s.hintDigests[1] != "" {
		t.Errorf("approving = %+v, %v after %d confirmations, the last for %q; want the third for %q and any", done.Status, err, s.confirms, s.hintDigests, claims.Binding)
	}
}

// A closed binding of the same role decided while a group of the binding of the request had not
// been asked.
func TestApprove_ConfirmsAgainBesideAClosedBinding(t *testing.T) {
	s := newScene(t, groupBinding())
	s.groups = map[string]eligibility.Membership{sre: eligibility.Member}
	claims := s.makeRequest(bob)
	closed := folderBinding(oncall)
	closed.Binding.Members = []string{"user:" + alice}
	closed.Binding.Condition.Description = "[jitaccess max=1h]"
	s.ancestors = []eligibility.BindingAt{closed}
	s.onConfirm = func(c *eligibility.Confirmation) {
		c.People[alice] = eligibility.Person{Email: alice} // of whose groups none was asked
		s.onConfirm = nil
	}
	done, err := s.Approve(t.Context(), DecisionOrder{By: bob, Claims: claims})
	if err != nil || done.Status.State != Approved {
		t.Errorf("approving = %+v, %v; want it approved", done.Status, err)
	}
}

func TestAsk_TakesTheBindingThatTheFormNames(t *testing.T) {
	s := newScene(t, sharedBinding())
	s.ancestors = []eligibility.BindingAt{folderBinding(oncall)}
	s.groups = map[string]eligibility.Membership{oncall: eligibility.Member}
	best := s.makeRequest(bob).Binding
	of := s.ancestors[0]
	said, _, _ := eligibility.ReadEligible(*of.Binding.Condition)
	named := eligibility.EvidenceOf(of, said, eligibility.Principal{Kind: eligibility.Group, Email: oncall})
	for name, c := range map[string]struct{ digest, want string }{
		"the folder's":      {named.Digest, named.Digest},
		"one that is gone":  {digestOfNothing, best},
		"none, as in 1.8.1": {"", best},
	} {
		a := ask(bob)
		a.Roles[0].Hint = eligibility.Evidence{Resource: of.Resource, Digest: c.digest, Member: named.Member}
		made, err := s.Ask(t.Context(), a)
		if err != nil || made.Claims.Binding != c.want || best == named.Digest {
			t.Errorf("%s: asked for under %q, %v; want %q", name, made.Claims.Binding, err, c.want)
		}
	}
}

const digestOfNothing = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func TestSelf_AFormOfABindingThatIsGoneStillWorks(t *testing.T) {
	s := newScene(t, selfEligible(admin))
	o := order(admin)
	o.Roles[0].Hint = eligibility.Evidence{Resource: "folders/1", Digest: digestOfNothing, Member: eligibility.Principal{Kind: eligibility.User, Email: alice}}
	if made := s.activate(o); len(made.Activations) != 1 || s.writes != 1 {
		t.Errorf("%+v after %d writes, want it active", made, s.writes)
	}
}
