package catalog_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/catalog"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// slowGroups takes ten steps for each group, as a list of thousands of members does.
type slowGroups struct{ *google }

func (s slowGroups) HasMember(ctx context.Context, group, email string) (bool, error) {
	for range 9 {
		if err := s.call(ctx, "group "+group); err != nil {
			return false, err
		}
	}
	return s.google.HasMember(ctx, group, email)
}

// A project that the index was known not to have was answered at once, and a forged hint that names
// a large group made an existing one take seconds.
func TestNotYours_TheFirstStepIsTheSameForEveryProject(t *testing.T) {
	const nothing, outside = "no-such-project", "somebody-elses"
	forged := eligibility.Reference{Role: viewer, Constraint: eligibility.MultiPartyApproval,
		Hint: eligibility.Evidence{Member: eligibility.Principal{Kind: eligibility.Group, Email: oncall}}}
	for name, c := range map[string]struct {
		steps int
		ask   func(context.Context, *catalog.Catalog, string) error
	}{
		"a page": {1, func(ctx context.Context, c *catalog.Catalog, project string) error {
			_, err := c.ProjectAccess(ctx, bob, project)
			return err
		}},
		"peers with a forged hint": {10, func(ctx context.Context, c *catalog.Catalog, project string) error {
			_, err := c.Peers(ctx, bob, project, forged)
			return err
		}},
		"an activation with a forged hint": {10, func(ctx context.Context, c *catalog.Catalog, project string) error {
			confirmed, _, err := c.Confirm(ctx, project, []eligibility.Lookup{{Email: bob, Wanted: []eligibility.Reference{forged}}})
			if err == nil && len(confirmed.People) == 1 {
				err = upstream.ErrNotYours // the desk finds nothing in it
			}
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				g := newGoogle()
				g.live["projects/"+payments], g.live["projects/"+outside] = nil, nil
				g.indexLive(inOrganization)
				index := catalog.New(catalog.Config{
					Scope: org, Locator: g, Finder: g, Memberships: slowGroups{g},
					Reader: policy.NewReader(g, policy.PortalRetry()), Excerpts: policy.NewExcerpts(g, policy.PortalRetry()),
				})
				for visit := range 2 { // the second time, where the projects stand is known
					for _, project := range []string{nothing, outside, payments} {
						var err error
						took := steps(func() { err = c.ask(t.Context(), index, project) })
						if !errors.Is(err, upstream.ErrNotYours) || took != c.steps {
							t.Errorf("visit %d of %s takes %d steps, %v; want %d", visit, project, took, err, c.steps)
						}
					}
				}
			})
		})
	}
}

// Whoever leaves does not wait for the slow group.
func TestNotYours_WhoLeavesEndsTheFirstStep(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		index := catalog.New(catalog.Config{
			Scope: org, Locator: g, Finder: g, Memberships: slowGroups{g},
			Reader: policy.NewReader(g, policy.PortalRetry()), Excerpts: policy.NewExcerpts(g, policy.PortalRetry()),
		})
		ctx, cancel := context.WithTimeout(t.Context(), 2*latency)
		defer cancel()
		start := time.Now()
		_, err := index.Peers(ctx, bob, payments, eligibility.Reference{Role: viewer,
			Hint: eligibility.Evidence{Member: eligibility.Principal{Kind: eligibility.Group, Email: oncall}}})
		if err == nil || time.Since(start) != 2*latency {
			t.Errorf("%v after %v, want an error after two steps", err, time.Since(start))
		}
	})
}
