package catalog_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// Administrators read the ids of roles where everybody else reads titles, and nothing of a binding
// that is not what it seems.
func TestHoldings_HaveTitlesAndFindings(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		odd := eligibleFor("roles/owner", "user:"+alice)
		odd.Condition.Expression = "!" + odd.Condition.Expression
		g.live["projects/"+payments] = []eligibility.Binding{
			odd, activationOf(t, payments, admin, bob, time.Now()), eligibleFor(viewer, "user:"+alice),
		}
		g.indexLive(inOrganization)
		h, err := g.catalogWithTitles(org, fakeTitles{g, map[string]bool{}}).Holdings(t.Context(), payments)
		if err != nil || len(h.Activations) != 1 || h.Activations[0].User != bob {
			t.Errorf("activations = %+v, %v; want bob's", h.Activations, err)
		}
		if len(h.Findings) != 1 || !h.Findings[0].Grants || !strings.Contains(h.Findings[0].Seen, "roles/owner on projects/"+payments) {
			t.Errorf("findings = %+v, want that about roles/owner, which grants access", h.Findings)
		}
		if diff := cmp.Diff(map[string]string{admin: "The " + admin}, h.Titles); diff != "" {
			t.Errorf("titles (-want +got):\n%s", diff)
		}
	})
}
