package activation

import (
	"slices"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// apart is the least by which a request is younger than the last decision.
const apart = time.Second

// State is what has become of a request.
type State string

const (
	Waiting   State = "WAITING"
	Approved  State = "APPROVED"  // and open now
	Over      State = "OVER"      // was approved; its window is over or was ended
	Declined  State = "DECLINED"  // by a reviewer
	Withdrawn State = "WITHDRAWN" // by the beneficiary
	Spent     State = "SPENT"     // another decision for the same entitlement closed it
	Expired   State = "EXPIRED"   // nobody decided in time
)

// Descriptions of the bindings that close a request without opening a window.
// They are for people to read: what decides is the window, never a word.
const (
	declinedBy  = "Declined by "
	withdrawnBy = "Withdrawn by "
)

// Status is a request's state, and the binding that shows it.
type Status struct {
	State  State
	Ledger eligibility.Activation // zero while it waits, or when it expired
}

// says tells whether the decision that the policy holds is the one with this
// description, of which the policy may hold the beginning only. Where the answer
// to a write was lost, what stands there later may be somebody else's.
func (s Status) says(description string) bool {
	return strings.HasPrefix(description, s.Ledger.Description)
}

// StatusOf reads from the beneficiary's temporary bindings on the project what
// has become of a request. The newest one of its key is the ledger: a request
// is spent when that starts at or after it was made.
func StatusOf(c request.Claims, mine []eligibility.Activation, now time.Time) Status {
	entry, spent := spender(c, mine)
	switch {
	case spent && entry.ID != c.ID:
		return Status{State: Spent, Ledger: entry}
	case spent:
		return Status{State: verdict(entry, now), Ledger: entry}
	case !now.Before(c.Expires):
		return Status{State: Expired}
	}
	return Status{State: Waiting}
}

// spender is the binding that spends a request: the one with its id, whenever
// it starts (the window of a request of 1.8.1 may be older than the request), or
// else the newest that starts at or after the request.
func spender(c request.Claims, mine []eligibility.Activation) (eligibility.Activation, bool) {
	if a, ok := own(mine, c.Key, c.ID); ok {
		return a, true
	}
	mine = slices.DeleteFunc(slices.Clone(mine), func(a eligibility.Activation) bool {
		return a.Key != c.Key || a.Window.Start.Before(c.IssuedAt)
	})
	if len(mine) == 0 {
		return eligibility.Activation{}, false
	}
	return slices.MaxFunc(mine, func(a, b eligibility.Activation) int { return a.Window.Start.Compare(b.Window.Start) }), true
}

// own is the binding of an activation or a request: the oldest with its id,
// because one that was revoked has its seal beside it, as long as that lasts.
func own(newestFirst []eligibility.Activation, k eligibility.Key, id string) (eligibility.Activation, bool) {
	for _, a := range slices.Backward(newestFirst) {
		if a.Key == k && a.ID == id {
			return a, true
		}
	}
	return eligibility.Activation{}, false
}

// lay puts an empty window into a policy, as the ledger of its person and key:
// everything that was asked for until then is spent.
func lay(p *policy.Policy, a eligibility.Activation, at time.Time) error {
	a.Window = eligibility.Window{Start: at, End: at}
	b, err := temporary(a)
	if err != nil {
		return &Refusal{Reason: NotGrantable, Message: notGrantable(err), Err: err}
	}
	p.Bindings = append(p.Bindings, b)
	return nil
}

// covered tells empty windows that another one makes superfluous: they start no
// later. They have to go: IAM lets one person have no more than twenty bindings
// of a role, and nobody may use them up by asking and withdrawing.
func covered(at time.Time) func(eligibility.Activation) bool {
	return func(a eligibility.Activation) bool { return a.Window.Duration() == 0 && !a.Window.Start.After(at) }
}

// verdict tells how a request with a ledger binding of its own was decided.
func verdict(a eligibility.Activation, now time.Time) State {
	switch {
	case strings.HasPrefix(a.Description, declinedBy):
		return Declined
	case strings.HasPrefix(a.Description, withdrawnBy):
		return Withdrawn
	case a.Window.Contains(now):
		return Approved
	}
	return Over
}
