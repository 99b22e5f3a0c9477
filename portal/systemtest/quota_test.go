package systemtest

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
)

// Somebody who opened a hundred projects that do not exist caused 503 for everybody else for a
// minute.
func TestQuota_OneVisitorLeavesOthersTheirs(t *testing.T) {
	t.Parallel()
	s := newScene(t, emulator.Options{World: worldOf(t, 1), Quotas: true})
	x := tenant{0}
	s.eligible(x.folder(), ownRole, x.groupMember())
	p := s.portal()
	outsider := s.client(p, "zoe@partner.example")
	for i := range 110 {
		if a := must(t)(outsider.get(t.Context(), fmt.Sprintf("/projects/nothing-%04d", i))); a.status != http.StatusForbidden {
			t.Fatalf("project %d answers %d, %q", i, a.status, a.heading())
		}
	}
	g := s.client(p, x.person())
	g.mustGet(t, x.page())
	reference := eligibility.Reference{Role: ownRole, Constraint: eligibility.SelfApproval}.Encode()
	if a := must(t)(g.post(t.Context(), x.page()+"/activate", activationForm(t, reference))); a.status != http.StatusSeeOther {
		t.Errorf("activating answers %d, %q", a.status, a.heading())
	}
}
