package activation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

const (
	administrator = "admin@example.com"
	foreignRole   = "roles/viewer"
)

// verb is what an actor does.
type verb string

const (
	approves           verb = "approves"
	declines           verb = "declines"
	withdraws          verb = "withdraws"
	ends               verb = "ends"
	revokes            verb = "revokes"
	asks               verb = "asks"
	edits              verb = "edits"    // by the foreign writer: another binding
	removesBeneficiary verb = "ousts"    // by the foreign writer: from the eligible binding
	removes            verb = "removes"  // by the foreign writer: the eligible binding
	restores           verb = "restores" // by the foreign writer: the eligible binding
	waits              verb = "waits"    // the clock
)

// action is one thing that an actor does.
type action struct {
	verb     verb
	instance byte          // the instance, A or B
	request  int           // index of the request that it is about
	wait     time.Duration // of the clock
}

// actor does one action after the other.
type actor struct {
	who     byte
	actions []action
}

// emails are those of the actors. Actor e is bob in another tab.
var emails = map[byte]string{'a': alice, 'b': bob, 'c': carol, 'd': administrator, 'e': bob}

// operation is an action with its result.
type operation struct {
	action
	who             byte
	by              string
	claims          request.Claims
	began, returned int // steps; returned is 0 until the operation has returned
	ledger          eligibility.Activation
	state           State
	repeated        bool
	err             error
}

func (d operation) unsettled() bool {
	var outage *upstream.Outage
	return d.returned == 0 || errors.As(d.err, &outage) && outage.Unsettled
}

func (d operation) String() string {
	s := fmt.Sprintf("steps %d to %d: %s %s %s through %c", d.began, d.returned, d.by, d.verb, d.claims.ID, d.instance)
	if d.err != nil {
		return s + ": " + d.err.Error()
	}
	return fmt.Sprintf("%s: %s, repeated %v, by %q", s, d.state, d.repeated, d.ledger.Description)
}

// execution is one run of a scenario under one schedule.
type execution struct {
	*simulation
	desks     map[byte]*Desk
	claims    []request.Claims
	requested []chan struct{} // closed once a request was made or refused
}

func newExecution(s *scenario, ignoreEtags bool) *execution {
	start := &policy.Policy{Etag: "start", Version: 3, Bindings: []*policy.Binding{
		{Role: foreignRole, Members: []string{"user:" + bob}}, sharedBinding(),
	}}
	w := &simulation{
		scenario: s, ignoresEtags: ignoreEtags, now: startTime, policy: start, confirmed: map[byte][]time.Time{},
		history: []version{{at: startTime, policy: start}},
	}
	p := &execution{simulation: w, desks: map[byte]*Desk{}}
	for _, instance := range []byte("AB") {
		p.desks[instance] = s.desk(w, instance)
	}
	for i, age := range s.requests {
		p.claims = append(p.claims, s.claims(i, startTime.Add(-age)))
		p.requested = append(p.requested, make(chan struct{}))
		if age >= 0 {
			close(p.requested[i])
		}
	}
	return p
}

// start starts all actors.
func (p *execution) start(ctx context.Context) {
	p.actorsRunning = len(p.scenario.actors)
	for _, a := range p.scenario.actors {
		go func() {
			ctx := context.WithValue(ctx, actorKey{}, a.who)
			for _, act := range a.actions {
				p.perform(ctx, a.who, act)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			p.actorsRunning--
		}()
	}
}

func (p *execution) perform(ctx context.Context, who byte, a action) {
	switch a.verb {
	case waits:
		_, _ = p.waitForRelease(ctx, &gatedCall{who: who, does: passes, wait: a.wait})
		return
	case edits, removesBeneficiary, removes, restores:
		p.editPolicy(ctx, who, a.verb)
		return
	case asks:
		p.ask(ctx, a)
		return
	}
	<-p.requested[a.request]
	claims := p.claims[a.request]
	if claims.ID == "" {
		return
	}
	if a.verb != approves {
		_, _ = p.waitForRelease(ctx, &gatedCall{who: who, does: begins})
	}
	d := p.beginOperation(a, who, claims)
	p.call(ctx, d)
	p.mu.Lock()
	defer p.mu.Unlock()
	d.returned = p.step
}

func (p *execution) beginOperation(a action, who byte, c request.Claims) *operation {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := &operation{action: a, who: who, by: emails[who], claims: c, began: p.step}
	p.operations = append(p.operations, d)
	return d
}

// call calls the desk for an operation.
func (p *execution) call(ctx context.Context, d *operation) {
	desk, c := p.desks[d.instance], d.claims
	var decided Decided
	var ended Ended
	switch d.verb {
	case approves:
		decided, d.err = desk.Approve(ctx, DecisionOrder{By: d.by, Claims: c})
	case declines:
		decided, d.err = desk.Decline(ctx, DecisionOrder{By: d.by, Claims: c, Reason: "no"})
	case withdraws:
		decided, d.err = desk.Withdraw(ctx, d.by, c)
	case ends:
		ended, d.err = desk.End(ctx, EndOrder{Person: d.by, Key: c.Key, ID: c.ID})
	case revokes:
		ended, d.err = desk.Revoke(ctx, Revocation{By: d.by, User: c.Beneficiary, Key: c.Key, ID: c.ID, Claims: &c})
	}
	d.state, d.ledger, d.repeated = decided.Status.State, decided.Status.Ledger, decided.Repeated
	if d.verb == ends || d.verb == revokes {
		d.state, d.ledger, d.repeated = Over, ended.Activation, ended.Repeated
	}
}

// ask makes a request during the run.
func (p *execution) ask(ctx context.Context, a action) {
	defer close(p.requested[a.request])
	wanted := p.claims[a.request]
	p.claims[a.request].ID = ""
	asked, err := p.desks[a.instance].Ask(ctx, Ask{
		Order: Order{
			Person: alice, Project: project, Justification: wanted.Justification, Duration: wanted.Duration, ID: wanted.ID,
			Roles: []eligibility.Reference{{Role: admin, Constraint: eligibility.MultiPartyApproval}},
		},
		Reviewers: []Reviewer{{Email: bob}, {Email: carol}},
	})
	if err == nil {
		p.claims[a.request] = asked.Claims
	}
}

// editPolicy edits the policy as Terraform or a person at a console would: with the etag, and again
// after a conflict.
func (p *execution) editPolicy(ctx context.Context, who byte, v verb) {
	for d := (gatedUpstream{p.simulation, who}); ; {
		read, err := d.Get(ctx, "")
		if err != nil {
			return
		}
		next := policy.Clone(read)
		switch v {
		case edits:
			next.Bindings[0].Members = append(next.Bindings[0].Members, fmt.Sprintf("user:e%d@example.com", len(next.Bindings[0].Members)))
		case removesBeneficiary:
			next.Bindings[1].Members = slices.DeleteFunc(next.Bindings[1].Members, func(m string) bool { return m == "user:"+alice })
		case removes:
			next.Bindings = slices.DeleteFunc(next.Bindings, eligibleForAdmin)
		case restores:
			next.Bindings = append(slices.DeleteFunc(next.Bindings, eligibleForAdmin), sharedBinding())
		}
		if _, err := d.Set(ctx, "", next, ""); !errors.Is(err, conflicted) {
			return
		}
	}
}

func eligibleForAdmin(b *policy.Binding) bool {
	return b.Role == admin && b.Condition.Expression == eligibility.MultiPartyApproval.Marker()
}

// stubs implement the dependencies of a desk that no scenario is about.
type stubs struct{}

func (stubs) Sign(context.Context, request.Claims) (string, error) { return "token", nil }

func (stubs) Describe(context.Context, string) (iamrole.Role, error) { return iamrole.Role{}, nil }

func (stubs) Include(_ context.Context, email string) (bool, error) {
	return email == administrator, nil
}
