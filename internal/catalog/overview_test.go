package catalog_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/catalog"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

func TestOverview_TakesThreeSteps(t *testing.T) {
	for _, count := range []int{1, 50} {
		t.Run(fmt.Sprintf("%d projects", count), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				g := newGoogle()
				where := map[string][]string{"foreign": {org}}
				for i := range count {
					id, group := fmt.Sprintf("project-%02d", i), fmt.Sprintf("%02d@example.com", i)
					g.groups[group] = []string{alice}
					g.live["projects/"+id] = []eligibility.Binding{eligibleFor(viewer, "group:"+group)}
					where[id] = []string{folder, org}
				}
				g.live["projects/foreign"] = []eligibility.Binding{eligibleFor(viewer, "user:"+bob)}
				g.indexLive(where)
				var overview eligibility.Overview
				var err error
				got := steps(func() { overview, err = g.catalog(org).Overview(t.Context(), alice) })
				if err != nil {
					t.Fatal(err)
				}
				if got != 3 {
					t.Errorf("took %d steps, want 3: %q", got, g.journal)
				}
				if len(overview.Projects) != count || g.calls("live") != count || g.calls("live projects/foreign") > 0 {
					t.Errorf("got %d projects after %d live reads, want %d of alice's own",
						len(overview.Projects), g.calls("live"), count)
				}
			})
		})
	}
}

func TestOverview_AFolderGivesEveryProjectBelowIt(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		for _, id := range []string{"below-b", "below-a", "beside"} {
			g.live["projects/"+id] = nil
		}
		g.live[folder] = []eligibility.Binding{eligibleFor(viewer, "group:"+oncall)}
		g.groups[oncall] = []string{alice}
		g.indexLive(map[string][]string{"below-b": {"folders/43", folder, org}, "below-a": {folder, org}, "beside": {org}})
		overview, err := g.catalog(org).Overview(t.Context(), alice)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"below-a", "below-b"}, projects(overview.Projects)); diff != "" {
			t.Errorf("projects (-want +got):\n%s", diff)
		}
	})
}

func TestOverview_BelievesTheLivePolicyOverTheIndex(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		for _, id := range []string{"removed", "changed", "unseen"} {
			g.live["projects/"+id] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		}
		g.live["projects/unseen"] = nil
		g.indexLive(map[string][]string{"removed": {org}, "changed": {org}, "unseen": {org}})
		g.groups[oncall] = []string{alice}
		g.live["projects/removed"] = nil
		g.live["projects/changed"] = []eligibility.Binding{eligibleFor(admin, "group:"+oncall)}
		g.live["projects/unseen"] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		var overview eligibility.Overview
		var err error
		got := steps(func() { overview, err = g.catalog(org).Overview(t.Context(), alice) })
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"changed"}, projects(overview.Projects)); diff != "" {
			t.Fatalf("projects (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{admin}, roles(overview.Projects[0].Entitlements)); diff != "" {
			t.Errorf("roles (-want +got):\n%s", diff)
		}
		if got != 3 { // the index names no group: search, live, the new group
			t.Errorf("took %d steps, want 3: %q", got, g.journal)
		}
	})
}

func TestOverview_AsksANewGroupOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		where := map[string][]string{}
		for _, id := range []string{"project-a", "project-b"} {
			where[id] = []string{org}
			g.live["projects/"+id] = []eligibility.Binding{eligibleFor(viewer, "group:"+oncall)}
		}
		g.groups[oncall], g.groups[sre] = []string{alice}, []string{alice}
		g.indexLive(where)
		for resource := range g.live {
			g.live[resource] = []eligibility.Binding{eligibleFor(admin, "group:"+sre)}
		}
		var overview eligibility.Overview
		var err error
		got := steps(func() { overview, err = g.catalog(org).Overview(t.Context(), alice) })
		if err != nil || len(overview.Projects) != 2 {
			t.Errorf("got %v, %v; want both projects", overview.Projects, err)
		}
		if asked := g.calls("group " + sre); got != 4 || asked != 1 {
			t.Errorf("took %d steps and asked %s %d times, want 4 and once", got, sre, asked)
		}
	})
}

func TestOverview_TheIndexMayNameProjectsByNumber(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		g.search = located("projects/7", eligibleFor(viewer, "user:"+alice))
		g.projects = []catalog.ListedProject{{Project: payments, Number: "7", Ancestors: []string{org}}}
		overview, err := g.catalog(org).Overview(t.Context(), alice)
		if diff := cmp.Diff([]string{payments}, projects(overview.Projects)); diff != "" || err != nil {
			t.Errorf("got %v; projects (-want +got):\n%s", err, diff)
		}
	})
}

func TestOverview_BeyondFiftyTheIndexIsTrusted(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		where := map[string][]string{}
		for i := range 60 {
			id := fmt.Sprintf("project-%02d", i)
			where[id] = []string{org}
			g.live["projects/"+id] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		}
		g.live["projects/project-58"] = append(g.live["projects/project-58"],
			activationOf(t, "project-58", viewer, alice, time.Now()))
		g.live["projects/project-59"] = append(g.live["projects/project-59"],
			activationOf(t, "project-59", viewer, bob, time.Now()))
		g.indexLive(where)
		overview, err := g.catalog(org).Overview(t.Context(), alice)
		if err != nil {
			t.Fatal(err)
		}
		if len(overview.Projects) != 60 || g.calls("live") != 51 {
			t.Errorf("got %d projects after %d live reads, want 60 after 51", len(overview.Projects), g.calls("live"))
		}
		var want []string
		for _, i := range []int{50, 51, 52, 53, 54, 55, 56, 57, 59} {
			want = append(want, fmt.Sprintf("project-%02d", i))
		}
		if diff := cmp.Diff(want, overview.FromIndex); diff != "" {
			t.Errorf("from the index (-want +got):\n%s", diff)
		}
	})
}

func TestOverview_WhatCannotBeReadFailsNoPage(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/readable"] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		g.live["projects/unreadable"] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice), eligibleFor(admin, "group:"+sre)}
		g.indexLive(map[string][]string{"readable": {org}, "unreadable": {org}})
		g.fail["live projects/unreadable"] = unavailable()
		g.fail["group "+sre] = denied()
		overview, err := g.catalog(org).Overview(t.Context(), alice)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"readable", "unreadable"}, projects(overview.Projects)); diff != "" {
			t.Errorf("projects (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"unreadable"}, overview.Unread); diff != "" {
			t.Errorf("unread (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{sre}, overview.Unreadable); diff != "" {
			t.Errorf("unreadable groups (-want +got):\n%s", diff)
		}
		if len(overview.FromIndex) > 0 {
			t.Errorf("from the index: got %q, want none", overview.FromIndex)
		}
	})
}

func TestOverview_ASearchIsSharedByAllUsers(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "group:"+oncall)}
		g.groups[oncall] = []string{alice, bob}
		g.indexLive(inOrganization)
		c := g.catalog(org)
		var people sync.WaitGroup
		for _, person := range []string{alice, bob, alice, bob} {
			people.Go(func() {
				overview, err := c.Overview(t.Context(), person)
				if err != nil || len(overview.Projects) != 1 {
					t.Errorf("%s got %v, %v; want one project", person, overview.Projects, err)
				}
			})
		}
		people.Wait()
		if searches, lists := g.calls("search"), g.calls("projects"); searches != 1 || lists != 1 {
			t.Errorf("searched %d and listed %d times, want once each", searches, lists)
		}
		if got := g.calls("group"); got != 2 {
			t.Errorf("asked for memberships %d times, want once for each person", got)
		}
	})
}

func TestOverview_NobodysHomeIsEmpty(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "user:"+bob)}
		g.indexLive(inOrganization)
		overview, err := g.catalog(org).Overview(t.Context(), alice)
		if diff := cmp.Diff(eligibility.Overview{}, overview); diff != "" || err != nil {
			t.Errorf("got %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestOverview_AScopeOfOneProjectNeedsNoIndex(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "group:"+oncall)}
		g.groups[oncall] = []string{alice}
		c := g.catalog("projects/" + payments)
		overview, err := c.Overview(t.Context(), alice)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{payments}, projects(overview.Projects)); diff != "" {
			t.Errorf("projects (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"live projects/" + payments, "group " + oncall}, g.journal); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		g.fail["live projects/"+payments] = unavailable()
		overview, err = c.Overview(t.Context(), alice)
		if diff := cmp.Diff(eligibility.Overview{Unread: []string{payments}}, overview); diff != "" || err != nil {
			t.Errorf("unreadable: got %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestOverview_WithoutTheIndexThereIsAnOutage(t *testing.T) {
	for _, call := range []string{"search", "projects"} {
		t.Run(call, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				g := newGoogle()
				want := &upstream.Outage{Service: "Cloud Asset Inventory", Resource: org, Err: errors.New("down")}
				g.fail[call] = want
				_, err := g.catalog(org).Overview(t.Context(), alice)
				var outage *upstream.Outage
				if !errors.As(err, &outage) || outage != want {
					t.Errorf("got %v, want %v", err, want)
				}
			})
		})
	}
}
