package activation

import (
	"fmt"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// scenario says which actors do what, each in order.
type scenario struct {
	name     string
	requests []time.Duration // age of each at the start; negative: it is made during the run
	tick     time.Duration   // time that passes with every call
	timeout  time.Duration   // of a write; 0: none
	faults   int             // at most, in the schedules that are tried systematically
	actors   []actor
}

const duringRun = -1 // the age of a request that is made during the run

// scenarios are small, because every schedule of their calls is tried.
func scenarios() []scenario {
	fresh := []time.Duration{time.Minute}
	return []scenario{
		{name: "two-approve", requests: fresh, actors: []actor{
			{'b', []action{{verb: approves, instance: 'A'}}},
			{'c', []action{{verb: approves, instance: 'B'}}},
			{'f', []action{{verb: edits}}},
		}},
		{name: "approve-and-revoke", requests: fresh, tick: time.Second, actors: []actor{
			{'b', []action{{verb: approves, instance: 'A'}, {verb: revokes, instance: 'A'}}},
			{'c', []action{{verb: approves, instance: 'B'}}},
			{'d', []action{{verb: revokes, instance: 'B'}}},
			{'f', []action{{verb: edits}}},
		}},
		{name: "approve-or-decline", requests: fresh, tick: time.Second, actors: []actor{
			{'a', []action{{verb: ends, instance: 'B'}}},
			{'b', []action{{verb: approves, instance: 'A'}}},
			{'c', []action{{verb: declines, instance: 'B'}}},
			{'f', []action{{verb: edits}}},
		}},
		{name: "approve-or-withdraw", requests: fresh, actors: []actor{
			{'a', []action{{verb: withdraws, instance: 'A'}}},
			{'b', []action{{verb: approves, instance: 'A'}}},
			{'c', []action{{verb: approves, instance: 'B'}}},
			{'d', []action{{verb: revokes, instance: 'B'}}},
		}},
		{name: "older-and-newer", requests: []time.Duration{2 * time.Minute, time.Minute}, tick: time.Second, actors: []actor{
			{'b', []action{{verb: approves, instance: 'A'}}},
			{'c', []action{{verb: approves, instance: 'B', request: 1}}},
			{'d', []action{{verb: revokes, instance: 'A', request: 1}}},
			{'f', []action{{verb: edits}}},
		}},
		{name: "ask-again", requests: []time.Duration{time.Minute, duringRun}, tick: time.Second, actors: []actor{
			{'a', []action{{verb: withdraws, instance: 'A'}, {verb: asks, instance: 'B', request: 1}}},
			{'b', []action{{verb: approves, instance: 'A'}}},
			{'c', []action{{verb: approves, instance: 'B', request: 1}}},
			{'d', []action{{verb: revokes, instance: 'A'}}},
		}},
		{name: "binding-removed", requests: fresh, actors: []actor{
			{'a', []action{{verb: ends, instance: 'A'}}},
			{'b', []action{{verb: approves, instance: 'A'}}},
			{'c', []action{{verb: approves, instance: 'B'}}},
			{'f', []action{{verb: removes}, {verb: restores}}},
		}},
		{name: "time-passes", requests: fresh, actors: []actor{
			{'b', []action{{verb: approves, instance: 'A'}, {verb: revokes, instance: 'A'}}},
			{'c', []action{{verb: approves, instance: 'B'}}},
			{'f', []action{{verb: edits}}},
			{'t', []action{{verb: waits, wait: 11 * time.Second}, {verb: waits, wait: 66 * time.Minute}}},
		}},
		{name: "one-instance", requests: []time.Duration{2 * time.Minute, time.Minute}, actors: []actor{
			{'b', []action{{verb: approves, instance: 'A'}}},
			{'c', []action{{verb: approves, instance: 'A', request: 1}}},
			{'a', []action{{verb: withdraws, instance: 'A'}}},
			{'d', []action{{verb: revokes, instance: 'A', request: 1}}},
			{'f', []action{{verb: edits}}},
		}},
		{name: "two-tabs", requests: fresh, faults: 1, actors: []actor{
			{'b', []action{{verb: approves, instance: 'A'}}},
			{'e', []action{{verb: approves, instance: 'B'}, {verb: approves, instance: 'A'}}},
			{'f', []action{{verb: removesBeneficiary}}},
		}},
		{name: "swept", requests: []time.Duration{time.Minute, time.Minute, time.Minute}, actors: []actor{
			{'a', []action{{verb: withdraws, instance: 'B', request: 2}}},
			{'b', []action{{verb: approves, instance: 'A'}}},
			{'c', []action{{verb: approves, instance: 'B'}}},
			{'t', []action{{verb: waits, wait: 66 * time.Minute}}},
		}},
		{name: "everybody", requests: fresh, tick: time.Second, actors: []actor{
			{'a', []action{{verb: ends, instance: 'A'}}},
			{'b', []action{{verb: approves, instance: 'A'}}},
			{'c', []action{{verb: approves, instance: 'B'}}},
			{'d', []action{{verb: revokes, instance: 'B'}}},
			{'f', []action{{verb: edits}}},
		}},
		{name: "everybody-else-refuses", requests: fresh, actors: []actor{
			{'a', []action{{verb: withdraws, instance: 'B'}}},
			{'b', []action{{verb: approves, instance: 'A'}}},
			{'c', []action{{verb: declines, instance: 'A'}}},
			{'d', []action{{verb: revokes, instance: 'B'}}},
			{'f', []action{{verb: removesBeneficiary}}},
		}},
		{name: "everybody-again", requests: []time.Duration{2 * time.Minute, duringRun}, tick: time.Second, actors: []actor{
			{'a', []action{{verb: asks, instance: 'B', request: 1}, {verb: ends, instance: 'B', request: 1}}},
			{'b', []action{{verb: approves, instance: 'A'}}},
			{'c', []action{{verb: approves, instance: 'B', request: 1}}},
			{'d', []action{{verb: revokes, instance: 'A'}}},
			{'f', []action{{verb: edits}}},
		}},
		{name: "revoked-while-asked", requests: []time.Duration{time.Minute, duringRun}, tick: time.Second, actors: []actor{
			{'a', []action{{verb: asks, instance: 'B', request: 1}}},
			{'b', []action{{verb: approves, instance: 'A'}}},
			{'c', []action{{verb: approves, instance: 'A', request: 1}}},
			{'d', []action{{verb: revokes, instance: 'B'}}},
		}},
		{name: "ended-and-revoked", requests: []time.Duration{time.Minute, duringRun}, faults: 1, actors: []actor{
			{'a', []action{{verb: asks, instance: 'B', request: 1}, {verb: ends, instance: 'B'}}},
			{'b', []action{{verb: approves, instance: 'A'}, {verb: revokes, instance: 'A'}}},
			{'c', []action{{verb: approves, instance: 'A', request: 1}}},
		}},
		{name: "responses-lost", requests: fresh, tick: time.Second, faults: 1, actors: []actor{
			{'b', []action{{verb: approves, instance: 'A'}}},
			{'c', []action{{verb: declines, instance: 'B'}}},
		}},
		{name: "responses-lost-twice", requests: fresh, faults: 2, actors: []actor{
			{'b', []action{{verb: approves, instance: 'A'}}},
			{'c', []action{{verb: approves, instance: 'B'}}},
		}},
		{name: "storm", requests: fresh, timeout: 3 * time.Second, faults: 3, actors: []actor{
			{'b', []action{{verb: approves, instance: 'A'}}},
			{'a', []action{{verb: withdraws, instance: 'B'}}},
		}},
	}
}

// desk is one instance of the portal.
func (s *scenario) desk(w *simulation, instance byte) *Desk {
	patience := s.timeout
	if patience == 0 {
		patience = time.Hour
	}
	retry := policy.Retry{Tries: 3, Within: patience, Base: 100 * time.Millisecond, Cap: 400 * time.Millisecond}
	return NewDesk(Deps{
		Rules: Rules{
			Limits: Limits{Maximum: 2 * time.Hour, MinReviewers: 1, MaxReviewers: 2, RequestTimeout: 12 * time.Hour}, MaxRoles: 1,
		},
		Confirmer:      w,
		Locator:        w,
		Roles:          stubs{},
		Policies:       policy.NewWriter(gatedUpstream{w, instance}, policy.Options{Retry: retry, Timeout: patience, Sweep: Sweep(w.clock)}),
		Signer:         stubs{},
		Administrators: stubs{},
		Clock:          w.clock,
	})
}

// claims are the contents of a request by its number. The first lasts longest, and the third is for
// another role.
func (s *scenario) claims(number int, at time.Time) request.Claims {
	held := []eligibility.BindingAt{{Resource: resource(project), Binding: policy.BindingOf(sharedBinding())}}
	entitlements := eligibility.Entitlements("projects/"+project, held, eligibility.Person{Email: alice}, at)
	key := adminKey
	if number == 2 {
		key.Role = viewer
	}
	return request.Claims{
		ID: fmt.Sprintf("mpa-%016d", number), Beneficiary: alice, Reviewers: []string{bob, carol}, Key: key,
		Justification: "CASE-7 failover", Duration: time.Duration(60-20*number) * time.Minute,
		IssuedAt: at, Expires: at.Add(12 * time.Hour), Binding: entitlements[0].Evidence.Digest,
	}
}
