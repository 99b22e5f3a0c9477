package activation

import (
	"slices"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

const (
	// sweepAfter is how long an expired activation stays, so that people see it.
	sweepAfter = 5 * time.Minute
	// ledgerRetention is how long the newest activation of a person and key stays, from its start.
	// No signed request lives longer than that.
	ledgerRetention = 12 * time.Hour
)

// Sweep removes expired activations from a policy, five minutes after their end. The newest of each
// person and key stays for twelve hours from its start, because it shows which requests are spent.
// Sweep leaves every binding alone that is not certainly an activation.
func Sweep(clock func() time.Time) func(*policy.Policy) {
	return func(p *policy.Policy) {
		now := clock()
		newest := newestStarts(p)
		p.Bindings = slices.DeleteFunc(p.Bindings, func(b *policy.Binding) bool {
			a, ok, _ := eligibility.ReadActivation("", policy.BindingOf(b))
			return ok && a.Window.End.Add(sweepAfter).Before(now) && !isLedger(a, newest, now)
		})
	}
}

// holder is a person and a key: what has one ledger entry.
type holder struct {
	user string
	key  eligibility.Key
}

func holderOf(a eligibility.Activation) holder { return holder{strings.ToLower(a.User), a.Key} }

// newestStarts are the starts of each holder's newest activation. Sweep serves every resource, and
// a holder's key leaves the resource out, because a policy has only one.
func newestStarts(p *policy.Policy) map[holder]time.Time {
	newest := map[holder]time.Time{}
	for _, b := range p.Bindings {
		if a, ok, _ := eligibility.ReadActivation("", policy.BindingOf(b)); ok && a.Window.Start.After(newest[holderOf(a)]) {
			newest[holderOf(a)] = a.Window.Start
		}
	}
	return newest
}

// isLedger reports whether an activation is the ledger entry of its holder that a signed request
// may still depend on.
func isLedger(a eligibility.Activation, newest map[holder]time.Time, now time.Time) bool {
	return a.Window.Start.Equal(newest[holderOf(a)]) && now.Before(a.Window.Start.Add(ledgerRetention))
}
