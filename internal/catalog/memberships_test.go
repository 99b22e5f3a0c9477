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
)

// crowd answers only when so many wait at the same time.
type crowd struct {
	needed  int64
	waiting atomic.Int64
	open    chan struct{}
}

func (c *crowd) HasMember(ctx context.Context, _, _ string) (bool, error) {
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
		g.settle(inOrganization)
		crowd := &crowd{needed: 64, open: make(chan struct{})}
		c := catalog.New(catalog.Config{
			Scope: org, Index: g, Memberships: crowd,
			Reader: policy.NewReader(g, policy.PortalRetry()),
		})
		standing, err := c.Standing(t.Context(), alice, payments)
		if err != nil {
			t.Fatal(err)
		}
		if len(standing.Entitlements) != 128 {
			t.Errorf("got %d entitlements, want 128", len(standing.Entitlements))
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
		g.settle(inOrganization)
		never := &crowd{needed: 2, open: make(chan struct{})}
		c := catalog.New(catalog.Config{
			Scope: org, Index: g, Memberships: never,
			Reader: policy.NewReader(g, policy.PortalRetry()),
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		standing, err := c.Standing(ctx, alice, payments)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{oncall}, standing.Unreadable); diff != "" {
			t.Errorf("unreadable (-want +got):\n%s", diff)
		}
	})
}

func (c *crowd) ListMembers(context.Context, string) ([]string, error) {
	return nil, errors.New("nobody lists members here")
}
