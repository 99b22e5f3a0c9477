package catalog_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// Whoever opened a hundred projects that do not exist used up the quota of all, who were answered
// with 503.
func TestProjectAccess_WhoHasNothingDoesNotUseUpTheIndex(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = nil
		g.live[folder] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		g.indexLive(map[string][]string{payments: {folder, org}})
		c := g.catalog(org)
		start := time.Now()
		for i := range 200 {
			if _, err := c.ProjectAccess(t.Context(), bob, fmt.Sprintf("nothing-%04d", i)); err != upstream.ErrNotYours {
				t.Fatalf("project %d: %v, want that it is not theirs", i, err)
			}
		}
		if got, most := g.calls("location"), 40+int(time.Since(start)/(3*time.Second))+1; got > most {
			t.Errorf("projects were located %d times, want at most %d", got, most)
		}
		access, err := c.ProjectAccess(t.Context(), alice, payments)
		if err != nil || len(access.Entitlements) != 1 || access.Entitlements[0].Evidence.Resource != folder {
			t.Errorf("alice has %+v, %v; want her role by the folder", access.Entitlements, err)
		}
		if got := g.calls("location " + payments); got != 0 {
			t.Errorf("her project was located %d times, want that the lists were used", got)
		}
		time.Sleep(3 * time.Second) // of the bubble
		if _, err := c.ProjectAccess(t.Context(), alice, payments); err != nil || g.calls("location "+payments) != 1 {
			t.Errorf("later it was located %d times, %v; want once", g.calls("location "+payments), err)
		}
	})
}

// Those who have something there cost nothing of that.
func TestProjectAccess_WhoHasSomethingUsesNothingUp(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		all := map[string][]string{}
		for i := range 100 {
			project := fmt.Sprintf("payments-%04d", i)
			g.live["projects/"+project] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
			all[project] = []string{org}
		}
		g.indexLive(all)
		c := g.catalog(org)
		for project := range all {
			if _, err := c.ProjectAccess(t.Context(), alice, project); err != nil {
				t.Fatal(err)
			}
		}
		if got := g.calls("location"); got != 100 || g.calls("search") != 0 {
			t.Errorf("%d projects were located, and %d searches made; want 100 and none", got, g.calls("search"))
		}
	})
}

// Whole groups were listed for whoever named a role.
func TestPeers_NobodyHasGroupsListedWhoDoesNotHoldTheRole(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		binding := eligibleFor(viewer, "group:"+oncall)
		binding.Condition.Expression = eligibility.MultiPartyApproval.Marker()
		g.live["projects/"+payments] = []eligibility.Binding{binding}
		g.groups[oncall] = []string{alice, "carol@example.com"}
		g.indexLive(inOrganization)
		hinted := eligibility.Reference{Role: viewer, Constraint: eligibility.MultiPartyApproval}
		hinted.Hint.Member = eligibility.Principal{Kind: eligibility.Group, Email: oncall}
		bare := hinted
		bare.Hint = eligibility.Evidence{}
		for _, c := range []struct {
			email  string
			wanted eligibility.Reference
			err    error
			steps  int
			lists  int
		}{
			{alice, hinted, nil, 2, 1},
			{alice, bare, nil, 3, 1},
			{bob, hinted, upstream.ErrNotYours, 1, 0},
			{bob, bare, upstream.ErrNotYours, 2, 0},
		} {
			before := g.calls("list ")
			var peers eligibility.Peers
			var err error
			took := steps(func() { peers, err = g.catalog(org).Peers(t.Context(), c.email, payments, c.wanted) })
			lists := g.calls("list ") - before
			if err != c.err || took != c.steps || lists != c.lists || len(peers.People) != c.lists {
				t.Errorf("%s, hint %v: %+v, %v in %d steps with %d lists; want %v, %d and %d",
					c.email, c.wanted.Hint.Member, peers.People, err, took, lists, c.err, c.steps, c.lists)
			}
		}
	})
}
