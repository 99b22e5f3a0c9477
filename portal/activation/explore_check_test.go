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

// state is a version of the policy, with its bindings sorted by who writes such.
type state struct {
	version
	own               []eligibility.Activation // activations that the portal wrote
	emptyByRevocation []eligibility.Activation // empty windows of revocations
	foreign           []*policy.Binding        // everything else
}

func stateOf(v version) state {
	s := state{version: v}
	for _, b := range v.policy.Bindings {
		if a, ok, _ := eligibility.ReadActivation("projects/"+project, policy.BindingOf(b)); ok && strings.HasPrefix(a.Description, "Revoked by ") {
			s.emptyByRevocation = append(s.emptyByRevocation, a)
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

// opens reports whether a window opened or became longer.
func opens(before state, a eligibility.Activation) bool {
	was, had := before.of(a.ID)
	return a.Window.Duration() > 0 && (!had || a.Window.End.After(was.Window.End))
}

// check returns the first violation of what must always hold in a run.
func (p *execution) check() error {
	states := make([]state, len(p.history))
	for i, v := range p.history {
		states[i] = stateOf(v)
	}
	opened := map[string]int{} // the step of each
	for i := 1; i < len(states); i++ {
		before, after := states[i-1], states[i]
		if err := p.checkWrite(before, after, opened); err != nil {
			return fmt.Errorf("step %d, by %c: %w", after.step, after.by, err)
		}
	}
	for _, d := range p.operations {
		if err := p.checkOperation(states, opened, d); err != nil {
			return fmt.Errorf("%w\n%v", err, d)
		}
	}
	return p.checkOneWriter(states)
}

// checkWrite checks one write of the policy.
func (p *execution) checkWrite(before, after state, opened map[string]int) error {
	if after.by != 'A' && after.by != 'B' {
		if !slices.Equal(before.own, after.own) || !slices.Equal(before.emptyByRevocation, after.emptyByRevocation) {
			return fmt.Errorf("the foreign writer changed activations")
		}
		return nil
	}
	if !reflect.DeepEqual(before.foreign, after.foreign) {
		return fmt.Errorf("foreign bindings are not what they were")
	}
	for _, empty := range after.emptyByRevocation {
		if !slices.Contains(before.emptyByRevocation, empty) && !p.byRevocation(after, empty) {
			return fmt.Errorf("%+v was added although nobody revoked anything", empty)
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
		if err := p.checkChange(before, after, a); err != nil {
			return err
		}
	}
	return nil
}

// mayHaveWritten reports whether an operation may have been part of the write that made a version.
func (d *operation) mayHaveWritten(s state) bool {
	return d.instance == s.by && d.began <= s.step && (d.unsettled() || d.returned >= s.step && d.err == nil)
}

// anyOrdered reports whether an operation with one of these verbs on an activation may have been
// part of a write.
func (p *execution) anyOrdered(s state, a eligibility.Activation, verbs ...verb) bool {
	return slices.ContainsFunc(p.operations, func(d *operation) bool {
		ended := d.verb == ends || d.verb == revokes
		return slices.Contains(verbs, d.verb) && d.claims.ID == a.ID && d.mayHaveWritten(s) && (ended || d.matchesDescription(a))
	})
}

// byRevocation reports whether an empty window may be that of a revocation. The revocation may have
// returned before, because the window that it was about ran out.
func (p *execution) byRevocation(s state, a eligibility.Activation) bool {
	return a.Window.Duration() == 0 && slices.ContainsFunc(p.operations, func(d *operation) bool {
		return d.verb == revokes && d.instance == s.by && d.began <= s.step && a.Key == d.claims.Key && a.ID == d.claims.ID && strings.HasPrefix(a.Description, "Revoked by "+d.by+". ")
	})
}

// checkChange checks that somebody ordered what an instance wrote. One write may contain several
// orders, such as an approval and its revocation.
func (p *execution) checkChange(before, after state, a eligibility.Activation) error {
	was, had := before.of(a.ID)
	inEffect := had && was.Window.End.After(after.at) // otherwise its end changes nothing
	switch {
	case opens(before, a):
		if !p.anyOrdered(after, a, approves) {
			return fmt.Errorf("%+v was opened without an approval", a)
		}
		return p.checkWindow(before, after, a)
	case inEffect && !p.anyOrdered(after, a, ends, revokes):
		return fmt.Errorf("%+v was changed although nobody ended it", a)
	case !had && !p.anyOrdered(after, a, declines, withdraws) && !(p.anyOrdered(after, a, approves) && p.anyOrdered(after, a, ends, revokes)):
		return fmt.Errorf("%+v was closed although nobody decided so", a)
	}
	return nil
}

// matchesDescription reports whether a decision in the policy has the description of this
// operation.
func (d *operation) matchesDescription(a eligibility.Activation) bool {
	prefix := map[verb]string{approves: "Approved by " + d.by + ",", declines: declinedBy + d.by + ":", withdraws: withdrawnBy}[d.verb]
	return prefix != "" && a.ID == d.claims.ID && strings.HasPrefix(a.Description, prefix)
}

// checkWindow checks that a window has the requested length and shortens nothing, and that the
// policy it was written into entitles both people, who had been confirmed shortly before.
func (p *execution) checkWindow(before, after state, a eligibility.Activation) error {
	decided := a.Window.Start // the write itself may be later
	longest, shortest := decided, decided
	for _, d := range p.operations {
		if d.verb != approves || !d.mayHaveWritten(after) {
			continue
		}
		longest = later(longest, decided.Add(d.claims.Duration))
		if d.matchesDescription(a) && !p.entitled(after, a.User, decided, d) {
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

// entitled reports whether a policy entitles the beneficiary and the approver, and whether that had
// been confirmed in time.
func (p *execution) entitled(s state, beneficiary string, start time.Time, d *operation) bool {
	i := slices.IndexFunc(s.policy.Bindings, eligibleForAdmin)
	return i >= 0 && slices.Contains(s.policy.Bindings[i].Members, "user:"+beneficiary) &&
		slices.Contains(s.policy.Bindings[i].Members, "user:"+d.by) &&
		slices.ContainsFunc(p.confirmed[d.who], func(at time.Time) bool { return !at.After(start) && start.Sub(at) <= confirmationMaxAge })
}

// checkOperation compares the result of an operation with the history.
func (p *execution) checkOperation(states []state, opened map[string]int, d *operation) error {
	if d.err != nil {
		var outage *upstream.Outage
		if errors.As(d.err, &outage) && len(p.faults) == 0 {
			return fmt.Errorf("an outage without a fault")
		}
		return nil
	}
	found := slices.IndexFunc(states, func(s state) bool { return s.step <= d.returned && p.containsResult(s, d) })
	if found < 0 {
		return fmt.Errorf("the policy never held %+v", d.ledger)
	}
	if err := p.checkWriter(states[found], d); err != nil {
		return err
	}
	until := d.ledger.Window.Start
	if d.verb == revokes && !d.repeated {
		until = d.ledger.Window.End // this also closes a request to extend
	}
	// The result may be about a newer activation than the one that was meant.
	for _, c := range p.claims {
		closed := c.ID == d.ledger.ID || c.Key == d.ledger.Key && !c.IssuedAt.After(until)
		if closed && opened[c.ID] > d.returned {
			return fmt.Errorf("%s was opened at step %d after that", c.ID, opened[c.ID])
		}
	}
	if d.verb != ends && d.verb != revokes {
		return nil
	}
	for _, s := range states {
		if a, ok := s.of(d.ledger.ID); ok && s.step > d.returned && a.Window.End.After(d.ledger.Window.End) {
			return fmt.Errorf("%+v is open at step %d after that", a, s.step)
		}
	}
	return nil
}

// containsResult reports whether a version contains the result of an operation, or was written by
// it together with another operation that came on top.
func (p *execution) containsResult(s state, d *operation) bool {
	return slices.Contains(s.own, d.ledger) || !d.repeated && d.mayHaveWritten(s) && slices.ContainsFunc(p.operations, func(other *operation) bool {
		return other != d && other.mayHaveWritten(s) && !other.repeated && slices.Contains(s.own, other.ledger)
	})
}

// checkWriter checks that an operation that is reported as written was written by its own instance.
func (p *execution) checkWriter(first state, d *operation) error {
	if d.repeated {
		return nil
	}
	decides := d.verb != ends && d.verb != revokes
	if decides && !d.matchesDescription(d.ledger) {
		return fmt.Errorf("it was another decision, but was reported as this one")
	}
	inTime := first.step >= d.began && first.step <= d.returned
	if doubted := slices.ContainsFunc(p.faults, func(f fault) bool {
		return f.instance == d.instance && f.step >= d.began && f.step <= d.returned
	}); inTime && (doubted || first.by == d.instance) {
		return nil
	}
	return fmt.Errorf("it was reported as written, but step %d by %c wrote it", first.step, first.by)
}

// checkOneWriter checks that exactly one decision on a request is reported as written, unless an
// operation was left unsettled.
func (p *execution) checkOneWriter(states []state) error {
	last := states[len(states)-1]
	for _, c := range p.claims {
		var winners []string
		unsettled := false
		for _, d := range p.operations {
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
			won = len(slices.Compact(winners)) // one person who ordered twice may be reported twice
		}
		if won > 1 || decided && won == 0 && !unsettled {
			return fmt.Errorf("%s was reported as written by %v", c.ID, winners)
		}
	}
	return nil
}

// trace describes a run for people.
func (p *execution) trace() string {
	var b strings.Builder
	for _, v := range p.history {
		s := stateOf(v)
		fmt.Fprintf(&b, "step %d, %c, %s:\n", s.step, max(s.by, '-'), s.at.Format("15:04:05"))
		for _, a := range s.own {
			fmt.Fprintf(&b, "    %s to %s %s [%s]\n", a.Window.Start.Format("15:04:05"), a.Window.End.Format("15:04:05"), a.Description, a.ID)
		}
	}
	for _, d := range p.operations {
		fmt.Fprintln(&b, d)
	}
	return b.String()
}
