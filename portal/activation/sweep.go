package activation

import (
	"slices"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

const (
	// sweepAfter is how long an expired activation is left to be seen.
	sweepAfter = 5 * time.Minute
	// ledgerFor is how long, from its start, the newest activation of a person's
	// key is kept: no signed request lives longer than that.
	ledgerFor = 12 * time.Hour
)

// Sweep removes expired activations from a policy, five minutes after their
// end. Of each person and key the newest stays for twelve hours from its start:
// it is the ledger that tells which requests are spent. Bindings that are not
// unmistakably temporary ones are left alone.
func Sweep(clock func() time.Time) func(*policy.Policy) {
	return func(p *policy.Policy) {
		now := clock()
		newest := newestStarts(p)
		p.Bindings = slices.DeleteFunc(p.Bindings, func(b *policy.Binding) bool {
			a, ok, _ := eligibility.ReadActivation("", policy.BindingOf(b))
			return ok && a.Window.End.Add(sweepAfter).Before(now) && !ledger(a, newest, now)
		})
	}
}

// holder is a person and a key: who may have one ledger binding.
type holder struct {
	user string
	key  eligibility.Key
}

func holderOf(a eligibility.Activation) holder { return holder{strings.ToLower(a.User), a.Key} }

func newestStarts(p *policy.Policy) map[holder]time.Time {
	newest := map[holder]time.Time{}
	for _, b := range p.Bindings {
		if a, ok, _ := eligibility.ReadActivation("", policy.BindingOf(b)); ok && a.Window.Start.After(newest[holderOf(a)]) {
			newest[holderOf(a)] = a.Window.Start
		}
	}
	return newest
}

func ledger(a eligibility.Activation, newest map[holder]time.Time, now time.Time) bool {
	return a.Window.Start.Equal(newest[holderOf(a)]) && now.Before(a.Window.Start.Add(ledgerFor))
}
