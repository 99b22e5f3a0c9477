package activation

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// state is a version of the policy as its two readers see it.
type state struct {
	version
	own     []eligibility.Activation // written by the portal
	seals   []eligibility.Activation // of revocations
	foreign []*policy.Binding        // everything else
}

func stateOf(v version) state {
	s := state{version: v}
	for _, b := range v.policy.Bindings {
		if a, ok, _ := eligibility.ReadActivation("projects/"+project, policy.BindingOf(b)); ok && strings.HasPrefix(a.Description, "Revoked by ") {
			s.seals = append(s.seals, a)
		} else if ok {
			s.own = append(s.own, a)
		} else {
			s.foreign = append(s.foreign, b)
		}
	}
	return s
}

// of returns the activation with an id, and whether there is one.
func (s state) of(id string) (eligibility.Activation, bool) {
	for _, a := range s.own {
		if a.ID == id {
			return a, true
		}
	}
	return eligibility.Activation{}, false
}

// opens tells whether a window of an id is there, or longer, that was not.
func opens(before state, a eligibility.Activation) bool {
	was, had := before.of(a.ID)
	return a.Window.Duration() > 0 && (!had || a.Window.End.After(was.Window.End))
}

// judge returns what must never be, if it has been.
func (p *play) judge() error {
	states := make([]state, len(p.history))
	for i, v := range p.history {
		states[i] = stateOf(v)
	}
	opened := map[string]int{} // the step of each
	for i := 1; i < len(states); i++ {
		before, after := states[i-1], states[i]
		if err := p.judgeWrite(before, after, opened); err != nil {
			return fmt.Errorf("step %d, by %c: %w", after.step, after.by, err)
		}
	}
	for _, d := range p.deeds {
		if err := p.judgeDeed(states, opened, d); err != nil {
			return fmt.Errorf("%w\n%v", err, d)
		}
	}
	return p.judgeWinners(states)
}

// judgeWrite holds one write to the rules.
func (p *play) judgeWrite(before, after state, opened map[string]int) error {
	if after.by != 'A' && after.by != 'B' {
		if !slices.Equal(before.own, after.own) || !slices.Equal(before.seals, after.seals) {
			return fmt.Errorf("the foreign writer changed activations")
		}
		return nil
	}
	if !reflect.DeepEqual(before.foreign, after.foreign) {
		return fmt.Errorf("foreign bindings are not what they were")
	}
	for _, seal := range after.seals {
		if !slices.Contains(before.seals, seal) && !p.revoked(after, seal) {
			return fmt.Errorf("%+v was added although nobody revoked anything", seal)
		}
	}
	open := map[eligibility.Key]int{}
	for _, a := range after.own {
		if a.Window.Duration() > 0 && a.Window.End.After(after.at) {
			open[a.Key]++
		}
		if open[a.Key] > 1 {
			return fmt.Errorf("two windows of one person and role are open: %v", after.own)
		}
		was, had := before.of(a.ID)
		if had && a == was {
			continue
		}
		if opens(before, a) {
			if step := opened[a.ID]; step > 0 {
				return fmt.Errorf("%s was opened again, after step %d", a.ID, step)
			}
			opened[a.ID] = after.step
		}
		if err := p.judgeChange(before, after, a); err != nil {
			return err
		}
	}
	return nil
}

// answers tells whether somebody's order may have been in a write.
func (d *deed) answers(s state) bool {
	return d.at == s.by && d.began <= s.step && (d.unsettled() || d.told >= s.step && d.err == nil)
}

// someone tells whether one of these verbs, about an activation, may have been
// in a write.
func (p *play) someone(s state, a eligibility.Activation, verbs ...verb) bool {
	return slices.ContainsFunc(p.deeds, func(d *deed) bool {
		ended := d.verb == ends || d.verb == revokes
		return slices.Contains(verbs, d.verb) && d.claims.ID == a.ID && d.answers(s) && (ended || d.named(a))
	})
}

// revoked tells whether an empty window that closes what was asked for is that of
// a revocation which may have been in a write: a late one, too, that nobody waits
// for since the window it was about ran out.
func (p *play) revoked(s state, a eligibility.Activation) bool {
	return a.Window.Duration() == 0 && slices.ContainsFunc(p.deeds, func(d *deed) bool {
		return d.verb == revokes && d.at == s.by && d.began <= s.step && a.Key == d.claims.Key && a.ID == d.claims.ID && strings.HasPrefix(a.Description, "Revoked by "+d.by+". ")
	})
}

// judgeChange asks for somebody who ordered what an instance wrote. One write
// may carry several orders: an approval, and the revocation of it.
func (p *play) judgeChange(before, after state, a eligibility.Activation) error {
	was, had := before.of(a.ID)
	inEffect := had && was.Window.End.After(after.at) // otherwise its end changes nothing
	switch {
	case opens(before, a):
		if !p.someone(after, a, approves) {
			return fmt.Errorf("%+v was opened without an approval", a)
		}
		return p.judgeWindow(before, after, a)
	case inEffect && !p.someone(after, a, ends, revokes):
		return fmt.Errorf("%+v was changed although nobody ended it", a)
	case !had && !p.someone(after, a, declines, withdraws) && !(p.someone(after, a, approves) && p.someone(after, a, ends, revokes)):
		return fmt.Errorf("%+v was closed although nobody decided so", a)
	}
	return nil
}

// named tells whether the description of a decision is that of this one.
func (d *deed) named(a eligibility.Activation) bool {
	prefix := map[verb]string{approves: "Approved by " + d.by + ",", declines: declinedBy + d.by + ":", withdraws: withdrawnBy}[d.verb]
	return prefix != "" && a.ID == d.claims.ID && strings.HasPrefix(a.Description, prefix)
}

// judgeWindow sees that a window is what was asked for, on a policy that
// entitles both people to it, by what was confirmed a moment ago, and that it
// shortens nothing.
func (p *play) judgeWindow(before, after state, a eligibility.Activation) error {
	decided := a.Window.Start // the write may have come later
	longest, shortest := decided, decided
	for _, d := range p.deeds {
		if d.verb != approves || !d.answers(after) {
			continue
		}
		longest = later(longest, decided.Add(d.claims.Duration))
		if d.named(a) && !p.entitled(after, a.User, decided, d) {
			return fmt.Errorf("%+v was opened although somebody is not eligible, or was not confirmed to be", a)
		}
	}
	for _, earlier := range before.own {
		if earlier.Key == a.Key && earlier.Window.Contains(decided) {
			longest, shortest = later(longest, earlier.Window.End), later(shortest, earlier.Window.End)
		}
	}
	if a.Window.End.After(longest) || a.Window.End.Before(shortest) || decided.After(after.at.Add(2*time.Second)) { // asked for in the second after a revocation in the second after a decision
		return fmt.Errorf("%+v is not what was asked for: it may end from %v to %v", a, shortest, longest)
	}
	return nil
}

// entitled tells whether a policy entitles a beneficiary and who approved, and
// whether that had been confirmed when it was written.
func (p *play) entitled(s state, beneficiary string, start time.Time, d *deed) bool {
	i := slices.IndexFunc(s.policy.Bindings, eligibleForAdmin)
	return i >= 0 && slices.Contains(s.policy.Bindings[i].Members, "user:"+beneficiary) &&
		slices.Contains(s.policy.Bindings[i].Members, "user:"+d.by) &&
		slices.ContainsFunc(p.confirmed[d.who], func(at time.Time) bool { return !at.After(start) && start.Sub(at) <= freshness })
}

// judgeDeed compares what somebody was told with the history.
func (p *play) judgeDeed(states []state, opened map[string]int, d *deed) error {
	if d.err != nil {
		var outage *upstream.Outage
		if errors.As(d.err, &outage) && len(p.faults) == 0 {
			return fmt.Errorf("an outage without a fault")
		}
		return nil
	}
	found := slices.IndexFunc(states, func(s state) bool { return s.step <= d.told && p.holds(s, d) })
	if found < 0 {
		return fmt.Errorf("the policy never held %+v", d.ledger)
	}
	if err := p.judgeWinner(states[found], d); err != nil {
		return err
	}
	until := d.ledger.Window.Start
	if d.verb == revokes && !d.repeated {
		until = d.ledger.Window.End // a request to extend is closed too
	}
	// What is told may be about a newer activation than the one that was meant.
	for _, c := range p.claims {
		closed := c.ID == d.ledger.ID || c.Key == d.ledger.Key && !c.IssuedAt.After(until)
		if closed && opened[c.ID] > d.told {
			return fmt.Errorf("%s was opened at step %d after that", c.ID, opened[c.ID])
		}
	}
	if d.verb != ends && d.verb != revokes {
		return nil
	}
	for _, s := range states {
		if a, ok := s.of(d.ledger.ID); ok && s.step > d.told && a.Window.End.After(d.ledger.Window.End) {
			return fmt.Errorf("%+v is open at step %d after that", a, s.step)
		}
	}
	return nil
}

// holds tells whether a version has what somebody was told, or was written with
// that and with another order that came on top of it.
func (p *play) holds(s state, d *deed) bool {
	return slices.Contains(s.own, d.ledger) || !d.repeated && d.answers(s) && slices.ContainsFunc(p.deeds, func(other *deed) bool {
		return other != d && other.answers(s) && !other.repeated && slices.Contains(s.own, other.ledger)
	})
}

// judgeWinner sees that who is told that they did it did it.
func (p *play) judgeWinner(first state, d *deed) error {
	if d.repeated {
		return nil
	}
	decides := d.verb != ends && d.verb != revokes
	if decides && !d.named(d.ledger) {
		return fmt.Errorf("it was another decision, but was told as this one")
	}
	inTime := first.step >= d.began && first.step <= d.told
	if doubted := slices.ContainsFunc(p.faults, func(f fault) bool {
		return f.instance == d.at && f.step >= d.began && f.step <= d.told
	}); inTime && (doubted || first.by == d.at) {
		return nil
	}
	return fmt.Errorf("it was told as written, but step %d by %c wrote it", first.step, first.by)
}

// judgeWinners sees that one decision on a request, and only one, was told as
// the one that was written, unless somebody was left in doubt.
func (p *play) judgeWinners(states []state) error {
	last := states[len(states)-1]
	for _, c := range p.claims {
		var winners []string
		unsettled := false
		for _, d := range p.deeds {
			if d.claims.ID != c.ID || d.verb == ends || d.verb == revokes {
				continue
			}
			unsettled = unsettled || d.unsettled()
			if d.err == nil && !d.repeated {
				winners = append(winners, d.by)
			}
		}
		_, decided := last.of(c.ID)
		won := len(winners)
		if won > 1 && len(p.faults) > 0 {
			won = len(slices.Compact(winners)) // one person who ordered twice may be told twice
		}
		if won > 1 || decided && won == 0 && !unsettled {
			return fmt.Errorf("%s was told as written by %v", c.ID, winners)
		}
	}
	return nil
}

// story is what happened, for people.
func (p *play) story() string {
	var b strings.Builder
	for _, v := range p.history {
		s := stateOf(v)
		fmt.Fprintf(&b, "step %d, %c, %s:\n", s.step, max(s.by, '-'), s.at.Format("15:04:05"))
		for _, a := range s.own {
			fmt.Fprintf(&b, "    %s to %s %s [%s]\n", a.Window.Start.Format("15:04:05"), a.Window.End.Format("15:04:05"), a.Description, a.ID)
		}
	}
	for _, d := range p.deeds {
		fmt.Fprintln(&b, d)
	}
	return b.String()
}
