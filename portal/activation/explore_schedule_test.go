package activation

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
)

// choice releases one call, and says how it is answered.
type choice struct{ who, how byte }

// schedule is the choices of one run, one after the other. As text, each is a
// letter for whose call is released, and a sign where the answer is not as it
// should be: "bA!cBB".
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
		if _, fault := answers[c]; fault && len(o) > 0 {
			o[len(o)-1].how = c
			continue
		}
		o = append(o, choice{who: c})
	}
	return o
}

// option is a choice that there is, with what it costs: one who was running is
// kept waiting, or something goes wrong.
type option struct {
	choice
	preempts, faults int
}

// moment is a step of a run: what there was to choose, and what was chosen.
type moment struct {
	options []option
	taken   option
}

// options are those of a moment. The first one lets whoever is running go on.
func options(waiting []*call, step int, faults string) []option {
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
			if how != late || !onItsWay(waiting, network(c.who)) {
				all = append(all, option{choice{c.who, how}, preempts, 1})
			}
		}
	}
	return all
}

func onItsWay(waiting []*call, who byte) bool {
	for _, c := range waiting {
		if c.who == who {
			return true
		}
	}
	return false
}

// chooser picks one of the options at a step.
type chooser func(step int, options []option) (option, error)

// following takes the choices of an order, then lets whoever is running go on.
// Choices that the options do not name are taken all the same, so that an order
// can be replayed whatever its bounds were.
func following(o schedule) chooser {
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

// wandering takes any option, at most as many faults as given.
func wandering(r *rand.Rand, faults int) chooser {
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

// run plays a scenario in the order that is chosen as it goes. It must be called
// in a synctest bubble.
func run(s *scenario, careless bool, faults string, choose chooser) (*play, []moment, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p := newPlay(s, careless)
	p.perform(ctx)
	var moments []moment
	for waiting := p.waiting(); len(waiting) > 0; waiting = p.waiting() {
		m := moment{options: options(waiting, p.step, faults)}
		var err error
		if m.taken, err = choose(len(moments), m.options); err != nil {
			return p, moments, err
		}
		moments = append(moments, m)
		for _, c := range waiting {
			if c.who == m.taken.who {
				p.release(c, m.taken.how)
				break
			}
		}
	}
	if p.acting > 0 {
		return p, moments, fmt.Errorf("%d people wait for ever", p.acting)
	}
	return p, moments, p.judge()
}

func scheduleOf(moments []moment) schedule {
	o := make(schedule, len(moments))
	for i, m := range moments {
		o[i] = m.taken.choice
	}
	return o
}

// bounds limit which orders are tried.
type bounds struct{ preemptions, faults int }

// beside returns the orders that branch off a run behind its first choices, and
// the cost of each.
func beside(moments []moment, behind int, within bounds) map[int][]schedule {
	branches := map[int][]schedule{}
	taken := scheduleOf(moments)
	preempts, faults := 0, 0
	for i, m := range moments {
		if i >= behind {
			for _, other := range m.options {
				p, f := preempts+other.preempts, faults+other.faults
				if other.choice != m.taken.choice && p <= within.preemptions && f <= within.faults {
					branch := append(append(schedule{}, taken[:i]...), other.choice)
					branches[p+f] = append(branches[p+f], branch)
				}
			}
		}
		preempts, faults = preempts+m.taken.preempts, faults+m.taken.faults
	}
	return branches
}
