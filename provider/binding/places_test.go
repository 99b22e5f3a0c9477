package binding_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

// The new instance found its members in an identical binding, and the old one then took them away.
func TestAccSelfApprovalBinding_createBeforeDestroy(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	config := c.hcl(block(body("members = [\"user:alice@example.com\"]\nlifecycle {\n  create_before_destroy = true\n}")))
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		Steps: []resource.TestStep{
			{Config: config},
			{
				Taint: []string{address}, Config: config,
				Check: func(*terraform.State) error {
					c.expect(payments, conditional(defaultTitle, "", marker, alice))
					return nil
				},
			},
		},
	})
	c.expect(payments)
}

// Everybody moves to the next resource. Each takes over its neighbour's member, which the neighbour
// lets go before, after or in the same write.
func TestAccSelfApprovalBinding_shiftedCount(t *testing.T) {
	t.Parallel()
	for _, latency := range []time.Duration{0, 30 * time.Millisecond} {
		t.Run(latency.String(), func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.World().AddUser("erin@example.com", "")
			counted := func(people ...string) string {
				return c.hcl(fmt.Sprintf("locals {\n  people = [\"%s\"]\n}\n", strings.Join(people, `", "`)) + named("test", `
  count   = length(local.people)
  project = "payments-prod"
  role    = "roles/compute.osAdminLogin"
  members = ["user:${local.people[count.index]}@example.com"]`))
			}
			c.SetLatency(latency)
			step := func(people ...string) resource.TestStep {
				members := make([]string, len(people))
				for i, who := range people {
					members[i] = "user:" + who + "@example.com"
				}
				return resource.TestStep{Config: counted(people...), Check: func(*terraform.State) error {
					c.expect(payments, conditional(defaultTitle, "", marker, members...))
					return nil
				}}
			}
			accept(t, resource.TestCase{ProtoV6ProviderFactories: c.Providers(), Steps: []resource.TestStep{
				step("alice", "bob", "carol", "dave"),
				step("erin", "alice", "bob", "carol", "dave"),
				step("dave", "carol", "bob", "alice", "erin"),
				step("carol", "bob", "alice", "erin"),
			}})
		})
	}
}

// newOwner is a walk in which one resource has a member and another is to get it.
type newOwner struct {
	*conversation
	before, after config // of the resource that gives the member up
	gains         config // of the one that gets it
	state         *tfprotov6.DynamicValue
}

func newWalk(t *testing.T, c *cloud) newOwner {
	t.Helper()
	w := newOwner{before: but(config{"members": set(alice, bob)}), after: but(config{"members": set(bob)}), gains: but(config{"members": set(alice)})}
	w.state = talk(t, c.Access(administrator)).Create(w.before).NewState
	w.conversation = talk(t, c.Access(administrator))
	return w
}

func TestPlaces_AMemberStaysWithItsNewOwner(t *testing.T) {
	t.Parallel()
	for name, walk := range map[string]func(newOwner) *tfprotov6.DynamicValue{
		"the new owner first": func(w newOwner) *tfprotov6.DynamicValue {
			made := w.Create(w.gains)
			w.Update(w.state, w.after)
			return made.NewState
		},
		"the old owner first": func(w newOwner) *tfprotov6.DynamicValue {
			w.Update(w.state, w.after)
			return w.Create(w.gains).NewState
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			made := walk(newWalk(t, c))
			c.expect(payments, conditional(defaultTitle, "", marker, alice, bob))
			// The next walk knows nothing of it: what a resource owns it removes.
			talk(t, c.Access(administrator)).Delete(made)
			c.expect(payments, conditional(defaultTitle, "", marker, bob))
		})
	}
}

// A resource of the other kind, and one for another role, have other places.
func TestPlaces_AnotherBindingReservesNothing(t *testing.T) {
	t.Parallel()
	for name, gain := range map[string]func(newOwner){
		"the other kind": func(w newOwner) { w.Of(multiPartyType).Create(w.gains) },
		"another role":   func(w newOwner) { w.Create(but(config{"members": set(alice), "role": str("roles/compute.viewer")})) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			w := newWalk(t, c)
			gain(w)
			w.Update(w.state, w.after)
			for _, b := range c.Bindings(payments, role) {
				if b.GetCondition().GetExpression() == marker && len(b.GetMembers()) != 1 {
					t.Errorf("the binding has %v, want only %s", b.GetMembers(), bob)
				}
			}
		})
	}
}

// Where the new owner fails, its error comes with what holds now.
func TestPlaces_AFailedOwnerSaysWhoWasGivenUpForIt(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWalk(t, c)
	w.Update(w.state, w.after)
	c.Inject(refuseWrites)
	failed := w.Create(w.gains)
	says(t, failed.Diagnostics, failure, at("project"), "No longer eligible for roles/compute.osAdminLogin on projects/payments-prod: user:alice@example.com.")
}

// An old owner that fails after the new one has written must not take the member away in the next
// apply.
func TestPlaces_AnOldOwnerThatFailsForgetsWhatItLeft(t *testing.T) {
	t.Parallel()
	t.Run("updated", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		w := newWalk(t, c)
		w.Create(w.gains)
		mend := c.Inject(refuseWrites)
		failed := w.Update(w.state, but(config{"members": set(bob, "user:dave@example.com")}))
		says(t, failed.Diagnostics, failure, at("project"), "Another resource of this apply has the places of these for roles/compute.osAdminLogin on projects/payments-prod: user:alice@example.com.")
		mend()
		silent(t, "the next apply", talk(t, c.Access(administrator)).Update(failed.NewState, w.after).Diagnostics)
		c.expect(payments, conditional(defaultTitle, "", marker, alice, bob))
	})
	t.Run("updated, with nobody else", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		state := talk(t, c.Access(administrator)).Create(valid()).NewState
		w := talk(t, c.Access(administrator))
		w.Create(valid())
		mend := c.Inject(refuseWrites)
		failed := w.Update(state, but(config{"members": set("user:dave@example.com")}))
		says(t, failed.Diagnostics, failure, at("project"), "user:alice@example.com. The state of this one does not name them any more.")
		mend()
		// Terraform keeps the old state where an update that failed returns none, so this one has no
		// members.
		if read := talk(t, c.Access(administrator)).Read(failed.NewState); string(read.NewState.MsgPack) != string(w.Null().MsgPack) || len(read.Diagnostics) > 0 {
			t.Errorf("reading the state of a resource that has nobody left: %s", printed(read.Diagnostics))
		}
		silent(t, "the next apply", talk(t, c.Access(administrator)).Create(but(config{"members": set("user:dave@example.com")})).Diagnostics)
		c.expect(payments, conditional(defaultTitle, "", marker, alice, "user:dave@example.com"))
	})
	t.Run("destroyed", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t)
		state := talk(t, c.Access(administrator)).Create(valid()).NewState
		w := talk(t, c.Access(administrator))
		w.Create(valid())
		c.Inject(func(wire.Call) wire.Fault { return wire.Fault{Kind: wire.Refuse, Status: http.StatusForbidden} })
		deleted := w.Delete(state) // nothing of it is left to remove
		silent(t, "the destroy", deleted.Diagnostics)
		if string(deleted.NewState.MsgPack) != string(w.Null().MsgPack) {
			t.Error("the destroyed resource is in the state")
		}
		c.expect(payments, conditional(defaultTitle, "", marker, alice))
	})
}

// Both fail: the old owner's state has the member, and no other.
func TestPlaces_WhereBothFailNothingHasChanged(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWalk(t, c)
	c.SetLatency(20 * time.Millisecond)
	mend := c.Inject(refuseWrites)
	var made *tfprotov6.ApplyResourceChangeResponse
	var both sync.WaitGroup
	both.Go(func() { made = w.Create(but(config{"members": set(alice, carol)})) })
	both.Go(func() { w.Update(w.state, but(config{"members": set(bob, "user:dave@example.com")})) })
	both.Wait()
	mend()
	if string(made.NewState.MsgPack) != string(w.Null().MsgPack) {
		t.Errorf("the create that failed has a state: %s", printed(made.Diagnostics))
	}
	c.expect(payments, conditional(defaultTitle, "", marker, alice, bob))
}

// refuseWrites is Google's answer to somebody who may read policies and not write them.
func refuseWrites(call wire.Call) wire.Fault {
	if call.Method == "SetIamPolicy" {
		return wire.Fault{Kind: wire.Refuse, Status: http.StatusForbidden}
	}
	return wire.Fault{}
}

func body(more string) string {
	return "  project = \"payments-prod\"\n  role = \"roles/compute.osAdminLogin\"\n  " + more
}
