package catalog_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// fakeTitles knows its answers, and asks for each as slowly as google does.
type fakeTitles struct {
	google *google
	kept   map[string]bool
}

func (t fakeTitles) Titles(ctx context.Context, roles []string) map[string]string {
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

func TestProjectAccess_TitlesTakeNoStepBesideGroups(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.groups[oncall] = []string{alice}
		g.live["projects/"+payments] = []eligibility.Binding{
			eligibleFor(viewer, "group:"+oncall), eligibleFor("roles/bobs.own", "user:"+bob),
			activationOf(t, payments, admin, alice, time.Now()), {Role: "roles/without.condition", Members: []string{"user:" + alice}},
		}
		g.indexLive(inOrganization)
		c := g.catalogWithTitles(org, fakeTitles{g, map[string]bool{}})
		var access eligibility.ProjectAccess
		var err error
		if got := steps(func() { access, err = c.ProjectAccess(t.Context(), alice, payments) }); got != 2 || err != nil {
			t.Errorf("took %d steps, %v, want 2: %q", got, err, g.journal)
		}
		want := map[string]string{viewer: "The " + viewer, admin: "The " + admin}
		if diff := cmp.Diff(want, access.Titles); diff != "" {
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
		g.indexLive(inOrganization)
		c := g.catalogWithTitles(org, fakeTitles{g, map[string]bool{}})
		var overview eligibility.Overview
		var err error
		if got := steps(func() { overview, err = c.Overview(t.Context(), alice) }); got != 3 || err != nil {
			t.Errorf("took %d steps, %v, want 3: %q", got, err, g.journal)
		}
		want := map[string]string{viewer: "The " + viewer, admin: "The " + admin}
		if diff := cmp.Diff(want, overview.Projects[0].Titles); diff != "" {
			t.Errorf("titles (-want +got):\n%s", diff)
		}
	})
}

func TestOverview_OfASingleProjectHasTitles(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		overview, err := g.catalogWithTitles("projects/"+payments, fakeTitles{g, map[string]bool{}}).Overview(t.Context(), alice)
		if err != nil || overview.Projects[0].Titles[viewer] != "The "+viewer {
			t.Errorf("got %+v, %v, want the title of %s", overview, err, viewer)
		}
	})
}
