package binding_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

// theirs are bindings that somebody else's Terraform made, of our member under another text.
func theirs() map[string]*iampb.Binding {
	return map[string]*iampb.Binding{
		"another title":       conditional("Network team", "", marker, alice),
		"another description": conditional(defaultTitle, "by the network team", marker, alice),
		"terms":               conditional(defaultTitle, "", marker+" && has({}.jitAccessTerms)", alice),
	}
}

const theirCommand = "terraform import " + bindingType + ".NAME 'projects/payments-prod roles/compute.osAdminLogin title="

// change plans and applies a change, and returns what both say.
func change(w *conversation, state *tfprotov6.DynamicValue, to config) []*tfprotov6.Diagnostic {
	said := w.Replan(state, to).Diagnostics
	return append(said, w.Update(state, to).Diagnostics...)
}

// Whatever the resource does, it does to its own places: with a refresh before and without.
func TestPlaces_OfOthersUnderAnotherTextAreLeftAlone(t *testing.T) {
	t.Parallel()
	dave := "user:dave@example.com"
	acts := map[string]struct {
		act   func(w *conversation, state *tfprotov6.DynamicValue) []*tfprotov6.Diagnostic
		after []*iampb.Binding // of ours
	}{
		"another title for ours": {func(w *conversation, state *tfprotov6.DynamicValue) []*tfprotov6.Diagnostic {
			return change(w, state, but(config{"members": set(alice, bob), "title": str("Ours")}))
		}, []*iampb.Binding{conditional("Ours", "", marker, alice, bob)}},
		"another member": {func(w *conversation, state *tfprotov6.DynamicValue) []*tfprotov6.Diagnostic {
			return change(w, state, but(config{"members": set(alice, dave)}))
		}, []*iampb.Binding{conditional(defaultTitle, "", marker, alice, dave)}},
		"without her": {func(w *conversation, state *tfprotov6.DynamicValue) []*tfprotov6.Diagnostic {
			return change(w, state, but(config{"members": set(bob)}))
		}, []*iampb.Binding{conditional(defaultTitle, "", marker, bob)}},
		"destroyed": {func(w *conversation, state *tfprotov6.DynamicValue) []*tfprotov6.Diagnostic {
			return w.Delete(state).Diagnostics
		}, nil},
	}
	for there, their := range theirs() {
		for name, test := range acts {
			for _, refreshed := range []bool{true, false} {
				t.Run(there+", "+name, func(t *testing.T) {
					t.Parallel()
					c := newCloud(t)
					state := talk(t, c.Access(administrator)).Create(but(config{"members": set(alice, bob)})).NewState
					c.Grant(payments, their)()
					w := talk(t, c.Access(administrator))
					if refreshed {
						read := w.Read(state)
						remedy := theirCommand
						if there == "terms" {
							remedy = "give it another title by hand"
						}
						says(t, read.Diagnostics, warning, at("members"), remedy)
						if state = read.NewState; !strings.Contains(string(state.MsgPack), defaultTitle) {
							t.Error("the state has their text")
						}
						w = talk(t, c.Access(administrator))
					}
					says(t, test.act(w, state), warning, at("members"), "user:alice@example.com stands under")
					c.expect(payments, append(test.after, their)...)
				})
			}
		}
	}
}

// Both sides plan nothing, and a destroy leaves theirs.
func TestAccPlaces_ofOthersUnderAnotherTextAreNoDrift(t *testing.T) {
	t.Parallel()
	for there, their := range theirs() {
		t.Run(there, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			accept(t, resource.TestCase{
				ProtoV6ProviderFactories: c.Providers(),
				CheckDestroy:             c.holds(payments, their),
				Steps: []resource.TestStep{
					{Config: c.hcl(block(smallest))},
					{PreConfig: c.Grant(payments, their), Config: c.hcl(block(smallest)), PlanOnly: true},
					{ // a replacement is no create: the place that it lets go is put back
						Taint: []string{address}, Config: c.hcl(block(smallest)),
						Check: c.holds(payments, conditional(defaultTitle, "", marker, alice), their),
					},
					{
						Taint: []string{address}, Config: c.hcl(block(smallest + "lifecycle {\n  create_before_destroy = true\n}")),
						Check: c.holds(payments, conditional(defaultTitle, "", marker, alice), their),
					},
					{
						Config: c.hcl(block(smallest + `title = "Ours"`)),
						Check:  c.holds(payments, conditional("Ours", "", marker, alice), their),
					},
				},
			})
		})
	}
}

// A member who is missing under our text is added back, whoever else has her.
func TestPlaces_AMissingMemberIsAddedBackBesideOthers(t *testing.T) {
	t.Parallel()
	for name, there := range map[string][]*iampb.Binding{
		"one of two":                {conditional(defaultTitle, "", marker, bob), conditional("Network team", "", marker, alice)},
		"all, in a binding of more": {conditional("Network team", "", marker, alice, bob, carol)},
		"all, each in another":      {conditional("Network team", "", marker, alice), conditional("Other team", "", marker, bob)},
		"all, and one place left":   {conditional("Network team", "", marker, alice)},
		"all, and ours has others":  {conditional(defaultTitle, "", marker, carol), conditional("Network team", "", marker, alice, bob)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			both := but(config{"members": set(alice, bob)})
			state := talk(t, c.Access(administrator)).Create(both).NewState
			c.Edit(payments, func(p *iampb.Policy) {
				removeRole(p)
				p.Bindings = append(p.Bindings, there...)
			})()
			w := talk(t, c.Access(administrator))
			read := w.Read(state)
			says(t, read.Diagnostics, warning, at("members"), theirCommand)
			planned := w.Replan(read.NewState, both)
			silent(t, "the plan, which says it once", planned.Diagnostics)
			says(t, change(talk(t, c.Access(administrator)), read.NewState, both), warning, at("members"), "Members eligible elsewhere too")
			ours := conditional(defaultTitle, "", marker, alice, bob)
			if there[0].GetCondition().GetTitle() == defaultTitle {
				ours.Members = append(ours.Members, slices.DeleteFunc(slices.Clone(there[0].GetMembers()), func(m string) bool { return m == bob })...)
				there = there[1:]
			}
			c.expect(payments, append(there, ours)...)
		})
	}
}

// A refresh that stays without an apply leaves a state without members, and the next apply is an
// update all the same.
func TestPlaces_AResourceWithoutMembersIsNotCreatedAnew(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	state := talk(t, c.Access(administrator)).Create(valid()).NewState
	their := conditional("Network team", "", marker, alice, bob)
	c.Edit(payments, func(p *iampb.Policy) {
		removeRole(p)
		p.Bindings = append(p.Bindings, their)
	})()
	state = talk(t, c.Access(administrator)).Read(state).NewState
	again := talk(t, c.Access(administrator)).Read(state)
	silent(t, "the second refresh", again.Diagnostics)
	says(t, change(talk(t, c.Access(administrator)), again.NewState, valid()), warning, at("members"), "Members eligible elsewhere too")
	c.expect(payments, their, conditional(defaultTitle, "", marker, alice))
}

// The one exception: a condition that somebody renamed, with a refresh before and without.
func TestPlaces_ARenamedBindingIsDrift(t *testing.T) {
	t.Parallel()
	rename := func(t *testing.T) (*cloud, *tfprotov6.DynamicValue) {
		t.Helper()
		c := newCloud(t)
		state := talk(t, c.Access(administrator)).Create(but(config{"members": set(alice, bob)})).NewState
		c.Edit(payments, func(p *iampb.Policy) {
			removeRole(p)
			p.Bindings = append(p.Bindings, conditional("Renamed", "Why", marker, bob, alice))
		})()
		return c, state
	}
	for _, refreshed := range []bool{true, false} {
		refresh := func(c *cloud, state *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
			if !refreshed {
				return state
			}
			read := talk(t, c.Access(administrator)).Read(state)
			silent(t, "the refresh", read.Diagnostics)
			if !strings.Contains(string(read.NewState.MsgPack), "Renamed") {
				t.Error("the new title is not shown")
			}
			return read.NewState
		}
		c, state := rename(t)
		silent(t, "the update", talk(t, c.Access(administrator)).Update(refresh(c, state), but(config{"members": set(alice, carol)})).Diagnostics)
		c.expect(payments, conditional(defaultTitle, "", marker, alice, carol))
		c, state = rename(t)
		silent(t, "the destroy", talk(t, c.Access(administrator)).Delete(refresh(c, state)).Diagnostics)
		c.expect(payments)
	}
}

// Terms that somebody wrote into our condition are part of the text that the state has from then
// on.
func TestPlaces_AStateOfABindingWithTermsOwnsItsMembersThere(t *testing.T) {
	t.Parallel()
	const trailer = "[jitaccess max=4h]"
	for _, termed := range []struct{ description, expression string }{
		{"", marker + " && has({}.jitAccessTerms)"}, {trailer, marker + " && has({}.jitAccessTerms)"}, {trailer, marker}, {trailer, " " + marker},
	} {
		for name, test := range map[string]struct {
			act   func(w *conversation, state *tfprotov6.DynamicValue)
			after []*iampb.Binding
		}{
			"updated":   {func(w *conversation, state *tfprotov6.DynamicValue) { w.Update(state, valid()) }, []*iampb.Binding{conditional(defaultTitle, "", marker, alice)}},
			"destroyed": {func(w *conversation, state *tfprotov6.DynamicValue) { w.Delete(state) }, nil},
		} {
			c := newCloud(t)
			state := talk(t, c.Access(administrator)).Create(valid()).NewState
			with := func(members ...string) {
				c.Edit(payments, func(p *iampb.Policy) {
					removeRole(p)
					p.Bindings = append(p.Bindings, conditional(defaultTitle, termed.description, termed.expression, members...))
				})()
			}
			with(alice)
			state = talk(t, c.Access(administrator)).Read(state).NewState
			with(alice, carol)
			test.act(talk(t, c.Access(administrator)), state)
			if c.expect(payments, append(test.after, conditional(defaultTitle, termed.description, termed.expression, carol))...); t.Failed() {
				t.Fatalf("%s: %+v", name, termed)
			}
		}
	}
}

// The second half of a replacement puts back what the first let go; a create in another walk is
// refused.
func TestPlaces_AReplacementBesideOthersIsNoCreate(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	state := talk(t, c.Access(administrator)).Create(valid()).NewState
	their := conditional("Network team", "", marker, alice)
	c.Grant(payments, their)()
	w := talk(t, c.Access(administrator))
	says(t, w.Delete(state).Diagnostics, warning, at("members"), theirCommand)
	silent(t, "the create, in the same walk", w.Create(valid()).Diagnostics)
	c.expect(payments, their, conditional(defaultTitle, "", marker, alice))
	talk(t, c.Access(administrator)).Delete(state)
	says(t, talk(t, c.Access(administrator)).Create(valid()).Diagnostics, failure, atMember(alice), "Members eligible elsewhere already")
	c.expect(payments, their)
}

// A destroy whose answer is lost is tried again on a policy in which ours is gone, and what stands
// there looks like ours renamed.
func TestPlaces_ARepeatedDestroyTakesNoTwinForOurs(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	state := talk(t, c.Access(administrator)).Create(valid()).NewState
	their := conditional("Network team", "", marker, alice)
	c.Grant(payments, their)()
	var once sync.Once
	c.Inject(func(call wire.Call) (f wire.Fault) {
		if call.Method == "SetIamPolicy" {
			once.Do(func() { f.Kind = wire.Lose })
		}
		return f
	})
	says(t, talk(t, c.Access(administrator)).Delete(state).Diagnostics, warning, at("members"), "user:alice@example.com stands under")
	c.expect(payments, their)
}

// A create in an identical binding takes the place over, although the member stands elsewhere too.
func TestPlaces_AnIdenticalPlaceIsTakenOverBesideAnother(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	there := []*iampb.Binding{conditional(defaultTitle, "", marker, alice), conditional("Network team", "", marker, alice)}
	c.Grant(payments, there...)()
	w := talk(t, c.Access(administrator))
	if said := w.Plan(valid()).Diagnostics; len(said) != 2 {
		t.Errorf("got %s, want that she is taken over and stands elsewhere too", printed(said))
	}
	says(t, w.Create(valid()).Diagnostics, warning, at("members"), "Members taken over")
	c.expect(payments, there...)
}

// A moved block takes the members out of the binding of the state, and out of no other.
func TestPlaces_OfOthersStayWhenTheKindChanges(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	state := talk(t, c.Access(administrator)).Create(but(config{"members": set(alice, bob)})).NewState
	their := conditional("Network team", "", marker, alice)
	c.Grant(payments, their, conditional(defaultTitle, "", marker, carol))()
	multi := talk(t, c.Access(administrator)).Of(multiPartyType)
	multi.Update(state, but(config{"members": set(alice, bob), "title": str("With a peer")}))
	c.expect(payments, their, conditional(defaultTitle, "", marker, carol), conditional("With a peer", "", multiPartyMarker, alice, bob))
}

func TestPlaces_OfARenamedBindingGoWhenTheKindChanges(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	state := talk(t, c.Access(administrator)).Create(valid()).NewState
	c.Edit(payments, func(p *iampb.Policy) {
		removeRole(p)
		p.Bindings = append(p.Bindings, conditional("Renamed", "", marker, alice))
	})()
	talk(t, c.Access(administrator)).Of(multiPartyType).Update(state, valid())
	c.expect(payments, conditional(defaultTitle, "", multiPartyMarker, alice))
}

// A member whose account was deleted is ours still: an update without it removes what is left.
func TestPlaces_ADeletedAccountGoesWithItsMember(t *testing.T) {
	t.Parallel()
	left, foreign := "deleted:"+bob+"?uid=1", "deleted:user:dave@example.com?uid=2"
	both := but(config{"members": set(alice, bob)})
	for name, test := range map[string]struct {
		act   func(w *conversation, state *tfprotov6.DynamicValue)
		after []string
	}{
		"taken out": {func(w *conversation, state *tfprotov6.DynamicValue) { w.Update(state, valid()) }, []string{alice, foreign}},
		"destroyed": {func(w *conversation, state *tfprotov6.DynamicValue) { w.Delete(state) }, []string{foreign}},
		"made anew": {func(w *conversation, state *tfprotov6.DynamicValue) { w.Update(state, both) }, []string{alice, bob, foreign}},
		"refreshed": {func(*conversation, *tfprotov6.DynamicValue) {}, []string{alice, left, foreign}},
	} {
		for _, refreshed := range []bool{true, false} {
			c := newCloud(t)
			state := talk(t, c.Access(administrator)).Create(both).NewState
			c.Edit(payments, func(p *iampb.Policy) {
				removeRole(p)
				p.Bindings = append(p.Bindings, conditional(defaultTitle, "", marker, alice, left, foreign))
			})()
			if refreshed {
				read := talk(t, c.Access(administrator)).Read(state)
				says(t, read.Diagnostics, warning, at("members"), "as deleted: user:bob@example.com. They are eligible no longer. Remove them from members; the next apply removes what is left")
				if state = read.NewState; !strings.Contains(string(state.MsgPack), left) {
					t.Errorf("%s: the state does not show the deleted account", name)
				}
			}
			test.act(talk(t, c.Access(administrator)), state)
			if c.expect(payments, conditional(defaultTitle, "", marker, test.after...)); t.Failed() {
				t.Fatalf("%s, refreshed: %t", name, refreshed)
			}
		}
	}
}

// An older account of the same name is somebody else's, also when a destroy is tried again after
// its answer was lost.
func TestPlaces_AnOlderDeletedAccountOfAMemberStays(t *testing.T) {
	t.Parallel()
	older := conditional(defaultTitle, "", marker, "deleted:"+alice+"?uid=1")
	for _, lost := range []bool{true, false} {
		c := newCloud(t)
		c.Grant(payments, older)()
		state := talk(t, c.Access(administrator)).Create(valid()).NewState
		c.expect(payments, conditional(defaultTitle, "", marker, "deleted:"+alice+"?uid=1", alice))
		var once sync.Once
		c.Inject(func(call wire.Call) (f wire.Fault) {
			if lost && call.Method == "SetIamPolicy" {
				once.Do(func() { f.Kind = wire.Lose })
			}
			return f
		})
		silent(t, "the destroy", talk(t, c.Access(administrator)).Delete(state).Diagnostics)
		c.expect(payments, older)
	}
}

// Only deleted accounts are left: a destroy removes them.
func TestAccPlaces_ofDeletedAccountsAreDestroyed(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		Steps: []resource.TestStep{
			{Config: c.hcl(block(smallest))},
			{
				PreConfig: c.Edit(payments, func(p *iampb.Policy) {
					removeRole(p)
					p.Bindings = append(p.Bindings, conditional(defaultTitle, "", marker, "deleted:"+alice+"?uid=1"))
				}),
				Config: c.hcl(),
				Check:  func(*terraform.State) error { c.expect(payments); return nil },
			},
		},
	})
}

// The command that was named imported by a title that two bindings had, and was refused.
func TestImport_TheCommandThatIsNamedChoosesOneBinding(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	state := talk(t, c.Access(administrator)).Create(valid()).NewState
	c.Grant(payments, conditional(defaultTitle, "By hand, \"quoted\" ${x}", marker, alice, bob))()
	w := talk(t, c.Access(administrator))
	_, command, _ := strings.Cut(printed(w.Read(state).Diagnostics), "NAME '")
	id, _, _ := strings.Cut(command, "'")
	imported, err := w.Server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: w.Kind, ID: id})
	if err != nil || failed(imported.Diagnostics) {
		t.Fatalf("importing %q: %v, %s", id, err, printed(imported.Diagnostics))
	}
	read := w.Read(imported.ImportedResources[0].State)
	silent(t, "reading "+id, read.Diagnostics)
	w.Delete(read.NewState)
	c.expect(payments, conditional(defaultTitle, "", marker, alice))
}

// A description that the id says is empty is none in the state.
func TestImport_ByAnEmptyDescriptionPlansNothing(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Grant(payments, conditional(defaultTitle, "By hand", marker, bob), conditional(defaultTitle, "", marker, alice))()
	w := talk(t, c.Access(administrator))
	imported, err := w.Server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: w.Kind,
		ID: "projects/payments-prod " + role + ` title="` + defaultTitle + `" description=""`})
	if err != nil {
		t.Fatal(err)
	}
	read := w.Read(imported.ImportedResources[0].State)
	if next := w.Replan(read.NewState, valid()); string(next.PlannedState.MsgPack) != string(read.NewState.MsgPack) {
		t.Errorf("the plan after the import is not empty: %s", printed(append(read.Diagnostics, next.Diagnostics...)))
	}
}

// The plan was clean, and the apply made one of the two and refused the other.
func TestPlaces_TwoNewResourcesUnderTwoTitlesAreRefusedAtPlan(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := talk(t, c.Access(administrator))
	silent(t, "the first", w.Plan(valid()).Diagnostics)
	silent(t, "the same again", w.Plan(valid()).Diagnostics)
	silent(t, "somebody else", w.Plan(but(config{"members": set(bob), "title": str("Other")})).Diagnostics)
	says(t, w.Plan(but(config{"members": set(alice, carol), "title": str("Third")})).Diagnostics, failure, at("members"),
		`user:alice@example.com stands under the title "Eligible for JIT access"`)
	silent(t, "another role", w.Plan(but(config{"role": str("roles/compute.viewer"), "title": str("Other")})).Diagnostics)

	// Both are replaced: they stand there, or this walk let them go.
	first, second := but(config{"title": str("First")}), but(config{"title": str("Second")})
	c.Grant(payments, conditional("First", "", marker, alice), conditional("Second", "", marker, alice))()
	adopt := talk(t, c.Access(administrator))
	states := []*tfprotov6.DynamicValue{adopt.Create(first).NewState, adopt.Create(second).NewState}
	again := talk(t, c.Access(administrator))
	for _, state := range states {
		again.Delete(state)
	}
	for _, replaced := range []config{first, second} {
		if said := again.Create(replaced).Diagnostics; failed(said) {
			t.Errorf("the second half of a replacement: %s", printed(said))
		}
	}
	c.expect(payments, conditional("First", "", marker, alice), conditional("Second", "", marker, alice))
}

// Two resources have alice under two titles, and somebody removes one of the places. The one that
// lost it took the other's for its own, renamed, and removed it.
func TestPlaces_WhatAnotherResourceOwnsIsNotOursRenamed(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	owner := talk(t, c.Access(administrator)).Create(valid()).NewState
	c.Grant(payments, conditional("Second", "", marker, alice))()
	lost := talk(t, c.Access(administrator)).Create(but(config{"title": str("Second")})).NewState
	c.Edit(payments, func(p *iampb.Policy) {
		p.Bindings = slices.DeleteFunc(p.Bindings, func(b *iampb.Binding) bool { return b.GetCondition().GetTitle() == "Second" })
	})()
	next := but(config{"title": str("Second"), "members": set(bob)})

	w := talk(t, c.Access(administrator))
	w.Read(owner)
	read := w.Read(lost).NewState
	if said := talk(t, c.Access(administrator)).Update(read, next).Diagnostics; failed(said) {
		t.Errorf("the update: %s", printed(said))
	}
	c.expect(payments, conditional(defaultTitle, "", marker, alice), conditional("Second", "", marker, bob))
}
