package catalog_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

func TestTitles_TellsWhatRolesAreCalledAndKeepsIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, roles := described(t, emulator.Options{Latency: latency})
		names := []string{
			admin, secretAccessor, "roles/compute.unheardOf", "projects/payments-prod/roles/operator", "no role",
		}
		want := map[string]string{admin: "Compute Admin", secretAccessor: "Secret Manager Secret Accessor"}
		start := time.Now()
		for range 2 {
			if diff := cmp.Diff(want, roles.Titles(t.Context(), names)); diff != "" {
				t.Errorf("titles (-want +got):\n%s", diff)
			}
		}
		if took, calls := time.Since(start), asked(e); took != latency || calls != 4 {
			t.Errorf("took %v and %d calls, want %v and 4: side by side, and what has no title is kept, too", took, calls, latency)
		}
		for _, c := range e.Journal().Calls() {
			if c.Method != "GetRole" {
				t.Errorf("called %s, want GetRole", c.Method)
			}
		}
	})
}

func TestTitles_APageWaitsASecondAndTheNextOnesNotAtAll(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]wire.Fault{"hangs": {Kind: wire.Hang}, "is out": {Kind: wire.Refuse, Status: http.StatusServiceUnavailable}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e, roles := described(t, emulator.Options{})
				recover := e.Inject(func(wire.Call) wire.Fault { return fault })
				took := func(want time.Duration) {
					t.Helper()
					start := time.Now()
					if found := roles.Titles(t.Context(), []string{admin}); len(found) != 0 || time.Since(start) > want {
						t.Errorf("got %v after %v, want nothing after at most %v", found, time.Since(start), want)
					}
				}
				took(time.Second)
				before := asked(e)
				took(0)
				if asked(e) != before {
					t.Error("IAM was asked again, a moment after it did not answer")
				}
				recover()
				<-time.After(time.Minute)
				if got := roles.Titles(t.Context(), []string{admin}); got[admin] != "Compute Admin" {
					t.Errorf("a minute later: %v, want Compute Admin", got)
				}
			})
		})
	}
}

func TestTitles_WhoLeavesStopsNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, roles := described(t, emulator.Options{Latency: latency})
		gone, leave := context.WithCancel(t.Context())
		leave()
		roles.Titles(gone, []string{admin})
		if got := roles.Titles(t.Context(), []string{admin}); got[admin] != "Compute Admin" {
			t.Errorf("got %v, want Compute Admin", got)
		}
	})
}

// titler knows its answers, and asks for each as slowly as google does.
type titler struct {
	google *google
	kept   map[string]bool
}

func (t titler) Titles(ctx context.Context, roles []string) map[string]string {
	found, news := map[string]string{}, false
	for _, role := range roles {
		found[role], news = "The "+role, news || !t.kept[role]
		t.kept[role] = true
	}
	if news {
		_ = t.google.call(ctx, "titles "+strings.Join(roles, " "))
	}
	return found
}

func TestStanding_TitlesTakeNoStepBesideGroups(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.groups[oncall] = []string{alice}
		g.live["projects/"+payments] = []eligibility.Binding{
			eligibleFor(viewer, "group:"+oncall), eligibleFor("roles/bobs.own", "user:"+bob),
			activationOf(t, payments, admin, alice, time.Now()), {Role: "roles/without.condition", Members: []string{"user:" + alice}},
		}
		g.settle(inOrganization)
		c := g.titled(org, titler{g, map[string]bool{}})
		var standing eligibility.Standing
		var err error
		if got := steps(func() { standing, err = c.Standing(t.Context(), alice, payments) }); got != 2 || err != nil {
			t.Errorf("took %d steps, %v, want 2: %q", got, err, g.journal)
		}
		want := map[string]string{viewer: "The " + viewer, admin: "The " + admin}
		if diff := cmp.Diff(want, standing.Titles); diff != "" {
			t.Errorf("titles, of what may be alice's alone (-want +got):\n%s", diff)
		}
	})
}

func TestOverview_TitlesTakeNoStepBesidePolicies(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.groups[oncall] = []string{alice}
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "group:"+oncall)}
		g.live[folder] = []eligibility.Binding{eligibleFor(admin, "user:"+alice)}
		g.settle(inOrganization)
		c := g.titled(org, titler{g, map[string]bool{}})
		var overview eligibility.Overview
		var err error
		if got := steps(func() { overview, err = c.Overview(t.Context(), alice) }); got != 3 || err != nil {
			t.Errorf("took %d steps, %v, want 3: %q", got, err, g.journal)
		}
		want := map[string]string{viewer: "The " + viewer, admin: "The " + admin}
		if diff := cmp.Diff(want, overview.Standings[0].Titles); diff != "" {
			t.Errorf("titles (-want +got):\n%s", diff)
		}
	})
}

func TestOverview_OfASingleProjectHasTitles(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		overview, err := g.titled("projects/"+payments, titler{g, map[string]bool{}}).Overview(t.Context(), alice)
		if err != nil || overview.Standings[0].Titles[viewer] != "The "+viewer {
			t.Errorf("got %+v, %v, want the title of %s", overview, err, viewer)
		}
	})
}
