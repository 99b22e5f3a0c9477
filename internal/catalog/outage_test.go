package catalog_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/catalog"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// Callers know two errors. A look-up that is not waited for any longer is an outage of no service
// by name.
func TestCatalog_WhatIsNotWaitedForIsAnOutage(t *testing.T) {
	wanted := selfApproval(viewer, eligibility.Evidence{})
	for name, ask := range map[string]func(ctx context.Context, c *catalog.Catalog) error{
		"ProjectAccess": func(ctx context.Context, c *catalog.Catalog) error {
			_, err := c.ProjectAccess(ctx, alice, payments)
			return err
		},
		"Overview": func(ctx context.Context, c *catalog.Catalog) error { _, err := c.Overview(ctx, alice); return err },
		"Peers": func(ctx context.Context, c *catalog.Catalog) error {
			_, err := c.Peers(ctx, alice, payments, wanted)
			return err
		},
		"Holdings": func(ctx context.Context, c *catalog.Catalog) error { _, err := c.Holdings(ctx, payments); return err },
		"Confirm": func(ctx context.Context, c *catalog.Catalog) error {
			_, _, err := c.Confirm(ctx, payments, []eligibility.Lookup{{Email: alice, Wanted: []eligibility.Reference{wanted}}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				g := newGoogle()
				g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
				g.indexLive(inOrganization)
				ctx, cancel := context.WithTimeout(t.Context(), latency/2)
				defer cancel()
				err := ask(ctx, g.catalog(org))
				var outage *upstream.Outage
				if !errors.As(err, &outage) || outage.Service != "" || outage.Permission != "" || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want an outage by the deadline", err)
				}
			})
		})
	}
}
