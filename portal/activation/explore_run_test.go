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

// verb is what somebody does.
type verb string

const (
	approves  verb = "approves"
	declines  verb = "declines"
	withdraws verb = "withdraws"
	ends      verb = "ends"
	revokes   verb = "revokes"
	asks      verb = "asks"
	edits     verb = "edits"    // the foreign writer: another binding
	ousts     verb = "ousts"    // the foreign writer: the beneficiary from the eligible binding
	removes   verb = "removes"  // the foreign writer: the eligible binding
	restores  verb = "restores" // the foreign writer: the eligible binding
	waits     verb = "waits"    // the clock
)

// act is one thing that somebody does.
type act struct {
	verb    verb
	at      byte          // the instance, A or B
	request int           // about which
	jump    time.Duration // of the clock
}

// actor does one thing after the other.
type actor struct {
	who  byte
	acts []act
}

// emails are those of people; e is bob in another tab.
var emails = map[byte]string{'a': alice, 'b': bob, 'c': carol, 'd': administrator, 'e': bob}

// deed is an act with what came of it.
type deed struct {
	act
	who         byte
	by          string
	claims      request.Claims
	began, told int // steps; told is 0 until somebody was told
	ledger      eligibility.Activation
	state       State
	repeated    bool
	err         error
}

func (d deed) unsettled() bool {
	var outage *upstream.Outage
	return d.told == 0 || errors.As(d.err, &outage) && outage.Unsettled
}

func (d deed) String() string {
	s := fmt.Sprintf("steps %d to %d: %s %s %s through %c", d.began, d.told, d.by, d.verb, d.claims.ID, d.at)
	if d.err != nil {
		return s + ": " + d.err.Error()
	}
	return fmt.Sprintf("%s: %s, repeated %v, by %q", s, d.state, d.repeated, d.ledger.Description)
}

// play is one run of a scenario.
type play struct {
	*world
	desks  map[byte]*Desk
	claims []request.Claims
	made   []chan struct{} // closed when a request has been asked for, or never will be
}

func newPlay(s *scenario, careless bool) *play {
	start := &policy.Policy{Etag: "start", Version: 3, Bindings: []*policy.Binding{
		{Role: foreignRole, Members: []string{"user:" + bob}}, shared(),
	}}
	w := &world{
		scenario: s, careless: careless, now: opening, policy: start, confirmed: map[byte][]time.Time{},
		history: []version{{at: opening, policy: start}},
	}
	p := &play{world: w, desks: map[byte]*Desk{}}
	for _, instance := range []byte("AB") {
		p.desks[instance] = s.desk(w, instance)
	}
	for i, age := range s.requests {
		p.claims = append(p.claims, s.claims(i, opening.Add(-age)))
		p.made = append(p.made, make(chan struct{}))
		if age >= 0 {
			close(p.made[i])
		}
	}
	return p
}

// perform starts everybody.
func (p *play) perform(ctx context.Context) {
	p.acting = len(p.scenario.cast)
	for _, a := range p.scenario.cast {
		go func() {
			ctx := context.WithValue(ctx, actorKey{}, a.who)
			for _, act := range a.acts {
				p.do(ctx, a.who, act)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			p.acting--
		}()
	}
}

func (p *play) do(ctx context.Context, who byte, a act) {
	switch a.verb {
	case waits:
		_, _ = p.pass(ctx, &call{who: who, does: passes, jump: a.jump})
		return
	case edits, ousts, removes, restores:
		p.foreign(ctx, who, a.verb)
		return
	case asks:
		p.ask(ctx, a)
		return
	}
	<-p.made[a.request]
	claims := p.claims[a.request]
	if claims.ID == "" {
		return
	}
	if a.verb != approves {
		_, _ = p.pass(ctx, &call{who: who, does: begins})
	}
	d := p.begin(a, who, claims)
	p.order(ctx, d)
	p.mu.Lock()
	defer p.mu.Unlock()
	d.told = p.step
}

func (p *play) begin(a act, who byte, c request.Claims) *deed {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := &deed{act: a, who: who, by: emails[who], claims: c, began: p.step}
	p.deeds = append(p.deeds, d)
	return d
}

// order does what a person can do to a request.
func (p *play) order(ctx context.Context, d *deed) {
	desk, c := p.desks[d.at], d.claims
	var decided Decided
	var ended Ended
	switch d.verb {
	case approves:
		decided, d.err = desk.Approve(ctx, Decision{By: d.by, Claims: c})
	case declines:
		decided, d.err = desk.Decline(ctx, Decision{By: d.by, Claims: c, Reason: "no"})
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

// ask makes a request while the play goes on.
func (p *play) ask(ctx context.Context, a act) {
	defer close(p.made[a.request])
	wanted := p.claims[a.request]
	p.claims[a.request].ID = ""
	asked, err := p.desks[a.at].Ask(ctx, Ask{
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

// foreign edits the policy as Terraform or a person at a console would: with
// the etag, and again after a conflict.
func (p *play) foreign(ctx context.Context, who byte, v verb) {
	for d := (door{p.world, who}); ; {
		read, err := d.Get(ctx, "")
		if err != nil {
			return
		}
		next := policy.Clone(read)
		switch v {
		case edits:
			next.Bindings[0].Members = append(next.Bindings[0].Members, fmt.Sprintf("user:e%d@example.com", len(next.Bindings[0].Members)))
		case ousts:
			next.Bindings[1].Members = slices.DeleteFunc(next.Bindings[1].Members, func(m string) bool { return m == "user:"+alice })
		case removes:
			next.Bindings = slices.DeleteFunc(next.Bindings, eligibleForAdmin)
		case restores:
			next.Bindings = append(slices.DeleteFunc(next.Bindings, eligibleForAdmin), shared())
		}
		if _, err := d.Set(ctx, "", next, ""); !errors.Is(err, conflicted) {
			return
		}
	}
}

func eligibleForAdmin(b *policy.Binding) bool {
	return b.Role == admin && b.Condition.Expression == eligibility.MultiPartyApproval.Marker()
}

// signature stands in for one.
type signature struct{}

func (signature) Sign(context.Context, request.Claims) (string, error) { return "token", nil }

func (signature) Describe(context.Context, string) (iamrole.Role, error) { return iamrole.Role{}, nil }

func (signature) Include(_ context.Context, email string) (bool, error) {
	return email == administrator, nil
}
