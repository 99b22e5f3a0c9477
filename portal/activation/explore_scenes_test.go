package activation

import (
	"fmt"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// scenario is who does what, in which order of their own.
type scenario struct {
	name     string
	requests []time.Duration // how old each is at the start; negative: it is asked for in the play
	tick     time.Duration   // what passes with every call
	patience time.Duration   // of a batch; 0: without end
	faults   int             // in every order that is tried, one after the other
	cast     []actor
}

const asked = -1 // the age of a request that is asked for in the play

// scenarios are small, because every order of their calls is tried.
func scenarios() []scenario {
	fresh := []time.Duration{time.Minute}
	return []scenario{
		{name: "two-approve", requests: fresh, cast: []actor{
			{'b', []act{{verb: approves, at: 'A'}}},
			{'c', []act{{verb: approves, at: 'B'}}},
			{'f', []act{{verb: edits}}},
		}},
		{name: "approve-and-revoke", requests: fresh, tick: time.Second, cast: []actor{
			{'b', []act{{verb: approves, at: 'A'}, {verb: revokes, at: 'A'}}},
			{'c', []act{{verb: approves, at: 'B'}}},
			{'d', []act{{verb: revokes, at: 'B'}}},
			{'f', []act{{verb: edits}}},
		}},
		{name: "approve-or-decline", requests: fresh, tick: time.Second, cast: []actor{
			{'a', []act{{verb: ends, at: 'B'}}},
			{'b', []act{{verb: approves, at: 'A'}}},
			{'c', []act{{verb: declines, at: 'B'}}},
			{'f', []act{{verb: edits}}},
		}},
		{name: "approve-or-withdraw", requests: fresh, cast: []actor{
			{'a', []act{{verb: withdraws, at: 'A'}}},
			{'b', []act{{verb: approves, at: 'A'}}},
			{'c', []act{{verb: approves, at: 'B'}}},
			{'d', []act{{verb: revokes, at: 'B'}}},
		}},
		{name: "older-and-newer", requests: []time.Duration{2 * time.Minute, time.Minute}, tick: time.Second, cast: []actor{
			{'b', []act{{verb: approves, at: 'A'}}},
			{'c', []act{{verb: approves, at: 'B', request: 1}}},
			{'d', []act{{verb: revokes, at: 'A', request: 1}}},
			{'f', []act{{verb: edits}}},
		}},
		{name: "ask-again", requests: []time.Duration{time.Minute, asked}, tick: time.Second, cast: []actor{
			{'a', []act{{verb: withdraws, at: 'A'}, {verb: asks, at: 'B', request: 1}}},
			{'b', []act{{verb: approves, at: 'A'}}},
			{'c', []act{{verb: approves, at: 'B', request: 1}}},
			{'d', []act{{verb: revokes, at: 'A'}}},
		}},
		{name: "binding-removed", requests: fresh, cast: []actor{
			{'a', []act{{verb: ends, at: 'A'}}},
			{'b', []act{{verb: approves, at: 'A'}}},
			{'c', []act{{verb: approves, at: 'B'}}},
			{'f', []act{{verb: removes}, {verb: restores}}},
		}},
		{name: "time-passes", requests: fresh, cast: []actor{
			{'b', []act{{verb: approves, at: 'A'}, {verb: revokes, at: 'A'}}},
			{'c', []act{{verb: approves, at: 'B'}}},
			{'f', []act{{verb: edits}}},
			{'t', []act{{verb: waits, jump: 11 * time.Second}, {verb: waits, jump: 66 * time.Minute}}},
		}},
		{name: "one-instance", requests: []time.Duration{2 * time.Minute, time.Minute}, cast: []actor{
			{'b', []act{{verb: approves, at: 'A'}}},
			{'c', []act{{verb: approves, at: 'A', request: 1}}},
			{'a', []act{{verb: withdraws, at: 'A'}}},
			{'d', []act{{verb: revokes, at: 'A', request: 1}}},
			{'f', []act{{verb: edits}}},
		}},
		{name: "two-tabs", requests: fresh, faults: 1, cast: []actor{
			{'b', []act{{verb: approves, at: 'A'}}},
			{'e', []act{{verb: approves, at: 'B'}, {verb: approves, at: 'A'}}},
			{'f', []act{{verb: ousts}}},
		}},
		{name: "swept", requests: []time.Duration{time.Minute, time.Minute, time.Minute}, cast: []actor{
			{'a', []act{{verb: withdraws, at: 'B', request: 2}}},
			{'b', []act{{verb: approves, at: 'A'}}},
			{'c', []act{{verb: approves, at: 'B'}}},
			{'t', []act{{verb: waits, jump: 66 * time.Minute}}},
		}},
		{name: "everybody", requests: fresh, tick: time.Second, cast: []actor{
			{'a', []act{{verb: ends, at: 'A'}}},
			{'b', []act{{verb: approves, at: 'A'}}},
			{'c', []act{{verb: approves, at: 'B'}}},
			{'d', []act{{verb: revokes, at: 'B'}}},
			{'f', []act{{verb: edits}}},
		}},
		{name: "everybody-else-refuses", requests: fresh, cast: []actor{
			{'a', []act{{verb: withdraws, at: 'B'}}},
			{'b', []act{{verb: approves, at: 'A'}}},
			{'c', []act{{verb: declines, at: 'A'}}},
			{'d', []act{{verb: revokes, at: 'B'}}},
			{'f', []act{{verb: ousts}}},
		}},
		{name: "everybody-again", requests: []time.Duration{2 * time.Minute, asked}, tick: time.Second, cast: []actor{
			{'a', []act{{verb: asks, at: 'B', request: 1}, {verb: ends, at: 'B', request: 1}}},
			{'b', []act{{verb: approves, at: 'A'}}},
			{'c', []act{{verb: approves, at: 'B', request: 1}}},
			{'d', []act{{verb: revokes, at: 'A'}}},
			{'f', []act{{verb: edits}}},
		}},
		{name: "revoked-while-asked", requests: []time.Duration{time.Minute, asked}, tick: time.Second, cast: []actor{
			{'a', []act{{verb: asks, at: 'B', request: 1}}},
			{'b', []act{{verb: approves, at: 'A'}}},
			{'c', []act{{verb: approves, at: 'A', request: 1}}},
			{'d', []act{{verb: revokes, at: 'B'}}},
		}},
		{name: "ended-and-revoked", requests: []time.Duration{time.Minute, asked}, faults: 1, cast: []actor{
			{'a', []act{{verb: asks, at: 'B', request: 1}, {verb: ends, at: 'B'}}},
			{'b', []act{{verb: approves, at: 'A'}, {verb: revokes, at: 'A'}}},
			{'c', []act{{verb: approves, at: 'A', request: 1}}},
		}},
		{name: "answers-lost", requests: fresh, tick: time.Second, faults: 1, cast: []actor{
			{'b', []act{{verb: approves, at: 'A'}}},
			{'c', []act{{verb: declines, at: 'B'}}},
		}},
		{name: "answers-lost-twice", requests: fresh, faults: 2, cast: []actor{
			{'b', []act{{verb: approves, at: 'A'}}},
			{'c', []act{{verb: approves, at: 'B'}}},
		}},
		{name: "storm", requests: fresh, patience: 3 * time.Second, faults: 3, cast: []actor{
			{'b', []act{{verb: approves, at: 'A'}}},
			{'a', []act{{verb: withdraws, at: 'B'}}},
		}},
	}
}

// desk is one instance of the portal.
func (s *scenario) desk(w *world, instance byte) *Desk {
	patience := s.patience
	if patience == 0 {
		patience = time.Hour
	}
	retry := policy.Retry{Tries: 3, Within: patience, Base: 100 * time.Millisecond, Cap: 400 * time.Millisecond}
	return NewDesk(Deps{
		Rules: Rules{
			Limits: Limits{Maximum: 2 * time.Hour, MinReviewers: 1, MaxReviewers: 2, RequestTimeout: 12 * time.Hour}, MaxRoles: 1,
		},
		Confirmer:      w,
		Roles:          signature{},
		Policies:       policy.NewWriter(door{w, instance}, policy.Options{Retry: retry, Timeout: patience, Sweep: Sweep(w.clock)}),
		Signer:         signature{},
		Administrators: signature{},
		Clock:          w.clock,
	})
}

// claims are those of the request with a number: the first the longest, the third
// for another role.
func (s *scenario) claims(number int, at time.Time) request.Claims {
	held := []eligibility.BindingAt{{Resource: resource(project), Binding: policy.BindingOf(shared())}}
	mine := eligibility.Entitlements("projects/"+project, held, eligibility.Person{Email: alice}, at)
	key := adminKey
	if number == 2 {
		key.Role = viewer
	}
	return request.Claims{
		ID: fmt.Sprintf("mpa-%016d", number), Beneficiary: alice, Reviewers: []string{bob, carol}, Key: key,
		Justification: "CASE-7 failover", Duration: time.Duration(60-20*number) * time.Minute,
		IssuedAt: at, Expires: at.Add(12 * time.Hour), Binding: mine[0].Evidence.Digest,
	}
}
