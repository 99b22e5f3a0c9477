package catalog_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/catalog"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// asAct does something as an act of one person.
func asAct(t *testing.T, l *quota.Limiter, email string, do func(context.Context)) {
	t.Helper()
	b, err := l.Begin(email, quota.Act)
	if err != nil {
		t.Fatal(err)
	}
	do(quota.With(t.Context(), b))
	b.End(false)
}

// hintedGoogle has a role for a group on the folder of a project.
func hintedGoogle() *google {
	g := newGoogle()
	g.groups[sre] = []string{alice}
	g.live["projects/"+payments] = nil
	g.live[folder] = []eligibility.Binding{eligibleFor(viewer, "group:"+sre)}
	g.indexLive(inOrganization)
	return g
}

// Somebody without any entitlement sent forms with ten forged hints each: thousands of calls of the
// Directory and of Resource Manager.
func TestConfirm_AfterThreeWrongHintsThePolicyIsReadBeforeAny(t *testing.T) {
	forged := make([]eligibility.Reference, 10)
	for i := range forged {
		forged[i] = selfApproval(viewer, hintOf(fmt.Sprintf("folders/9%d", i), fmt.Sprintf("forged%d@example.com", i)))
	}
	right := []eligibility.Reference{selfApproval(viewer, hintOf(folder, sre))}
	inBubble(t, func(t *testing.T) {
		g := hintedGoogle()
		c, limiter := g.catalog(org), quota.New(quota.Options{Instances: 1})
		for range 20 {
			asAct(t, limiter, bob, func(ctx context.Context) {
				_, _, _ = c.Confirm(ctx, payments, []eligibility.Lookup{{Email: bob, Wanted: forged}})
			})
		}
		if got := g.calls("group forged") + g.calls("live folders/9"); got != 20 {
			t.Errorf("twenty forms had %d forged groups and folders asked, want 20 of the first alone", got)
		}
		confirm := func(email string) (took int) {
			asAct(t, limiter, email, func(ctx context.Context) {
				took = steps(func() {
					if _, _, err := c.Confirm(ctx, payments, []eligibility.Lookup{{Email: alice, Wanted: right}}); err != nil {
						t.Error(err)
					}
				})
			})
			return took
		}
		if got := confirm(alice); got != 1 {
			t.Errorf("the right hints of somebody else take %d steps, want 1", got)
		}
		if got := confirm(bob); got != 2 {
			t.Errorf("his own right hints take %d steps, want 2", got)
		}
		time.Sleep(10 * time.Minute) // of the bubble
		if got := confirm(bob); got != 1 {
			t.Errorf("ten minutes later they take %d steps, want 1", got)
		}
	})
}

func TestConfirm_RightHintsAreNeverCountedAsWrong(t *testing.T) {
	right := []eligibility.Reference{selfApproval(viewer, hintOf(folder, sre))}
	inBubble(t, func(t *testing.T) {
		g := hintedGoogle()
		c, limiter := g.catalog(org), quota.New(quota.Options{Instances: 1})
		for i := range 10 {
			asAct(t, limiter, alice, func(ctx context.Context) {
				got := steps(func() { _, _, _ = c.Confirm(ctx, payments, []eligibility.Lookup{{Email: alice, Wanted: right}}) })
				if got != 1 {
					t.Fatalf("form %d takes %d steps, want 1", i, got)
				}
			})
		}
	})
}

func TestPeers_AfterThreeWrongHintsThePolicyIsReadBeforeAny(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := hintedGoogle()
		c, limiter := g.catalog(org), quota.New(quota.Options{Instances: 1})
		for i := range 10 {
			wanted := selfApproval(viewer, hintOf(folder, fmt.Sprintf("forged%d@example.com", i)))
			asAct(t, limiter, bob, func(ctx context.Context) { _, _ = c.Peers(ctx, bob, payments, wanted) })
		}
		if got := g.calls("group forged"); got != 3 {
			t.Errorf("%d forged groups were asked, want 3", got)
		}
	})
}

// A call that a limit of the portal held back says nothing about a group or a project.
func TestCatalog_WhatIsHeldBackIsNeitherUnreadableNorNotTheirs(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := hintedGoogle()
		withPeers := eligibleFor(admin, "group:"+sre)
		withPeers.Condition.Expression = eligibility.MultiPartyApproval.Marker()
		g.live[folder] = append(g.live[folder], withPeers)
		g.indexLive(inOrganization)
		peers := eligibility.Reference{Role: admin, Constraint: eligibility.MultiPartyApproval}
		c := g.catalog(org)
		for calls := 1; calls <= 3; calls++ { // that are left before the page
			limiter := quota.New(quota.Options{Instances: 1})
			ctx := withBudget(t, limiter, alice)
			if err := quota.Reserve(ctx, quota.Directory, quota.CallsPerPerson-calls); err != nil {
				t.Fatal(err)
			}
			for name, page := range map[string]func() error{
				"home":    func() error { _, err := c.Overview(ctx, alice); return err },
				"project": func() error { _, err := c.ProjectAccess(ctx, alice, payments); return err },
				"peers":   func() error { _, err := c.Peers(ctx, alice, payments, peers); return err },
				"form": func() error {
					_, _, err := c.Confirm(ctx, payments, []eligibility.Lookup{{Email: alice, Wanted: []eligibility.Reference{selfApproval(viewer, eligibility.Evidence{})}}})
					return err
				},
			} {
				if err := page(); err != nil && upstream.AsThrottled(err) == nil {
					t.Errorf("%s with %d calls left: %v, want nothing or that it is held back", name, calls, err)
				}
			}
		}
	})
}

// Whoever used up all calls but a few was told that a project is not theirs where none has its
// name, and was held back where it names groups.
func TestNotYours_WhoHasFewCallsLeftLearnsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := hintedGoogle()
		for i := range 8 {
			g.live[folder] = append(g.live[folder], eligibleFor(viewer, fmt.Sprintf("group:team%d@example.com", i)))
			g.groups[fmt.Sprintf("team%d@example.com", i)] = []string{alice}
		}
		g.indexLive(inOrganization)
		wanted := eligibility.Reference{Role: viewer, Constraint: eligibility.MultiPartyApproval}
		for left := range 100 {
			for name, page := range map[string]func(context.Context, *catalog.Catalog, string) error{
				"project": func(ctx context.Context, c *catalog.Catalog, project string) error {
					_, err := c.ProjectAccess(ctx, bob, project)
					return err
				},
				"peers": func(ctx context.Context, c *catalog.Catalog, project string) error {
					_, err := c.Peers(ctx, bob, project, wanted)
					return err
				},
			} {
				refusal := func(project string) string {
					limiter := quota.New(quota.Options{Instances: 3})
					ctx := withBudget(t, limiter, bob)
					if err := quota.Reserve(ctx, quota.Directory, 160-left); err != nil {
						t.Fatal(err)
					}
					err := page(ctx, g.catalog(org), project)
					if upstream.AsThrottled(err) != nil {
						return "held back"
					}
					return fmt.Sprint(err)
				}
				if exists, not := refusal(payments), refusal("no-such-project"); exists != not {
					t.Errorf("%s with %d calls left: %s where it exists, %s where not", name, left, exists, not)
				}
			}
		}
	})
}

// Another site can open the form of a request with hints of its own in the address: those were
// asked, and counted against whoever read that site.
func TestPeers_FollowsNoHintOfAnotherSite(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := hintedGoogle()
		c, limiter := g.catalog(org), quota.New(quota.Options{Instances: 1})
		peers := func(p quota.Purpose, hint string) {
			b, err := limiter.Begin(alice, p)
			if err != nil {
				t.Fatal(err)
			}
			wanted := eligibility.Reference{Role: viewer, Constraint: eligibility.MultiPartyApproval, Hint: hintOf(folder, hint)}
			_, _ = c.Peers(quota.With(t.Context(), b), alice, payments, wanted)
			b.End(false)
		}
		for range 5 {
			peers(quota.Foreign, "forged@example.com")
		}
		if got := g.calls("group forged"); got != 0 {
			t.Errorf("the group of a forged hint was asked %d times", got)
		}
		peers(quota.Page, "hers@example.com")
		if got := g.calls("group hers"); got != 1 {
			t.Error("her own hint was not followed")
		}
	})
}
