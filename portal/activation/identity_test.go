package activation

import (
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// ofFolder is the binding of a group that stands on a folder.
func ofFolder(group string) eligibility.BindingAt {
	return eligibility.BindingAt{Resource: "folders/1", Binding: policy.BindingOf(eligible(admin, eligibility.MultiPartyApproval, "", "group:"+group))}
}

// A request on a folder's binding died with BINDING_CHANGED once the project had an eligible binding for the role as
// well, or once a group of such a binding answered (T2).
func TestApprove_ASecondEligibleBindingChangesNothing(t *testing.T) {
	all := map[string]eligibility.Membership{sre: eligibility.Member, oncall: eligibility.Member}
	for name, c := range map[string]struct {
		asked, approved map[string]eligibility.Membership
		before, after   *policy.Binding
	}{
		"a binding of the project appears": {asked: all, approved: all, after: shared()},
		"and names a group":                {asked: all, approved: all, after: byGroups()},
		"a group of the project's becomes readable": {
			asked:    map[string]eligibility.Membership{sre: eligibility.Unreadable, oncall: eligibility.Member},
			approved: all, before: byGroups(),
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.ancestors, s.groups = []eligibility.BindingAt{ofFolder(oncall)}, c.asked
			if c.before != nil {
				s.policy.Bindings = append(s.policy.Bindings, c.before)
			}
			claims := s.asked(bob)
			if c.after != nil {
				s.edit(func(p *policy.Policy) { p.Bindings = append(p.Bindings, c.after) })
			}
			s.groups = c.approved
			done, err := s.Approve(t.Context(), Decision{By: bob, Claims: claims})
			if err != nil || done.Status.State != Approved {
				t.Errorf("approving = %+v, %v; want it approved", done.Status, err)
			}
		})
	}
}

// Whoever is left with another binding than the one that was asked for under is not approved by it.
func TestApprove_AnotherBindingDoesNotStandInForTheOneAskedForUnder(t *testing.T) {
	s := newScene(t, shared())
	s.ancestors = []eligibility.BindingAt{ofFolder(oncall)}
	s.groups = map[string]eligibility.Membership{oncall: eligibility.Member}
	claims := s.asked(bob)
	s.edit(func(p *policy.Policy) { p.Bindings = nil })
	if _, err := s.Approve(t.Context(), Decision{By: bob, Claims: claims}); reason(err) != BindingChanged || s.writes != 0 {
		t.Errorf("%v after %d writes, want %s", err, s.writes, BindingChanged)
	}
}

// What is confirmed once more is the same: only where to look first is left out.
func TestApprove_ConfirmsAgainForTheBindingThatWasAskedForUnder(t *testing.T) {
	s := newScene(t, byGroups())
	s.groups = map[string]eligibility.Membership{sre: eligibility.Member}
	claims := s.asked(bob)
	s.onConfirm = func(c *eligibility.Confirmation) {
		for email := range c.People {
			c.People[email] = eligibility.Person{Email: email} // of whose groups none was asked
		}
		s.onConfirm = nil
	}
	done, err := s.Approve(t.Context(), Decision{By: bob, Claims: claims})
	if err != nil || done.Status.State != Approved || s.confirms != 3 || s.named[0] != claims.Binding || s.named[1] != "" {
		t.Errorf("approving = %+v, %v after %d confirmations, the last for %q; want the third for %q and any", done.Status, err, s.confirms, s.named, claims.Binding)
	}
}

func TestAsk_TakesTheBindingThatTheFormNames(t *testing.T) {
	s := newScene(t, shared())
	s.ancestors = []eligibility.BindingAt{ofFolder(oncall)}
	s.groups = map[string]eligibility.Membership{oncall: eligibility.Member}
	best := s.asked(bob).Binding
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
