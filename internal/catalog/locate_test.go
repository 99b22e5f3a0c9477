package catalog_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// withBudget is the context of the pages of one person, of whom one opens so many at once.
func withBudget(t *testing.T, l *quota.Limiter, email string) context.Context {
	t.Helper()
	b, err := l.Begin(email, quota.Page)
	if err != nil {
		t.Fatal(err)
	}
	return quota.With(t.Context(), b)
}

// Whoever opened a hundred projects that do not exist used up the quota of all, who were answered
// with 503.
func TestProjectAccess_WhoHasNothingDoesNotUseUpTheIndex(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = nil
		g.live[folder] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		g.indexLive(map[string][]string{payments: {folder, org}})
		c, limiter := g.catalog(org), quota.New(quota.Options{CallsPerPerson: 1000, Quotas: map[quota.Service]int{quota.PolicyReads: 100_000}})
		start := time.Now()
		bobs := withBudget(t, limiter, bob)
		for i := range 200 {
			if _, err := c.ProjectAccess(bobs, bob, fmt.Sprintf("nothing-%04d", i)); err != upstream.ErrNotYours {
				t.Fatalf("project %d: %v, want that it is not theirs", i, err)
			}
		}
		if got, most := g.calls("location"), 7+int(time.Since(start)/(9*time.Second))+1; got > most {
			t.Errorf("projects were located %d times, want at most %d, his part of 16", got, most)
		}
		access, err := c.ProjectAccess(withBudget(t, limiter, alice), alice, payments)
		if err != nil || len(access.Entitlements) != 1 || access.Entitlements[0].Evidence.Resource != folder {
			t.Errorf("alice has %+v, %v; want her role by the folder", access.Entitlements, err)
		}
		if got := g.calls("location " + payments); got != 1 {
			t.Errorf("her project was located %d times, want once", got)
		}
	})
}

// The quota for locating projects is small. Where it leaves no call, the lists that all share
// locate them as well.
func TestProjectAccess_IsLocatedByTheListsWhereTheQuotaLeavesNoCall(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		all := map[string][]string{}
		for i := range 100 {
			project := fmt.Sprintf("payments-%04d", i)
			g.live["projects/"+project] = nil
			all[project] = []string{folder, org}
		}
		g.live[folder] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		g.indexLive(all)
		c, ctx := g.catalog(org), withBudget(t, quota.New(quota.Options{CallsPerPerson: 1000}), alice)
		for project := range all {
			access, err := c.ProjectAccess(ctx, alice, project)
			if err != nil || len(access.Entitlements) != 1 || access.Entitlements[0].Evidence.Resource != folder {
				t.Fatalf("on %s she has %+v, %v; want her role by the folder", project, access.Entitlements, err)
			}
		}
		if located, searches := g.calls("location"), g.calls("search"); located == 0 || located > 20 || searches == 0 {
			t.Errorf("%d projects were located, and %d searches made", located, searches)
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
