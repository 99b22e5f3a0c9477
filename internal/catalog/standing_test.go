package catalog_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

func TestLocate_SaysWhereAProjectStandsInOneStep(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		for _, c := range []struct {
			name, scope, project string
			fail                 string
			want                 eligibility.Standing
			locations            int
		}{
			{"inside", org, payments, "", eligibility.InsideScope, 1},
			{"outside", org, "elsewhere", "", eligibility.OutsideScope, 1},
			{"an index that does not answer", org, payments, "location " + payments, eligibility.StandingUnknown, 1},
			{"the only project", "projects/" + payments, payments, "", eligibility.InsideScope, 0},
			{"not the only project", "projects/" + payments, "elsewhere", "", eligibility.OutsideScope, 0},
		} {
			g := newGoogle()
			g.indexLive(inOrganization)
			g.live["projects/"+c.project] = []eligibility.Binding{activationOf(t, c.project, viewer, alice, time.Now())}
			if c.fail != "" {
				g.fail[c.fail] = unavailable()
			}
			catalog := g.catalog(c.scope)
			var got eligibility.Standing
			took := steps(func() {
				standing, read, err := catalog.Locate(t.Context(), c.project)
				if got = standing; err != nil || len(read.Bindings) != 1 {
					t.Errorf("%s: %v, %v, want the policy", c.name, read, err)
				}
			})
			if got != c.want || took != 1 || g.calls("location") != c.locations {
				t.Errorf("%s: standing %d in %d steps with %d look-ups, want %d in one with %d", c.name, got, took, g.calls("location"), c.want, c.locations)
			}
		}
	})
}

func TestLocate_SaysWhyAPolicyCannotBeRead(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.indexLive(inOrganization)
		delete(g.live, "projects/"+payments)
		_, read, err := g.catalog(org).Locate(t.Context(), payments)
		var outage *upstream.Outage
		if !errors.As(err, &outage) || outage.Permission != "resourcemanager.projects.getIamPolicy" || read != nil {
			t.Errorf("%v, %v, want the permission that is missing", read, err)
		}
	})
}

// Whoever ends what they do not have, by guessing projects, takes the index from nobody.
func TestLocate_WhoHasNothingDoesNotUseUpTheIndex(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		projects := map[string][]string{}
		for i := range 100 {
			project := fmt.Sprintf("payments-%04d", i)
			g.live["projects/"+project] = nil
			projects[project] = []string{org}
		}
		g.indexLive(projects)
		c, start := g.catalog(org), time.Now()
		ctx := withBudget(t, quota.New(quota.Options{CallsPerPerson: 1000}), bob)
		for project := range projects {
			if standing, _, err := c.Locate(ctx, project); standing != eligibility.InsideScope || err != nil {
				t.Fatalf("%s: standing %d, %v", project, standing, err)
			}
		}
		if got, most := g.calls("location"), 7+int(time.Since(start)/(9*time.Second))+1; got > most {
			t.Errorf("projects were located %d times, want at most %d, his part of 16", got, most)
		}
	})
}
