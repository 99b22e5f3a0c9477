package catalog_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// Pages share what is asked for at the same time; who acts asks alone, and gets the whole policy to
// write on.
func TestJoined_PagesShareCallsAndActsShareNone(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		others := eligibility.Binding{Role: viewer, Members: []string{"user:" + bob}}
		g.live["projects/"+payments] = []eligibility.Binding{others, eligibleFor(admin, "group:"+oncall)}
		g.groups[oncall] = []string{alice}
		g.indexLive(inOrganization)
		c := g.catalog(org)
		wanted := eligibility.Reference{Role: admin, Constraint: eligibility.SelfApproval}
		var all sync.WaitGroup
		const pages, acts = 20, 3
		for range pages {
			all.Go(func() {
				if access, err := c.ProjectAccess(t.Context(), alice, payments); err != nil || len(access.Entitlements) != 1 {
					t.Errorf("a page: %+v, %v", access, err)
				}
			})
		}
		synctest.Wait()
		for range acts {
			all.Go(func() {
				confirmed, err := confirm(t, c, alice, payments, []eligibility.Reference{wanted})
				if err != nil || confirmed.Person.Groups[oncall] != eligibility.Member || len(confirmed.Read.Bindings) != 2 {
					t.Errorf("an act: %+v, %v", confirmed, err)
				}
			})
		}
		all.Wait()
		if n := g.calls("live "); n != 2+acts {
			t.Errorf("the policy was read %d times, want 2 for the pages and one for each act", n)
		}
		if n := g.calls("group "); n != 1+acts {
			t.Errorf("the membership was asked for %d times, want once for the pages and once for each act", n)
		}
	})
}

// Memberships are never kept from one request to the next.
func TestJoined_NoMembershipIsKept(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(admin, "group:"+oncall)}
		g.indexLive(inOrganization)
		c := g.catalog(org)
		var offered []int
		for _, members := range [][]string{{alice}, nil, {alice}} {
			g.groups[oncall] = members
			access, _ := c.ProjectAccess(t.Context(), alice, payments)
			offered = append(offered, len(access.Entitlements))
		}
		if !slices.Equal(offered, []int{1, 0, 1}) {
			t.Errorf("offered %v, want what the group said each time", offered)
		}
	})
}
