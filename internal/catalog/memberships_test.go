package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/catalog"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// fakeMemberships answers only when so many wait at the same time.
type fakeMemberships struct {
	needed  int64
	waiting atomic.Int64
	open    chan struct{}
}

func (c *fakeMemberships) HasMember(ctx context.Context, _, _ string) (bool, error) {
	if c.waiting.Add(1) == c.needed {
		close(c.open)
	}
	select {
	case <-c.open:
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

func TestMemberships_SixtyFourAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		for i := range 64 {
			role, group := fmt.Sprintf("roles/test.role%02d", i), fmt.Sprintf("group:%02d@example.com", i)
			g.live["projects/"+payments] = append(g.live["projects/"+payments],
				eligibleFor(role, group), eligibleFor(role+"more", group))
		}
		g.indexLive(inOrganization)
		crowd := &fakeMemberships{needed: 64, open: make(chan struct{})}
		c := catalog.New(catalog.Config{
			Scope: org, Locator: g, Finder: g, Memberships: crowd,
			Reader: policy.NewReader(g, policy.PortalRetry()), Excerpts: policy.NewExcerpts(g, policy.PortalRetry()),
		})
		access, err := c.ProjectAccess(t.Context(), alice, payments)
		if err != nil {
			t.Fatal(err)
		}
		if len(access.Entitlements) != 128 {
			t.Errorf("got %d entitlements, want 128", len(access.Entitlements))
		}
		if got := crowd.waiting.Load(); got != 64 {
			t.Errorf("asked %d times for 64 groups, want each once", got)
		}
	})
}

func TestMemberships_AGroupThatHangsTakesNobodyWithIt(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice, "group:"+oncall)}
		g.indexLive(inOrganization)
		never := &fakeMemberships{needed: 2, open: make(chan struct{})}
		c := catalog.New(catalog.Config{
			Scope: org, Locator: g, Finder: g, Memberships: never,
			Reader: policy.NewReader(g, policy.PortalRetry()), Excerpts: policy.NewExcerpts(g, policy.PortalRetry()),
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		access, err := c.ProjectAccess(ctx, alice, payments)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{oncall}, access.Unreadable); diff != "" {
			t.Errorf("unreadable (-want +got):\n%s", diff)
		}
	})
}

func (c *fakeMemberships) ListMembers(context.Context, string) ([]string, error) {
	return nil, errors.New("nobody lists members here")
}

func (c *fakeMemberships) GroupsOf(context.Context, string) ([]string, error) {
	return nil, errors.New("nobody climbs here")
}

func (c *fakeMemberships) CustomerGroups(context.Context) ([]string, error) {
	return nil, errors.New("nobody lists groups here")
}

// inFifty are eligible bindings for so many groups, of which alice is in every fiftieth.
func inFifty(g *google, groups int) {
	for i := range groups {
		group := fmt.Sprintf("%03d@example.com", i)
		g.live["projects/"+payments] = append(g.live["projects/"+payments], eligibleFor(fmt.Sprintf("roles/test.role%03d", i), "group:"+group))
		g.customer = append(g.customer, group)
		if i%50 == 0 {
			g.groups[group] = []string{alice}
		}
	}
	g.indexLive(inOrganization)
}

// The Directory's quota is shared by all: hundreds of groups are not asked for each page.
func TestMemberships_ManyGroupsAreFoundFromThePersonUpwards(t *testing.T) {
	for _, c := range []struct{ groups, climbs, asked, entitled, steps int }{
		{64, 0, 64, 2, 2}, {65, 2, 0, 2, 3}, {500, 2, 0, 10, 3},
	} {
		t.Run(fmt.Sprintf("%d groups", c.groups), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				g := newGoogle()
				inFifty(g, c.groups)
				var access eligibility.ProjectAccess
				warm := g.catalog(org)
				if _, err := warm.ProjectAccess(t.Context(), bob, payments); !errors.Is(err, upstream.ErrNotYours) { // which groups are the customer's is known now
					t.Fatal(err)
				}
				others := g.calls("group")
				var err error
				took := steps(func() { access, err = warm.ProjectAccess(t.Context(), alice, payments) })
				if err != nil {
					t.Fatal(err)
				}
				if got := len(access.Entitlements); got != c.entitled || len(access.Unreadable) > 0 {
					t.Errorf("got %d entitlements, and %v could not be read; want %d", got, access.Unreadable, c.entitled)
				}
				if climbs, asked := g.calls("climb "+alice), g.calls("group")-others; climbs != c.climbs || asked != c.asked || took != c.steps {
					t.Errorf("%d lists of groups and %d questions in %d steps, want %d, %d and %d", climbs, asked, took, c.climbs, c.asked, c.steps)
				}
			})
		})
	}
}

// Where the Directory does not say all of somebody's groups, none of them counts as known.
func TestMemberships_WithoutAWholeClimbEachGroupIsAsked(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		inFifty(g, 100)
		g.fail["climb "+alice+" 1"] = errors.New("quota")
		access, err := g.catalog(org).ProjectAccess(t.Context(), alice, payments)
		if err != nil || len(access.Entitlements) != 2 || g.calls("group") != 100 {
			t.Errorf("got %d entitlements after %d questions, %v; want 2 after 100", len(access.Entitlements), g.calls("group"), err)
		}
	})
}
