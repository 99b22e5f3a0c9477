package systemtest

import (
	"net/http"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
)

// The projects of a pipeline, of images and of secrets can be guarded like the portal's own.
func TestGuard_NothingIsActivatedOnAProjectOfTheConfiguration(t *testing.T) {
	t.Parallel()
	s := newScene(t, emulator.Options{World: worldOf(t, 2)}, "GUARDED_PROJECTS="+tenant{0}.id())
	portal := s.portal()
	for _, c := range []struct {
		tenant  tenant
		status  int
		heading string
	}{
		{tenant{0}, http.StatusForbidden, "The portal activates nothing on " + tenant{0}.id()},
		{tenant{1}, http.StatusSeeOther, ""},
	} {
		s.eligible(c.tenant.project(), roleOf(0), c.tenant.member())
		before, guest := s.policy(c.tenant.project()), s.client(portal, c.tenant.person())
		reference := eligibility.Reference{Role: roleOf(0), Constraint: eligibility.SelfApproval}.Encode()
		a := must(t)(guest.post(t.Context(), c.tenant.page()+"/activate", activationForm(t, reference)))
		if a.status != c.status || a.heading() != c.heading {
			t.Errorf("%s: answers %d, %q, want %d, %q", c.tenant.id(), a.status, a.heading(), c.status, c.heading)
		}
		if unchanged := checkSame(before, s.policy(c.tenant.project())) == nil; unchanged != (c.status == http.StatusForbidden) {
			t.Errorf("%s: the policy is as it was: %t", c.tenant.id(), unchanged)
		}
	}
}
