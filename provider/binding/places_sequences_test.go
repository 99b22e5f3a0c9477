package binding_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/providertest"
)

const (
	seedVariable      = "JITACCESS_PLACES_SEED"      // of the first sequence; each further one has the next
	sequencesVariable = "JITACCESS_PLACES_SEQUENCES" // how many
	stepsOfSequence   = 6
)

var (
	texts   = []text{{title: "A"}, {title: "B"}, {title: "A", description: "Why"}, {title: "A", terms: true}} // the last is never ours
	persons = []string{alice, bob, carol}
)

// Two resources of ours and somebody else write one policy, in any order. After every step it is
// what the model says: nobody's place goes but the owner's, whoever was applied is eligible, and a
// plan after an apply is empty. Two owners of one identical place are promised no peace: each
// removes it for both.
func TestPlaces_AnySequenceLeadsWhereTheModelSays(t *testing.T) {
	t.Parallel()
	first, count := number(t, seedVariable, 1), number(t, sequencesVariable, 300)
	kind := schemas(t, providertest.Server(t, newProvider())).ResourceSchemas[bindingType].ValueType()
	const groups = 4
	for group := range groups {
		t.Run(fmt.Sprint(group), func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			for i := group; i < count && !t.Failed(); i += groups {
				playSequence(t, c, kind, uint64(first+i))
			}
		})
	}
}

func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv(variable), strconv.Itoa(otherwise)))
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// sequence is a policy with two resources of ours, and the model of it.
type sequence struct {
	*testing.T
	*rand.Rand
	*cloud
	model
	kind   tftypes.Type               // of a state
	done   []string                   // for who reads of a failure
	states [2]*tfprotov6.DynamicValue // nil: not created
	owners [2]*owner                  // the states, by the model
}

func playSequence(t *testing.T, c *cloud, kind tftypes.Type, seed uint64) {
	t.Helper()
	c.Edit(payments, removeRole)()
	s := &sequence{T: t, Rand: rand.New(rand.NewPCG(seed, 0)), cloud: c, model: model{}, kind: kind}
	for range stepsOfSequence {
		i := s.IntN(len(s.states))
		switch s.IntN(6) {
		case 0, 1:
			s.applies(i, anyOwner(s.Rand))
		case 2:
			s.applies(i, nil)
		case 3:
			s.refreshes(s.walk(), i)
		default:
			s.foreignWrites()
		}
		s.compare()
		if t.Failed() {
			t.Fatalf("%s=%d %s=1 repeats it:\n  %s", seedVariable, seed, sequencesVariable, strings.Join(s.done, "\n  "))
		}
	}
}

// walk is one of Terraform's.
func (s *sequence) walk() *conversation { return talk(s.T, s.Access(administrator)) }

func (s *sequence) say(format string, a ...any) { s.done = append(s.done, fmt.Sprintf(format, a...)) }

// anyOwner is a configuration, with some members and one of the texts that are ours.
func anyOwner(r *rand.Rand) *owner {
	n := 1 + r.IntN(2)
	members := make([]string, n)
	for i, at := range r.Perm(len(persons))[:n] {
		members[i] = persons[at]
	}
	slices.Sort(members)
	return &owner{texts[r.IntN(len(texts)-1)], members}
}

// foreignWrites is somebody who adds or removes a member under any text, or copies or renames a
// binding, also to a text that another has.
func (s *sequence) foreignWrites() {
	from, to := text{}, texts[s.IntN(len(texts))]
	members := []string{persons[s.IntN(len(persons))]}
	act := 0
	if there := s.texts(); len(there) > 0 {
		from, act = there[s.IntN(len(there))], s.IntN(4)
	}
	switch act {
	case 0:
		s.say("somebody adds %v under %v", members, to)
	case 1:
		s.say("somebody removes %v from %v", members, from)
		s.remove(from, members...)
		members = nil
	case 2:
		members = s.model[from]
		s.say("somebody copies %v to %v", from, to)
	default:
		members = s.model[from]
		s.say("somebody renames %v to %v", from, to)
		s.remove(from, members...)
	}
	s.add(to, members...)
	s.Edit(payments, func(p *iampb.Policy) {
		removeRole(p)
		for _, t := range s.texts() {
			p.Bindings = append(p.Bindings, conditional(t.title, t.description, t.expression(), s.model[t]...))
		}
	})()
}

func (t text) expression() string {
	if t.terms {
		return marker + " && has({}.jitAccessTerms)"
	}
	return marker
}

// refreshes reads a state, as every plan does, and keeps what it shows.
func (s *sequence) refreshes(w *conversation, i int) {
	s.Helper()
	if s.states[i] == nil {
		return
	}
	s.say("resource %d is refreshed", i)
	elsewhere := len(s.elsewhere(s.current(*s.owners[i]), s.owners[i].members)) > 0
	read := w.Read(s.states[i])
	s.states[i], s.owners[i] = read.NewState, s.refresh(*s.owners[i])
	if warned := strings.Contains(printed(read.Diagnostics), "Members eligible elsewhere too"); warned != elsewhere {
		s.Errorf("resource %d: %s; want a warning of other places: %t", i, printed(read.Diagnostics), elsewhere)
	}
	if string(read.NewState.MsgPack) == string(w.Null().MsgPack) {
		s.states[i] = nil
	}
}

// applies plans and applies a configuration, or a destroy, with a refresh before or without; the
// answer to the write may be lost.
func (s *sequence) applies(i int, want *owner) {
	s.Helper()
	w := s.walk()
	if s.IntN(2) == 0 {
		s.refreshes(w, i)
	}
	if s.states[i] == nil && want == nil {
		return
	}
	s.say("resource %d is applied: %v", i, want)
	var planned *tfprotov6.PlanResourceChangeResponse
	switch {
	case want != nil && s.states[i] == nil:
		planned = w.Plan(want.config())
	case want != nil:
		planned = w.Replan(s.states[i], want.config())
	}
	changes := planned == nil || s.states[i] == nil || string(planned.PlannedState.MsgPack) != string(s.states[i].MsgPack)
	refused := changes && s.apply(s.owners[i], want)
	if planned != nil && failed(planned.Diagnostics) != refused {
		s.Errorf("the plan: %s; want it refused: %t", printed(planned.Diagnostics), refused)
	}
	if refused || !changes {
		return
	}
	s.owners[i] = want
	s.states[i] = s.write(s.states[i], want)
}

// write is the apply, in a walk of its own. A plan after it is empty.
func (s *sequence) write(state *tfprotov6.DynamicValue, want *owner) *tfprotov6.DynamicValue {
	s.Helper()
	if s.IntN(4) == 0 {
		s.say("the answer is lost")
		var once sync.Once
		defer s.Inject(func(call wire.Call) (f wire.Fault) {
			if call.Method == "SetIamPolicy" {
				once.Do(func() { f.Kind = wire.Lose })
			}
			return f
		})()
	}
	w := s.walk()
	var applied *tfprotov6.ApplyResourceChangeResponse
	switch {
	case want == nil:
		applied = w.Delete(state)
	case state == nil:
		applied = w.Create(want.config())
	default:
		applied = w.Update(state, want.config())
	}
	if failed(applied.Diagnostics) {
		s.Errorf("the apply: %s", printed(applied.Diagnostics))
	}
	if want == nil {
		return nil
	}
	again := s.walk()
	read := again.Read(applied.NewState)
	if next := again.Replan(read.NewState, want.config()); string(next.PlannedState.MsgPack) != string(read.NewState.MsgPack) {
		s.Errorf("the plan after the apply is not empty")
	}
	return applied.NewState
}

func failed(found []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(found, func(d *tfprotov6.Diagnostic) bool { return d.Severity == failure })
}

func (o owner) config() config {
	c := but(config{"members": set(o.members...), "title": str(o.title), "condition": str(marker)})
	if o.description != "" {
		c["description"] = str(o.description)
	}
	return c
}

// compare compares policy and states with the model.
func (s *sequence) compare() {
	s.Helper()
	var want []*iampb.Binding
	for _, t := range s.texts() {
		want = append(want, conditional(t.title, t.description, t.expression(), s.model[t]...))
	}
	s.expect(payments, want...)
	for i, state := range s.states {
		if got, want := fmt.Sprint(s.shown(state)), fmt.Sprint(s.owners[i]); got != want {
			s.Errorf("the state of resource %d is %s, want %s", i, got, want)
		}
	}
}

// shown is the owner that a state shows.
func (s *sequence) shown(state *tfprotov6.DynamicValue) *owner {
	s.Helper()
	if state == nil {
		return nil
	}
	object, err := state.Unmarshal(s.kind)
	var values map[string]tftypes.Value
	if err == nil {
		err = object.As(&values)
	}
	if err != nil {
		s.Fatal(err)
	}
	read := func(name string) (text string) {
		if err := values[name].As(&text); err != nil {
			text = "" // null
		}
		return text
	}
	o := &owner{text: text{read("title"), read("description"), strings.Contains(read("condition"), "Terms")}}
	var members []tftypes.Value
	if err := values["members"].As(&members); err != nil {
		s.Fatal(err)
	}
	for _, m := range members {
		var who string
		if err := m.As(&who); err != nil {
			s.Fatal(err)
		}
		o.members = append(o.members, who)
	}
	slices.Sort(o.members)
	return o
}
