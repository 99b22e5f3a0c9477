package activation

import (
	"slices"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// requestGap is how much younger than the last decision a request has to be, so that the decision
// does not close it.
const requestGap = time.Second

// State is what has become of a request.
type State string

const (
	Waiting   State = "WAITING"
	Approved  State = "APPROVED"  // and its window has not ended
	Over      State = "OVER"      // was approved, and its window has ended
	Declined  State = "DECLINED"  // by a reviewer
	Withdrawn State = "WITHDRAWN" // by the beneficiary
	Spent     State = "SPENT"     // closed by a later decision on the same key
	Expired   State = "EXPIRED"   // nobody decided in time
)

// Descriptions of the bindings that close a request without opening a window. A page tells decided
// requests apart by them, but whether a request is closed depends on the window alone.
const (
	declinedBy  = "Declined by "
	withdrawnBy = "Withdrawn by "
)

// Status is a request's state, and the binding that shows it.
type Status struct {
	State  State
	Ledger eligibility.Activation // zero while it waits, or when it expired
}

// hasDescription reports whether the decision in the policy is the one with this description, which
// the policy may hold shortened. After a lost response it may be somebody else's.
func (s Status) hasDescription(description string) bool {
	return strings.HasPrefix(description, s.Ledger.Description)
}

// StatusOf reads the state of a request from the beneficiary's temporary bindings on the project.
// They are the ledger of requests: a request is spent by any binding of its key that starts when it
// was made or later.
func StatusOf(c request.Claims, activations []eligibility.Activation, now time.Time) Status {
	entry, spent := spentBy(c, activations)
	switch {
	case spent && entry.ID != c.ID:
		return Status{State: Spent, Ledger: entry}
	case spent:
		return Status{State: decidedState(entry, now), Ledger: entry}
	case !now.Before(c.Expires):
		return Status{State: Expired}
	}
	return Status{State: Waiting}
}

// spentBy returns the binding that a request is spent by: the one with its id, or else the newest
// that starts when it was made or later. The one with its id counts whenever it starts, because the
// window of a request of JIT Access 1.8.1 may start before the request was made.
func spentBy(c request.Claims, activations []eligibility.Activation) (eligibility.Activation, bool) {
	if a, ok := oldestWithID(activations, c.Key, c.ID); ok {
		return a, true
	}
	activations = slices.DeleteFunc(slices.Clone(activations), func(a eligibility.Activation) bool {
		return a.Key != c.Key || a.Window.Start.Before(c.IssuedAt)
	})
	if len(activations) == 0 {
		return eligibility.Activation{}, false
	}
	return slices.MaxFunc(activations, func(a, b eligibility.Activation) int { return a.Window.Start.Compare(b.Window.Start) }), true
}

// oldestWithID returns the binding of an activation or a request. It is the oldest with its id,
// because the empty window of a revocation has the id of the activation that it revoked.
func oldestWithID(newestFirst []eligibility.Activation, k eligibility.Key, id string) (eligibility.Activation, bool) {
	for _, a := range slices.Backward(newestFirst) {
		if a.Key == k && a.ID == id {
			return a, true
		}
	}
	return eligibility.Activation{}, false
}

// addEmptyWindow adds a binding with an empty window, which closes every request for its key that
// the person had made by then.
func addEmptyWindow(p *policy.Policy, a eligibility.Activation, at time.Time) error {
	a.Window = eligibility.Window{Start: at, End: at}
	b, err := temporaryBinding(a)
	if err != nil {
		return err
	}
	p.Bindings = append(p.Bindings, b)
	return nil
}

// emptyUntil matches the empty windows that one at this time makes superfluous. They are removed,
// because IAM allows one person twenty bindings of a role, and asking and withdrawing would use
// them up.
func emptyUntil(at time.Time) func(eligibility.Activation) bool {
	return func(a eligibility.Activation) bool { return a.Window.Duration() == 0 && !a.Window.Start.After(at) }
}

// decidedState is the state of a request that a binding with its id has decided.
func decidedState(a eligibility.Activation, now time.Time) State {
	switch {
	case strings.HasPrefix(a.Description, declinedBy):
		return Declined
	case strings.HasPrefix(a.Description, withdrawnBy):
		return Withdrawn
	case a.Window.Duration() > 0 && now.Before(a.Window.End): // it may begin in a second
		return Approved
	}
	return Over
}
