package activation

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
)

// choice releases one call, and says which fault happens to it.
type choice struct{ who, how byte }

// schedule is the sequence of choices of one run. As text, each choice is a letter for the actor or
// instance whose call is released, followed by a sign for its fault, if any: "bA!cBB".
type schedule []choice

func (o schedule) String() string {
	var b strings.Builder
	for _, c := range o {
		b.WriteByte(c.who)
		if c.how != 0 {
			b.WriteByte(c.how)
		}
	}
	return b.String()
}

func parseSchedule(text string) schedule {
	var o schedule
	for _, c := range []byte(text) {
		if _, fault := faultErrors[c]; fault && len(o) > 0 {
			o[len(o)-1].how = c
			continue
		}
		o = append(o, choice{who: c})
	}
	return o
}

// option is a possible choice with its cost: a pre-emption keeps an actor waiting that could go on,
// and a fault makes a call fail.
type option struct {
	choice
	preempts, faults int
}

// branchPoint is a step of a run, with the options and the one that was chosen.
type branchPoint struct {
	options []option
	chosen  option
}

// options are the possible choices at a step. The first one lets the actor that is running go on.
func options(waiting []*gatedCall, step int, faults string) []option {
	var all []option
	running := waiting[0].since == step
	for _, c := range waiting {
		preempts := 0
		if running && c.since != step {
			preempts = 1
		}
		all = append(all, option{choice{who: c.who}, preempts, 0})
		if c.does != writes || c.who > 'B' {
			continue
		}
		for _, how := range []byte(faults) {
			if how != late || !hasLateWrite(waiting, network(c.who)) {
				all = append(all, option{choice{c.who, how}, preempts, 1})
			}
		}
	}
	return all
}

func hasLateWrite(waiting []*gatedCall, who byte) bool {
	for _, c := range waiting {
		if c.who == who {
			return true
		}
	}
	return false
}

// chooser picks one of the options of a step.
type chooser func(step int, options []option) (option, error)

// replayChoices follows a schedule, and then lets the running actor go on. It follows choices that
// are not among the options, so that a schedule can be replayed whatever bounds it was found with.
func replayChoices(o schedule) chooser {
	return func(step int, options []option) (option, error) {
		if step >= len(o) {
			return options[0], nil
		}
		for _, has := range options {
			if has.who == o[step].who {
				taken := has
				taken.how, taken.faults = o[step].how, 0
				if taken.how != 0 {
					taken.faults = 1
				}
				return taken, nil
			}
		}
		return option{}, fmt.Errorf("step %d of %s: there is no call of %c", step+1, o, o[step].who)
	}
}

// randomChoices picks any option, with at most a number of faults.
func randomChoices(r *rand.Rand, faults int) chooser {
	return func(_ int, options []option) (option, error) {
		for {
			taken := options[r.IntN(len(options))]
			if taken.faults == 0 || faults > 0 && r.IntN(3) == 0 {
				faults -= taken.faults
				return taken, nil
			}
		}
	}
}

// runScenario runs a scenario under the schedule that choose picks step by step. It must be called
// in a synctest bubble.
func runScenario(s *scenario, ignoreEtags bool, faults string, choose chooser) (*execution, []branchPoint, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p := newExecution(s, ignoreEtags)
	p.start(ctx)
	var moments []branchPoint
	for waiting := p.waiting(); len(waiting) > 0; waiting = p.waiting() {
		m := branchPoint{options: options(waiting, p.step, faults)}
		var err error
		if m.chosen, err = choose(len(moments), m.options); err != nil {
			return p, moments, err
		}
		moments = append(moments, m)
		for _, c := range waiting {
			if c.who == m.chosen.who {
				p.release(c, m.chosen.how)
				break
			}
		}
	}
	if p.actorsRunning > 0 {
		return p, moments, fmt.Errorf("%d people wait for ever", p.actorsRunning)
	}
	return p, moments, p.check()
}

func scheduleOf(moments []branchPoint) schedule {
	o := make(schedule, len(moments))
	for i, m := range moments {
		o[i] = m.chosen.choice
	}
	return o
}

// bounds limit the schedules that are tried.
type bounds struct{ preemptions, faults int }

// branchesOf returns the schedules that branch off a run after its first choices, by cost.
func branchesOf(moments []branchPoint, behind int, within bounds) map[int][]schedule {
	branches := map[int][]schedule{}
	taken := scheduleOf(moments)
	preempts, faults := 0, 0
	for i, m := range moments {
		if i >= behind {
			for _, other := range m.options {
				p, f := preempts+other.preempts, faults+other.faults
				if other.choice != m.chosen.choice && p <= within.preemptions && f <= within.faults {
					branch := append(append(schedule{}, taken[:i]...), other.choice)
					branches[p+f] = append(branches[p+f], branch)
				}
			}
		}
		preempts, faults = preempts+m.chosen.preempts, faults+m.chosen.faults
	}
	return branches
}
