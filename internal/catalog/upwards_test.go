package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/catalog"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

const (
	partners = "team@partner.example"
	gone     = "gone@example.com"
)

// manyGroups are the customer's groups that eligible bindings on payments name, and further
// addresses beside them. Alice is in the group of the partner, and in the first one.
func manyGroups(count int, further ...string) *google {
	g := newGoogle()
	var named []string
	for i := range count {
		named = append(named, fmt.Sprintf("%03d@example.com", i))
	}
	g.customer = slices.Clone(named)
	for i, group := range append(named, further...) {
		g.live["projects/"+payments] = append(g.live["projects/"+payments], eligibleFor(fmt.Sprintf("roles/test.role%03d", i), "group:"+group))
	}
	g.groups["000@example.com"], g.groups[partners] = []string{alice}, []string{alice}
	g.fail["group "+gone] = denied()
	g.indexLive(inOrganization)
	return g
}

// Alice had a role by a group of a partner. When ten more groups were named it was gone, because
// the customer's list of her groups does not know the partner's.
func TestMemberships_TenMoreGroupsTakeNoRoleThatAPartnersGroupGives(t *testing.T) {
	for _, count := range []int{61, 71} {
		t.Run(fmt.Sprintf("%d groups and a partner's", count), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				g := manyGroups(count, partners)
				c := g.catalog(org)
				access, err := c.ProjectAccess(t.Context(), alice, payments)
				want := []string{"roles/test.role000", fmt.Sprintf("roles/test.role%03d", count)}
				if diff := cmp.Diff(want, roles(access.Entitlements)); err != nil || diff != "" {
					t.Errorf("on the project: %v; roles (-want +got):\n%s", err, diff)
				}
				home, err := c.Overview(t.Context(), alice)
				if err != nil || len(home.Projects) != 1 {
					t.Fatalf("home has %d projects, %v; want one", len(home.Projects), err)
				}
				if diff := cmp.Diff(want, roles(home.Projects[0].Entitlements)); diff != "" {
					t.Errorf("at home: roles (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestMemberships_AnUnreadableGroupIsNamedHoweverManyThereAre(t *testing.T) {
	for _, count := range []int{10, 100} {
		t.Run(fmt.Sprintf("%d groups", count), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				c := manyGroups(count, gone).catalog(org)
				access, err := c.ProjectAccess(t.Context(), alice, payments)
				if diff := cmp.Diff([]string{gone}, access.Unreadable); err != nil || diff != "" {
					t.Errorf("on the project: %v; unreadable (-want +got):\n%s", err, diff)
				}
				home, err := c.Overview(t.Context(), alice)
				if diff := cmp.Diff([]string{gone}, home.Unreadable); err != nil || diff != "" {
					t.Errorf("at home: %v; unreadable (-want +got):\n%s", err, diff)
				}
			})
		})
	}
}

// That a group is the customer's is known for an hour; who is in it is asked each time.
func TestMemberships_TheCustomersGroupsAreKnownForAnHourAndMembersNever(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := manyGroups(100, partners)
		c := g.catalog(org)
		start := time.Now()
		for _, want := range []struct {
			after        time.Duration
			lists, steps int
		}{{0, 1, 3}, {59 * time.Minute, 1, 3}, {time.Hour, 2, 3}} {
			<-time.After(time.Until(start.Add(want.after)))
			asked := g.calls("group")
			var access eligibility.ProjectAccess
			var err error
			took := steps(func() { access, err = c.ProjectAccess(t.Context(), alice, payments) })
			if err != nil || len(access.Entitlements) != 2 || took != want.steps || g.calls("customer") != want.lists || g.calls("group") != asked+1 {
				t.Errorf("after %v: %d roles in %d steps with %d lists and %d questions so far, %v; want 2 in %d with %d, and one question more",
					want.after, len(access.Entitlements), took, g.calls("customer"), g.calls("group"), err, want.steps, want.lists)
			}
		}
		g.groups = map[string][]string{}
		if _, err := c.ProjectAccess(t.Context(), alice, payments); err == nil {
			t.Error("alice still has something after she left all groups")
		}
	})
}

// Where it is not known which groups are the customer's, a no of the climb proves nothing.
func TestMemberships_WithoutTheCustomersListEachGroupIsAsked(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := manyGroups(100, partners, gone)
		g.fail["customer 000@example.com"] = denied()
		c := g.catalog(org)
		for page := range 2 {
			access, err := c.ProjectAccess(t.Context(), alice, payments)
			if err != nil || len(access.Entitlements) != 2 || !slices.Equal(access.Unreadable, []string{gone}) {
				t.Errorf("page %d: %d roles, unreadable %v, %v; want 2, and %s", page, len(access.Entitlements), access.Unreadable, err, gone)
			}
			if asked, lists := g.calls("group"), g.calls("customer"); asked != (page+1)*102 || lists != page+1 {
				t.Errorf("page %d: %d questions and %d lists, want 102 and one for each page: an error is not kept", page, asked, lists)
			}
		}
	})
}

// A list of thousands that does not end in time is used as far as it was read, and kept.
func TestMemberships_ALongListOfGroupsIsUsedAsFarAsItWasRead(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := manyGroups(100, partners)
		for i := range 20_000 {
			g.customer = append(g.customer, fmt.Sprintf("more-%05d@example.com", i))
		}
		c := g.catalog(org)
		for page := range 2 {
			start := time.Now()
			access, err := c.ProjectAccess(t.Context(), alice, payments)
			if err != nil || len(access.Entitlements) != 2 || g.calls("group") != page+1 {
				t.Errorf("page %d: %d roles after %d questions, %v; want 2 after one for each page", page, len(access.Entitlements), g.calls("group"), err)
			}
			if most := []time.Duration{6 * time.Second, time.Second}[page]; time.Since(start) > most {
				t.Errorf("page %d took %v, want at most %v", page, time.Since(start), most)
			}
		}
	})
}

// What the climb finds is a member, even if the group is so new that it is not among the
// customer's, or cannot be read.
func TestMemberships_WhatTheClimbFindsIsAMember(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := manyGroups(100, "New@Example.com")
		c := g.catalog(org)
		if _, err := c.ProjectAccess(t.Context(), alice, payments); err != nil {
			t.Fatal(err)
		}
		g.groups["new@example.com"] = []string{alice}
		g.customer = append(g.customer, "new@example.com") // an hour must pass until that is known
		g.fail["group new@example.com"] = denied()
		access, err := c.ProjectAccess(t.Context(), alice, payments)
		if err != nil || len(access.Entitlements) != 2 || len(access.Unreadable) > 0 {
			t.Errorf("%d roles, unreadable %v, %v; want 2 and none", len(access.Entitlements), access.Unreadable, err)
		}
	})
}

// Bindings may name a group in upper case, or by an alias.
func TestMemberships_AnAliasAndUpperCaseAreTheSameGroupUpwards(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := manyGroups(100, "OPS@Example.COM", "operations@example.com", "others-alias@example.com")
		g.customer = append(g.customer, "operations@example.com", "ops@example.com", "others-alias@example.com")
		g.groups["ops@example.com"], g.groups["operations@example.com"] = []string{alice}, []string{alice}
		access, err := g.catalog(org).ProjectAccess(t.Context(), alice, payments)
		want := []string{"roles/test.role000", "roles/test.role100", "roles/test.role101"}
		if diff := cmp.Diff(want, roles(access.Entitlements)); err != nil || diff != "" || g.calls("group") != 0 {
			t.Errorf("%v after %d questions, want none; roles (-want +got):\n%s", err, g.calls("group"), diff)
		}
	})
}

// A small share of the Directory's quota has the groups found upwards sooner.
func TestMemberships_ASmallShareIsSparedByClimbing(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		inFifty(g, 20)
		share := 400
		g.share = func() int { return share }
		c := g.catalog(org)
		for _, want := range []struct{ share, asked, climbs int }{{400, 20, 0}, {60, 20, 2}, {400, 40, 2}} {
			share = want.share
			if _, err := c.ProjectAccess(t.Context(), alice, payments); err != nil {
				t.Fatal(err)
			}
			if asked, climbs := g.calls("group"), g.calls("climb"); asked != want.asked || climbs != want.climbs {
				t.Errorf("with %d calls a minute: %d questions and %d lists so far, want %d and %d", want.share, asked, climbs, want.asked, want.climbs)
			}
		}
	})
}

// The climb that fails leaves nobody without an answer about the partner's group, nor asks it
// twice.
func TestMemberships_AFailedClimbAsksTheRestOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := manyGroups(100, partners)
		g.fail["climb "+alice+" 1"] = errors.New("quota")
		access, err := g.catalog(org).ProjectAccess(t.Context(), alice, payments)
		if err != nil || len(access.Entitlements) != 2 || g.calls("group") != 101 {
			t.Errorf("%d roles after %d questions, %v; want 2 after 101", len(access.Entitlements), g.calls("group"), err)
		}
	})
}

// lateSearch is a Directory whose search by member has not heard that alice left her groups.
type lateSearch struct{ *google }

func (l lateSearch) GroupsOf(context.Context, string) ([]string, error) {
	return []string{"000@example.com"}, nil
}

// Whoever had left a group could activate by it for as long as Google's search was late, where many
// groups were named and the form gave no hint.
func TestConfirm_WhatASearchFindsIsAsked(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		for _, member := range []bool{true, false} {
			g := manyGroups(0)
			for i := range 100 {
				group := fmt.Sprintf("%03d@example.com", i)
				g.customer = append(g.customer, group)
				g.live["projects/"+payments] = append(g.live["projects/"+payments], eligibleFor(viewer, "group:"+group))
			}
			if !member {
				g.groups = nil
			}
			c := catalog.New(catalog.Config{
				Scope: org, Locator: g, Finder: g, Memberships: lateSearch{g},
				Reader: policy.NewReader(g, oneTry), Excerpts: policy.NewExcerpts(g, oneTry),
			})
			wanted := []eligibility.Reference{selfApproval(viewer, eligibility.Evidence{})}
			confirmed, _, err := c.Confirm(t.Context(), payments, []eligibility.Lookup{{Email: alice, Wanted: wanted}})
			if err != nil {
				t.Fatal(err)
			}
			if got := confirmed.People[alice].Groups["000@example.com"] == eligibility.Member; got != member {
				t.Errorf("member %v, by the confirmation %v", member, got)
			}
		}
	})
}
