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

// requestState is what the fakes know about one request. By default alice asks bob and carol for
// admin.
type requestState struct {
	claims           request.Claims
	redeemError      error // of the token
	token            string
	state            activation.State // of decisions
	repeated         bool
	decider          string // of repeated decisions; "" for who decides again
	peers            eligibility.Peers
	unreached        []string             // by the notifier
	reason           event.Why            // why they were not reached
	reasons          map[string]event.Why // where it is another, by person
	admins           []string
	adminsUnanswered bool // the look-up of administrators blocks
	holdings         []eligibility.Activation
	findings         []eligibility.Finding
	titles           map[string]string
	access           map[string]eligibility.ProjectAccess // by person; the scene's own for others
	notYours         string                               // the person for whom the catalog finds nothing on the project

	calls     []string // what was called, in order
	asks      []activation.Ask
	orders    []activation.DecisionOrder
	revoke    []activation.Revocation
	addresses []event.Addresses
}

func newRequestState() requestState {
	key := eligibility.Key{Resource: "projects/" + payments, Role: admin}
	e := eligibility.Entitlement{Key: key, Constraint: eligibility.MultiPartyApproval, Evidence: eligibility.Evidence{
		Resource: "projects/" + payments, Digest: digest, Member: eligibility.Principal{Kind: eligibility.User, Email: alice},
	}}
	access := eligibility.ProjectAccess{Project: payments, Entitlements: []eligibility.Entitlement{e}, Held: []eligibility.Entitlement{e}}
	return requestState{
		token: token, state: activation.Approved, admins: []string{carol},
		claims: request.Claims{
			ID: requestID, Beneficiary: alice, Reviewers: []string{bob, carol}, Key: key, Justification: "CASE-1042",
			Duration: time.Hour, IssuedAt: now.Add(-time.Minute), Expires: now.Add(time.Hour), Binding: digest,
		},
		peers: eligibility.Peers{Access: access, People: []eligibility.Peer{
			{Email: bob, Evidence: e.Evidence}, {Email: carol, Evidence: e.Evidence}, {Email: "dave@example.com", Evidence: e.Evidence},
		}},
		access: map[string]eligibility.ProjectAccess{alice: access, bob: access, carol: access},
	}
}

const digest = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// moveAccess makes everybody's access that to the project of the request.
func (s *scene) moveAccess() {
	for email, access := range s.request.access {
		access.Held = slices.Clone(access.Held)
		for i := range access.Held {
			access.Held[i].Key.Resource = s.request.claims.Key.Resource
		}
		s.request.access[email] = access
	}
}

// setDecision puts a decision on the request into the policy.
func (s *scene) setDecision(description string, window eligibility.Window) {
	access := s.request.access[alice]
	access.Activations = []eligibility.Activation{{Key: s.request.claims.Key, User: alice, ID: requestID, Window: window, Description: description}}
	s.request.access[alice] = access
}

// as signs in somebody else.
func (s *scene) as(email string) *scene {
	s.person = email
	return s
}

func (s *scene) call(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.request.calls = append(s.request.calls, what)
}

type redeemer struct{ *scene }

func (r redeemer) Redeem(_ context.Context, text string) (request.Claims, error) {
	if text != r.request.token && r.request.redeemError == nil {
		return request.Claims{}, &request.Error{Reason: request.Malformed}
	}
	return r.request.claims, r.request.redeemError
}

func (c catalog) Peers(context.Context, string, string, eligibility.Reference) (eligibility.Peers, error) {
	return c.request.peers, c.readError
}

func (c catalog) Describe(context.Context, string) (iamrole.Role, error) {
	return iamrole.Role{Name: admin, Title: "Compute Admin", Permissions: []string{"compute.instances.delete", "compute.projects.setIamPolicy"}}, nil
}

func (c catalog) Holdings(context.Context, string) (eligibility.Holdings, error) {
	return eligibility.Holdings{Activations: c.request.holdings, Findings: c.request.findings, Titles: c.request.titles}, c.readError
}

type administrators struct{ *scene }

func (a administrators) Include(ctx context.Context, email string) (bool, error) {
	if a.request.adminsUnanswered {
		<-ctx.Done()
		return false, ctx.Err()
	}
	return slices.Contains(a.request.admins, email), nil
}

func (d desk) Ask(_ context.Context, a activation.Ask) (activation.Asked, error) {
	d.call("desk asks")
	d.request.asks = append(d.request.asks, a)
	if d.actError != nil {
		return activation.Asked{}, d.actError
	}
	return activation.Asked{Claims: d.request.claims, Token: d.request.token, GrantsMore: true}, nil
}

func (d desk) decide(what string, verb event.Verb, o activation.DecisionOrder) (activation.Decided, error) {
	d.call("desk " + what)
	d.request.orders = append(d.request.orders, o)
	if d.actError != nil {
		return activation.Decided{}, d.actError
	}
	status := activation.Status{State: d.request.state}
	status.Ledger.Description = descriptionOf(d.request.state, cmp.Or(d.request.decider, o.By))
	return activation.Decided{
		Claims: o.Claims, Status: status, Repeated: d.request.repeated, Verb: verb, By: o.By, Reason: o.Reason,
	}, nil
}

// descriptionOf is the text that stands beside a decision in the policy.
func descriptionOf(state activation.State, by string) string {
	switch state {
	case activation.Declined:
		return "Declined by " + by + ": use the replica"
	case activation.Withdrawn:
		return "Withdrawn by the beneficiary"
	}
	return eligibility.ApprovedDescription(by, "CASE-1042")
}

func (d desk) Approve(_ context.Context, o activation.DecisionOrder) (activation.Decided, error) {
	return d.decide("approves", event.Approve, o)
}

func (d desk) Decline(_ context.Context, o activation.DecisionOrder) (activation.Decided, error) {
	return d.decide("declines", event.Decline, o)
}

func (d desk) Withdraw(_ context.Context, by string, c request.Claims) (activation.Decided, error) {
	return d.decide("withdraws", event.Withdraw, activation.DecisionOrder{By: by, Claims: c})
}

func (d desk) Revoke(_ context.Context, r activation.Revocation) (activation.Ended, error) {
	d.call("desk revokes")
	d.request.revoke = append(d.request.revoke, r)
	ended := eligibility.Activation{Key: r.Key, User: r.User, ID: r.ID}
	err := d.actError
	if err != nil && r.Claims == nil { // no request names who orders
		err = fmt.Errorf("%w: %w", upstream.ErrNotYours, err)
	}
	return activation.Ended{Activation: ended, Repeated: d.request.repeated}, err
}

// notifier reaches everybody but those whom the scene names.
type notifier struct{ *scene }

func (n notifier) Notify(_ context.Context, e event.Event, at event.Addresses) []event.Unreached {
	if e.Repeated || e.Refusal != nil {
		return nil
	}
	n.mu.Lock()
	n.notified = append(n.notified, e)
	n.mu.Unlock()
	switch {
	case e.Verb == event.Activate:
		return nil
	case e.Verb == event.End:
		n.call("notifier ended")
		return nil
	case e.Verb == event.Request:
		return n.notify("notifier asked", at)
	case e.Verb == event.Revoke && !e.HasRequest():
		return n.notify("notifier revoked without request", at)
	case e.Verb == event.Revoke:
		return n.notify("notifier revoked", at)
	}
	return n.notify("notifier decided", at)
}

func (n notifier) notify(what string, at event.Addresses) []event.Unreached {
	n.call(what)
	n.request.addresses = append(n.request.addresses, at)
	var unreached []event.Unreached
	for _, email := range n.request.unreached {
		unreached = append(unreached, event.Unreached{Email: email, Why: cmp.Or(n.request.reasons[email], n.request.reason)})
	}
	return unreached
}
