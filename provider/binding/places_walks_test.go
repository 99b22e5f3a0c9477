package binding_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

const (
	walksVariable    = "JITACCESS_PLACES_WALKS" // how many sequences
	dave             = "user:dave@example.com"
	stepsOfWalks     = 4
	resourcesOfWalks = 4
	triesOfWalks     = 200 // to find a configuration that nothing refuses
)

// Four resources of one key change texts and members, are made, destroyed and replaced in one walk
// at any parallelism, and an answer may be lost. After it the policy has the places that the
// configuration names and those of others, and the plan is empty.
func TestPlaces_AnyWalkLeadsToItsConfiguration(t *testing.T) {
	t.Parallel()
	first, count := number(t, seedVariable, 1), number(t, walksVariable, 40)
	const groups = 4
	for group := range groups {
		t.Run(fmt.Sprint(group), func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			for i := group; i < count && !t.Failed(); i += groups {
				playWalks(t, c, uint64(first+i))
			}
		})
	}
}

// walks are the walks over one configuration, one after another.
type walks struct {
	*testing.T
	*rand.Rand
	*cloud
	done   []string // for who reads of a failure
	states [resourcesOfWalks]*tfprotov6.DynamicValue
	owners [resourcesOfWalks]*owner
}

func playWalks(t *testing.T, c *cloud, seed uint64) {
	t.Helper()
	c.Edit(payments, removeRole)()
	c.Grant(payments, conditional("A", "", marker, dave))()
	w := &walks{T: t, Rand: rand.New(rand.NewPCG(seed, 1)), cloud: c}
	for range stepsOfWalks {
		w.walk(w.configuration())
		if t.Failed() {
			t.Fatalf("%s=%d %s=1 repeats it:\n  %s", seedVariable, seed, walksVariable, strings.Join(w.done, "\n  "))
		}
	}
}

// configuration is one that has no place twice and that no plan refuses.
func (w *walks) configuration() [resourcesOfWalks]*owner {
	for range triesOfWalks {
		var next [resourcesOfWalks]*owner
		for i := range next {
			if w.IntN(4) > 0 {
				next[i] = anyOwner(w.Rand)
			}
		}
		if w.possible(next) {
			return next
		}
	}
	return w.owners
}

// possible tells whether a configuration can be applied in peace. A create beside members' other
// places is refused, and two owners of one place are promised no peace.
func (w *walks) possible(next [resourcesOfWalks]*owner) bool {
	now, then := placesOf(w.owners), placesOf(next)
	for i, o := range next {
		if o == nil {
			continue
		}
		for _, who := range o.members {
			if len(then[o.text][who]) > 1 {
				return false
			}
			if w.owners[i] == nil && elsewhere(o.text, who, now, then) {
				return false
			}
		}
	}
	return true
}

// elsewhere tells whether a member stands, or is to stand, under other texts.
func elsewhere(but text, who string, all ...map[text]map[string][]int) bool {
	return slices.ContainsFunc(all, func(places map[text]map[string][]int) bool {
		return slices.ContainsFunc(texts, func(t text) bool { return t != but && len(places[t][who]) > 0 })
	})
}

// placesOf are the owners of each place.
func placesOf(owners [resourcesOfWalks]*owner) map[text]map[string][]int {
	all := map[text]map[string][]int{}
	for i, o := range owners {
		if o == nil {
			continue
		}
		if all[o.text] == nil {
			all[o.text] = map[string][]int{}
		}
		for _, who := range o.members {
			all[o.text][who] = append(all[o.text][who], i)
		}
	}
	return all
}

// walk is one apply, with the plan before it.
func (w *walks) walk(next [resourcesOfWalks]*owner) {
	w.Helper()
	plan, apply := talk(w.T, w.Access(administrator)), talk(w.T, w.Access(administrator))
	var states [resourcesOfWalks]*tfprotov6.DynamicValue
	var steps []func()
	for i, want := range next {
		replaceable := want != nil && !slices.ContainsFunc(want.members, func(who string) bool {
			return elsewhere(want.text, who, placesOf(w.owners), placesOf(next))
		})
		state := w.states[i]
		switch {
		case state == nil && want == nil:
		case want == nil:
			w.say("%d is destroyed: %v", i, w.owners[i])
			steps = append(steps, func() { w.succeeds(apply.Delete(state)) })
		case state == nil:
			w.say("%d is created: %v", i, want)
			steps = append(steps, func() { states[i] = w.succeeds(apply.Create(want.config())) })
		case replaceable && w.IntN(4) == 0:
			steps = append(steps, w.replaces(apply, i, want, &states[i]))
		default:
			steps = append(steps, w.updates(plan, apply, i, want, &states[i]))
		}
	}
	w.run(steps)
	w.states, w.owners = states, next
	w.check()
}

// replaces creates before it destroys, or after.
func (w *walks) replaces(apply *conversation, i int, want *owner, into **tfprotov6.DynamicValue) func() {
	state, first := w.states[i], w.IntN(2) == 0
	w.say("%d is replaced: %v by %v; create before destroy: %t", i, w.owners[i], want, first)
	return func() {
		if first {
			*into = w.succeeds(apply.Create(want.config()))
		}
		w.succeeds(apply.Delete(state))
		if !first {
			*into = w.succeeds(apply.Create(want.config()))
		}
	}
}

// updates changes nothing where the plan is empty.
func (w *walks) updates(plan, apply *conversation, i int, want *owner, into **tfprotov6.DynamicValue) func() {
	w.Helper()
	read := plan.Read(w.states[i]).NewState
	planned := plan.Replan(read, want.config())
	if failed(planned.Diagnostics) {
		w.Errorf("the plan: %s", printed(planned.Diagnostics))
	}
	if *into = read; string(planned.PlannedState.MsgPack) == string(read.MsgPack) {
		return func() {}
	}
	w.say("%d is updated: %v to %v", i, w.owners[i], want)
	return func() { *into = w.succeeds(apply.Update(read, want.config())) }
}

// run makes the steps in any order, several at once.
func (w *walks) run(steps []func()) {
	w.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	if w.IntN(8) == 0 {
		w.say("one answer is lost")
		var once sync.Once
		defer w.Inject(func(call wire.Call) (f wire.Fault) {
			if call.Method == "SetIamPolicy" {
				once.Do(func() { f.Kind = wire.Lose })
			}
			return f
		})()
	}
	parallelism := 1 + w.IntN(4)
	w.say("that was one walk, at parallelism %d", parallelism)
	turns := make(chan struct{}, parallelism)
	var all sync.WaitGroup
	for _, step := range steps {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			step()
		})
	}
	all.Wait()
}

func (w *walks) say(format string, a ...any) { w.done = append(w.done, fmt.Sprintf(format, a...)) }

func (w *walks) succeeds(r *tfprotov6.ApplyResourceChangeResponse) *tfprotov6.DynamicValue {
	if failed(r.Diagnostics) {
		w.Errorf("apply: %s", printed(r.Diagnostics))
	}
	return r.NewState
}

func (w *walks) check() {
	w.Helper()
	members := map[text][]string{texts[0]: {dave}}
	for t, of := range placesOf(w.owners) {
		for who := range of {
			members[t] = append(members[t], who)
		}
	}
	var want []*iampb.Binding
	for t, all := range members {
		want = append(want, conditional(t.title, t.description, marker, all...))
	}
	w.expect(payments, want...)
	again := talk(w.T, w.Access(administrator))
	for i, state := range w.states {
		if state == nil {
			continue
		}
		read := again.Read(state)
		if next := again.Replan(read.NewState, w.owners[i].config()); string(next.PlannedState.MsgPack) != string(read.NewState.MsgPack) {
			w.Errorf("the plan of %d after the apply is not empty", i)
		}
	}
}
