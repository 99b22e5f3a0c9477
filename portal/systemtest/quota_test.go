package systemtest

import (
	"fmt"
	"net/http"
	"testing"

	"golang.org/x/sync/errgroup"

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
	var all errgroup.Group
	all.SetLimit(10) // each answer is held back for a second
	for i := range 110 {
		all.Go(func() error {
			a, err := outsider.get(t.Context(), fmt.Sprintf("/projects/nothing-%04d", i))
			if err == nil && a.status != http.StatusForbidden {
				err = fmt.Errorf("project %d answers %d, %q", i, a.status, a.heading())
			}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	g := s.client(p, x.person())
	g.mustGet(t, x.page())
	reference := eligibility.Reference{Role: ownRole, Constraint: eligibility.SelfApproval}.Encode()
	if a := must(t)(g.post(t.Context(), x.page()+"/activate", activationForm(t, reference))); a.status != http.StatusSeeOther {
		t.Errorf("activating answers %d, %q", a.status, a.heading())
	}
}
