package systemtest

import (
	"net/http"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
)

// Once a peer who could activate the role alone was offered by the form and refused by it, and such
// a reviewer's page said that they are no longer eligible.
func TestRequest_ReviewersMayHoldTheRoleByBothConstraints(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t, 1)
	x := tenant{0}
	s.edit(x.project(), func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, eligibleBinding(multiPartyRole, x.member(), "user:"+x.reviewer(0)))
	})
	p := s.portal()
	page := s.client(p, x.person()).mustAsk(t, x, x.reviewer(0))
	before := s.policy(x.project())
	a, err := s.client(p, x.reviewer(0)).decide(t.Context(), page, "approve")
	if err != nil || a.status != http.StatusSeeOther {
		t.Fatalf("approving: %v, %+v", err, a)
	}
	if err := oneApproved(before, s.policy(x.project())); err != nil {
		t.Error(err)
	}
	// The page offers self-approval alone where both constraints apply.
	if home := s.client(p, x.person()).mustGet(t, x.page()); home.reference(multiPartyRole) == "" || home.Find("input[type=radio][name=role]").Length() != 0 {
		t.Errorf("the project's page offers %d ways to ask, want activation alone", home.Find("input[type=radio][name=role]").Length())
	}
}

// A request stands on the binding that it was asked for under. Once a second eligible binding for
// the role on the project, nearer than that of the folder, ended it as one whose binding had
// changed.
func TestRequest_StandsOnItsBindingWhateverAppearsBesideIt(t *testing.T) {
	t.Parallel()
	s := newScene(t, emulator.Options{World: worldOf(t, 1)})
	x := tenant{0}
	s.makeEligibleWithApproval(x, x.folder(), 1, true)
	p := s.portal()
	page := s.client(p, x.person()).mustAsk(t, x, x.reviewer(0))
	s.edit(x.project(), func(policy *iampb.Policy) { policy.Bindings = append(policy.Bindings, multiPartyBinding(x.member())) })
	if own := s.client(p, x.person()).mustGet(t, page); own.heading() != "Waiting for approval" {
		t.Errorf("the beneficiary reads %q, want that the request waits", own.heading())
	}
	before := s.policy(x.project())
	a, err := s.client(p, x.reviewer(0)).decide(t.Context(), page, "approve")
	if err != nil || a.status != http.StatusSeeOther {
		t.Fatalf("approving: %v, %+v", err, a)
	}
	if err := oneApproved(before, s.policy(x.project())); err != nil {
		t.Error(err)
	}
}
