package systemtest

import (
	"fmt"
	"net/http"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
)

// documentedQuotas is the environment of a portal with Google's default quotas, which three
// instances share.
var documentedQuotas = []string{"MAX_INSTANCES=3", "CALLS_PER_PERSON=300", "GOOGLE_API_QUOTAS="}

// Somebody who opened a hundred projects that do not exist caused 503 for everybody else for a
// minute.
func TestQuota_OneVisitorLeavesOthersTheirs(t *testing.T) {
	t.Parallel()
	s := newScene(t, emulator.Options{World: worldOf(t, 1), Quotas: true}, documentedQuotas...)
	x := tenant{0}
	s.eligible(x.folder(), ownRole, x.groupMember())
	p := s.portal()
	outsider := s.client(p, "zoe@partner.example")
	// Each answer is held back for a second, and twelve are on their way: four pages and eight
	// acts.
	reference := eligibility.Reference{Role: ownRole, Constraint: eligibility.SelfApproval}.Encode()
	var all errgroup.Group
	all.SetLimit(12)
	for i := range 110 {
		page := fmt.Sprintf("/projects/nothing-%04d", i)
		send := func() (*response, error) { return outsider.get(t.Context(), page) }
		if i%3 > 0 {
			form := activationForm(t, reference)
			send = func() (*response, error) { return outsider.post(t.Context(), page+"/activate", form) }
		}
		all.Go(func() error {
			a, err := send()
			if err == nil && a.status != http.StatusForbidden && a.status != http.StatusTooManyRequests {
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
	if a := must(t)(g.post(t.Context(), x.page()+"/activate", activationForm(t, reference))); a.status != http.StatusSeeOther {
		t.Errorf("activating answers %d, %q", a.status, a.heading())
	}
}
