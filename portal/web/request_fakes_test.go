package web_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

const (
	bob       = "bob@example.com"
	carol     = "carol@example.com"
	mallory   = "mallory@example.com"
	publicURL = "https://jit.example.com"
	requestID = "mpa-AAAAAAAAAAAAAAAA"
	token     = "eyJhbGciOiJSUzI1NiJ9.eyJqdGkiOiJtcGEifQ.c2lnbmF0dXJl"
)

// party is what the fakes know about one request: alice asks bob and carol for
// admin, in place of whom tests put others.
type party struct {
	claims   request.Claims
	redeemed error // of the token
	token    string
	state    activation.State // of decisions
	repeated bool
	decider  string // of repeated decisions; "" for who decides again
	peers    eligibility.Peers
	untold   []string             // whom the notifier cannot tell
	why      event.Why            // and why not
	whys     map[string]event.Why // of those for whom it is another reason
	admins   []string
	slow     bool // who is an administrator is not answered
	holdings []eligibility.Activation
	findings []eligibility.Finding
	titles   map[string]string
	access   map[string]eligibility.ProjectAccess // by person; the scene's own for others
	notYours string                               // whom the project is told to hold nothing of

	done   []string // what was called, in order
	asks   []activation.Ask
	orders []activation.Decision
	revoke []activation.Revocation
	at     []event.Addresses
}

func newParty() party {
	key := eligibility.Key{Resource: "projects/" + payments, Role: admin}
	e := eligibility.Entitlement{Key: key, Constraint: eligibility.MultiPartyApproval, Evidence: eligibility.Evidence{
		Resource: "projects/" + payments, Digest: digest, Member: eligibility.Principal{Kind: eligibility.User, Email: alice},
	}}
	access := eligibility.ProjectAccess{Project: payments, Entitlements: []eligibility.Entitlement{e}, Held: []eligibility.Entitlement{e}}
	return party{
		token: token, state: activation.Approved, admins: []string{carol},
		claims: request.Claims{
			ID: requestID, Beneficiary: alice, Reviewers: []string{bob, carol}, Key: key, Justification: "CASE-1042",
			Duration: time.Hour, IssuedAt: opening.Add(-time.Minute), Expires: opening.Add(time.Hour), Binding: digest,
		},
		peers: eligibility.Peers{Access: access, People: []eligibility.Peer{
			{Email: bob, Evidence: e.Evidence}, {Email: carol, Evidence: e.Evidence}, {Email: "dave@example.com", Evidence: e.Evidence},
		}},
		access: map[string]eligibility.ProjectAccess{alice: access, bob: access, carol: access},
	}
}

const digest = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// decided puts a decision on the request into the policy.
func (s *scene) decided(description string, window eligibility.Window) {
	access := s.party.access[alice]
	access.Activations = []eligibility.Activation{{Key: s.party.claims.Key, User: alice, ID: requestID, Window: window, Description: description}}
	s.party.access[alice] = access
}

// as lets somebody else sit in front of the browser.
func (s *scene) as(email string) *scene {
	s.person = email
	return s
}

func (s *scene) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.party.done = append(s.party.done, what)
}

type redeemer struct{ *scene }

func (r redeemer) Redeem(_ context.Context, text string) (request.Claims, error) {
	if text != r.party.token && r.party.redeemed == nil {
		return request.Claims{}, &request.Error{Reason: request.Malformed}
	}
	return r.party.claims, r.party.redeemed
}

func (c catalog) Peers(context.Context, string, string, eligibility.Reference) (eligibility.Peers, error) {
	return c.party.peers, c.lookError
}

func (c catalog) Describe(context.Context, string) (iamrole.Role, error) {
	return iamrole.Role{Name: admin, Title: "Compute Admin", Permissions: []string{"compute.instances.delete", "compute.projects.setIamPolicy"}}, nil
}

func (c catalog) Holdings(context.Context, string) (eligibility.Holdings, error) {
	return eligibility.Holdings{Activations: c.party.holdings, Findings: c.party.findings, Titles: c.party.titles}, c.lookError
}

type administrators struct{ *scene }

func (a administrators) Include(ctx context.Context, email string) (bool, error) {
	if a.party.slow {
		<-ctx.Done()
		return false, ctx.Err()
	}
	return slices.Contains(a.party.admins, email), nil
}

func (d desk) Ask(_ context.Context, a activation.Ask) (activation.Asked, error) {
	d.note("desk asks")
	d.party.asks = append(d.party.asks, a)
	if d.actError != nil {
		return activation.Asked{}, d.actError
	}
	return activation.Asked{Claims: d.party.claims, Token: d.party.token, GrantsMore: true}, nil
}

func (d desk) decide(what string, verb event.Verb, o activation.Decision) (activation.Decided, error) {
	d.note("desk " + what)
	d.party.orders = append(d.party.orders, o)
	if d.actError != nil {
		return activation.Decided{}, d.actError
	}
	status := activation.Status{State: d.party.state}
	status.Ledger.Description = describes(d.party.state, cmp.Or(d.party.decider, o.By))
	return activation.Decided{
		Claims: o.Claims, Status: status, Repeated: d.party.repeated, Verb: verb, By: o.By, Reason: o.Reason,
	}, nil
}

// describes is the text that stands beside a decision in the policy.
func describes(state activation.State, by string) string {
	switch state {
	case activation.Declined:
		return "Declined by " + by + ": use the replica"
	case activation.Withdrawn:
		return "Withdrawn by the beneficiary"
	}
	return eligibility.ApprovedDescription(by, "CASE-1042")
}

func (d desk) Approve(_ context.Context, o activation.Decision) (activation.Decided, error) {
	return d.decide("approves", event.Approve, o)
}

func (d desk) Decline(_ context.Context, o activation.Decision) (activation.Decided, error) {
	return d.decide("declines", event.Decline, o)
}

func (d desk) Withdraw(_ context.Context, by string, c request.Claims) (activation.Decided, error) {
	return d.decide("withdraws", event.Withdraw, activation.Decision{By: by, Claims: c})
}

func (d desk) Revoke(_ context.Context, r activation.Revocation) (activation.Ended, error) {
	d.note("desk revokes")
	d.party.revoke = append(d.party.revoke, r)
	ended := eligibility.Activation{Key: r.Key, User: r.User, ID: r.ID}
	err := d.actError
	if err != nil && r.Claims == nil { // no request names who orders
		err = fmt.Errorf("%w: %w", upstream.ErrNotYours, err)
	}
	return activation.Ended{Activation: ended, Repeated: d.party.repeated}, err
}

// notifier cannot tell whom the party says.
type notifier struct{ *scene }

func (n notifier) Notify(_ context.Context, e event.Event, at event.Addresses) []event.Unreached {
	if e.Repeated || e.Refusal != nil {
		return nil
	}
	n.mu.Lock()
	n.told = append(n.told, e)
	n.mu.Unlock()
	switch {
	case e.Verb == event.Activate:
		return nil
	case e.Verb == event.End:
		n.note("notifier ended")
		return nil
	case e.Verb == event.Request:
		return n.tell("notifier asked", at)
	case e.Verb == event.Revoke && !e.HasRequest():
		return n.tell("notifier taken", at)
	case e.Verb == event.Revoke:
		return n.tell("notifier revoked", at)
	}
	return n.tell("notifier decided", at)
}

func (n notifier) tell(what string, at event.Addresses) []event.Unreached {
	n.note(what)
	n.party.at = append(n.party.at, at)
	var untold []event.Unreached
	for _, email := range n.party.untold {
		untold = append(untold, event.Unreached{Email: email, Why: cmp.Or(n.party.whys[email], n.party.why)})
	}
	return untold
}
