package systemtest

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// Once 20 parallel forms for a role that Google refuses on projects made 146 writes, and the
// activations of others waited in them for 3 to 8 seconds.
func TestRefused_TwentyFormsOfOnePersonHoldUpNobody(t *testing.T) {
	t.Parallel()
	const mallory, onOrganizationsOnly = "mallory@example.com", "roles/resourcemanager.organizationAdmin"
	s := newScene(t, emulator.Options{World: worldOf(t, 1)})
	p, portal := tenant{0}, s.portal()
	s.World().AddUser(mallory, mallory)
	s.eligible(p.folder(), onOrganizationsOnly, "user:"+mallory)
	s.eligible(p.project(), roleOf(0), p.member())
	s.eligible(p.project(), roleOf(1), p.member())
	s.client(portal, p.person()).mustGet(t, p.page())
	reference := func(role string) string {
		return eligibility.Reference{Role: role, Constraint: eligibility.SelfApproval}.Encode()
	}
	s.SetLatency(journalLatency)
	// In the first round nothing is known of mallory. The first form is tried with the sweep,
	// without it, and once more after alice's.
	for round, most := range []int{6, 3} {
		s.Journal().Reset()
		var forms sync.WaitGroup
		for range 20 {
			form := activationForm(t, reference(onOrganizationsOnly))
			forms.Go(func() {
				a, err := s.client(portal, mallory).post(t.Context(), p.page()+"/activate", form)
				if err != nil || a.status < http.StatusBadRequest { // by Google, or because there are too many of them
					t.Errorf("round %d, a form of mallory's: %v, %+v, want it refused", round, err, a.status)
				}
			})
		}
		form := activationForm(t, reference(roleOf(round)))
		a, err := s.client(portal, p.person()).post(t.Context(), p.page()+"/activate", form)
		if err != nil || a.status != http.StatusSeeOther {
			t.Fatalf("round %d, alice's form is not carried out: %v", round, err)
		}
		forms.Wait()
		writes, hers := 0, 0
		for _, c := range s.Journal().Calls() {
			if kindOf(c) != callWrite {
				continue
			}
			writes++
			if strings.HasSuffix(c.Reason, "["+form.Get(view.FieldID)+"]") && c.HTTP == http.StatusOK { // hers alone
				hers++
			}
		}
		if writes > most || hers != 1 {
			t.Errorf("round %d: %d writes, %d of them alice's alone, want at most %d and one", round, writes, hers, most)
		}
	}
	if made := activations(s.policy(p.project())); len(made) != 2 {
		t.Errorf("the policy holds %+v, want alice's activations", made)
	}
}
