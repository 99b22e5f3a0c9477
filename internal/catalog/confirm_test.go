package catalog_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// confirmedRoles are the roles that a confirmation entitles to, on its own read.
func confirmedRoles(c confirmation) []string {
	bindings := located("projects/"+payments, policy.BindingsOf(c.Read)...)
	bindings = append(bindings, c.Ancestors...)
	return roles(eligibility.Entitlements("projects/"+payments, bindings, c.Person, c.At))
}

func selfApproval(role string, hint eligibility.Evidence) eligibility.Reference {
	return eligibility.Reference{Role: role, Constraint: eligibility.SelfApproval, Hint: hint}
}

func hintOf(resource, group string) eligibility.Evidence {
	hint := eligibility.Evidence{Resource: resource}
	if group != "" {
		hint.Member = eligibility.Principal{Kind: eligibility.Group, Email: group}
	}
	return hint
}

func TestConfirm_StepsDependOnTheHintsAlone(t *testing.T) {
	const ofProject, ofFolder, ofUser = "roles/test.ofProject", "roles/test.ofFolder", "roles/test.ofUser"
	right := []eligibility.Reference{
		selfApproval(ofProject, hintOf("projects/"+payments, oncall)),
		selfApproval(ofFolder, hintOf(folder, sre)),
		selfApproval(ofUser, hintOf("projects/"+payments, "")),
	}
	cases := map[string]struct {
		wanted []eligibility.Reference
		want   int
	}{
		"right hints":                    {right, 1},
		"right hint of a user":           {right[2:], 1},
		"a user needs no hint":           {[]eligibility.Reference{selfApproval(ofUser, eligibility.Evidence{})}, 1},
		"no hint of a group":             {[]eligibility.Reference{selfApproval(ofProject, eligibility.Evidence{})}, 2},
		"the wrong group":                {[]eligibility.Reference{selfApproval(ofProject, hintOf("projects/"+payments, sre))}, 2},
		"the group but not the folder":   {[]eligibility.Reference{selfApproval(ofFolder, hintOf("", sre))}, 2},
		"the folder but not the group":   {[]eligibility.Reference{selfApproval(ofFolder, hintOf(folder, ""))}, 2},
		"nonsense":                       {[]eligibility.Reference{selfApproval(ofFolder, hintOf("folders/../x", "nobody@example.com"))}, 2},
		"all of them and one without it": {append(right[:2:2], selfApproval(ofUser, eligibility.Evidence{})), 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				g := newGoogle()
				g.groups[oncall], g.groups[sre] = []string{alice}, []string{alice}
				g.live["projects/"+payments] = []eligibility.Binding{
					eligibleFor(ofProject, "group:"+oncall), eligibleFor(ofUser, "user:"+alice),
					eligibleFor("roles/test.unwanted", "group:unwanted@example.com"),
				}
				g.live[folder] = []eligibility.Binding{eligibleFor(ofFolder, "group:"+sre)}
				g.indexLive(inOrganization)
				var confirmed confirmation
				var err error
				got := steps(func() { confirmed, err = confirm(t, g.catalog(org), alice, payments, c.wanted) })
				if err != nil {
					t.Fatal(err)
				}
				if got != c.want {
					t.Errorf("took %d steps, want %d: %q", got, c.want, g.journal)
				}
				found := map[string]bool{}
				for _, role := range confirmedRoles(confirmed) {
					found[role] = true
				}
				for _, w := range c.wanted {
					if !found[w.Role] {
						t.Errorf("%s is not confirmed; found %v", w.Role, found)
					}
				}
				if n := g.calls("group unwanted"); n > 0 {
					t.Error("asked a group that only an unwanted role names")
				}
			})
		})
	}
}

func TestConfirm_BelievesGoogleAlone(t *testing.T) {
	cases := map[string]struct {
		hint    eligibility.Evidence
		prepare func(*google)
	}{
		"a group that she is not in": {hintOf("projects/"+payments, oncall), func(g *google) { g.groups[oncall] = nil }},
		"her group, which is not named": {hintOf("projects/"+payments, sre), func(g *google) {
			g.groups[oncall], g.groups[sre] = nil, []string{alice}
		}},
		"an ancestor that is none": {hintOf("folders/666", ""), func(g *google) {
			g.groups[oncall] = nil
			g.live["folders/666"] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		}},
		"a binding just removed from the project": {hintOf("projects/"+payments, oncall), func(g *google) {
			g.live["projects/"+payments] = nil
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				g := newGoogle()
				g.groups[oncall] = []string{alice}
				g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "group:"+oncall)}
				g.indexLive(inOrganization)
				c.prepare(g)
				confirmed, err := confirm(t, g.catalog(org), alice, payments,
					[]eligibility.Reference{selfApproval(viewer, c.hint)})
				if err != nil {
					t.Fatal(err)
				}
				if got := confirmedRoles(confirmed); len(got) > 0 {
					t.Errorf("confirmed %v by a hint", got)
				}
			})
		})
	}
}

func TestConfirm_ABindingJustGrantedWorks(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.groups[oncall] = []string{alice}
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "user:"+bob)}
		g.indexLive(inOrganization)
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "group:"+oncall)}
		confirmed, err := confirm(t, g.catalog(org), alice, payments,
			[]eligibility.Reference{selfApproval(viewer, hintOf("projects/"+payments, oncall))})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{viewer}, confirmedRoles(confirmed)); diff != "" {
			t.Errorf("roles (-want +got):\n%s", diff)
		}
	})
}

func TestConfirm_AncestorsAreReadLiveWhereTheyMayBe(t *testing.T) {
	cases := []struct {
		name    string
		hint    eligibility.Evidence
		prepare func(*google)
		want    []string
	}{
		{"removed a moment ago", hintOf(folder, ""), func(g *google) { g.live[folder] = nil }, nil},
		{"removed, and not hinted at", hintOf("", ""), func(g *google) { g.live[folder] = nil }, nil},
		{"denied", hintOf(folder, ""), func(g *google) { delete(g.live, folder) }, []string{viewer}},
		{"as the index says", hintOf(folder, ""), func(*google) {}, []string{viewer}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				g := newGoogle()
				g.live["projects/"+payments] = nil
				g.live[folder] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
				g.indexLive(inOrganization)
				c.prepare(g)
				confirmed, err := confirm(t, g.catalog(org), alice, payments,
					[]eligibility.Reference{selfApproval(viewer, c.hint)})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, confirmedRoles(confirmed)); diff != "" {
					t.Errorf("roles (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestConfirm_AnAncestorThatNamesANewGroupIsFollowed(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.groups[sre] = []string{alice}
		g.live["projects/"+payments] = nil
		g.live[folder] = []eligibility.Binding{eligibleFor(viewer, "group:"+oncall)}
		g.indexLive(inOrganization)
		g.live[folder] = []eligibility.Binding{eligibleFor(viewer, "group:"+sre)}
		confirmed, err := confirm(t, g.catalog(org), alice, payments,
			[]eligibility.Reference{selfApproval(viewer, eligibility.Evidence{})})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{viewer}, confirmedRoles(confirmed)); diff != "" {
			t.Errorf("roles (-want +got):\n%s", diff)
		}
	})
}

func TestConfirm_WhatCannotBeReadConfirmsNothing(t *testing.T) {
	cases := []struct {
		name, person, fails string
		notYours            bool
	}{
		{"her project", alice, "live projects/" + payments, false},
		{"a project that is not hers", bob, "live projects/" + payments, true},
		{"a folder above her project", alice, "live " + folder, false},
		{"a folder above a project that is not hers", bob, "live " + folder, true},
		{"the index", bob, "location " + payments, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				g := newGoogle()
				g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(admin, "user:"+alice)}
				g.live[folder] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
				g.indexLive(inOrganization)
				g.fail[c.fails] = unavailable()
				_, err := confirm(t, g.catalog(org), c.person, payments, []eligibility.Reference{
					selfApproval(admin, hintOf("projects/"+payments, "")), selfApproval(viewer, hintOf(folder, "")),
				})
				if got := errors.Is(err, upstream.ErrNotYours); err == nil || got != c.notYours {
					t.Errorf("got %v; not theirs: want %v", err, c.notYours)
				}
			})
		})
	}
}

func TestConfirm_OutsideTheScopeIsNotYours(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		_, err := confirm(t, g.catalog(org), alice, payments,
			[]eligibility.Reference{selfApproval(viewer, hintOf(folder, oncall))})
		if !errors.Is(err, upstream.ErrNotYours) {
			t.Errorf("got %v, want ErrNotYours", err)
		}
	})
}

func TestConfirm_HintsAreBoundedAndFollowedOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = nil
		g.indexLive(inOrganization)
		var wanted []eligibility.Reference
		for i := range 1000 {
			number := i / 2
			wanted = append(wanted, selfApproval(viewer,
				hintOf(fmt.Sprintf("folders/%d", number), fmt.Sprintf("group%d@example.com", number))))
		}
		if _, err := confirm(t, g.catalog(org), alice, payments, wanted); err != nil {
			t.Fatal(err)
		}
		if folders, groups := g.calls("live folders/"), g.calls("group "); folders != 10 || groups != 10 {
			t.Errorf("read %d folders and asked %d groups, want 10 and 10", folders, groups)
		}
	})
}

func TestConfirm_HintsThatNameNothingAreNotFollowed(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = nil
		g.indexLive(inOrganization)
		var wanted []eligibility.Reference
		for _, resource := range []string{"folders/x", "folders/1/../2", "organizations/", "projects/other", "folders/1?x=y"} {
			wanted = append(wanted, selfApproval(viewer, hintOf(resource, "not an address")))
		}
		if _, err := confirm(t, g.catalog(org), alice, payments, wanted); err != nil {
			t.Fatal(err)
		}
		if got := len(g.journal); got != 2 {
			t.Errorf("made %d calls, want the policy and the location: %q", got, g.journal)
		}
	})
}

func TestConfirm_InAScopeOfOneProjectAncestorsAreNotRead(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		g.live[folder] = []eligibility.Binding{eligibleFor(admin, "user:"+alice)}
		confirmed, err := confirm(t, g.catalog("projects/"+payments), alice, payments, []eligibility.Reference{
			selfApproval(viewer, hintOf("projects/"+payments, "")), selfApproval(admin, hintOf(folder, "")),
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{viewer}, confirmedRoles(confirmed)); diff != "" {
			t.Errorf("roles (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"live projects/" + payments}, g.journal); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

func TestConfirm_IsAsOldAsItsFirstCall(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "group:"+oncall)}
		g.indexLive(inOrganization)
		start := time.Now()
		confirmed, err := confirm(t, g.catalog(org), alice, payments,
			[]eligibility.Reference{selfApproval(viewer, eligibility.Evidence{})})
		if err != nil {
			t.Fatal(err)
		}
		if !confirmed.At.Equal(start) {
			t.Errorf("dated %v after its start, want 0", confirmed.At.Sub(start))
		}
		if confirmed.Person.Groups[oncall] != eligibility.NotMember || confirmed.Person.Email != alice {
			t.Errorf("got %+v, want alice, not a member of %s", confirmed.Person, oncall)
		}
	})
}

// Whoever is eligible by a binding of their own was asked no further: that their group's holds was
// not known to the approval that it was asked for under.
func TestConfirm_LooksForTheBindingThatIsNamed(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.groups[sre] = []string{alice}
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		g.live[folder] = []eligibility.Binding{eligibleFor(viewer, "group:"+sre)}
		g.indexLive(inOrganization)
		of := located(folder, g.live[folder]...)[0]
		said, _, _ := eligibility.ReadEligible(*of.Binding.Condition)
		digest := eligibility.EvidenceOf(of, said, eligibility.Principal{Kind: eligibility.Group, Email: sre}).Digest
		confirmed, err := confirm(t, g.catalog(org), alice, payments, []eligibility.Reference{selfApproval(viewer, eligibility.Evidence{Digest: digest})})
		if err != nil || confirmed.Person.Groups[sre] != eligibility.Member || g.calls("live "+folder) != 1 {
			t.Errorf("confirmed %+v, %v with %q; want her group asked and the folder read", confirmed.Person, err, g.journal)
		}
	})
}
