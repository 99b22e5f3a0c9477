package activation

import (
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// Event is the record of the outcome, without who did it.
func (a Activated) Event() event.Event {
	e := event.Event{
		Verb: event.Activate, Resource: a.Order.resource(), Beneficiary: a.Order.Person, ID: a.Order.ID,
		Start: a.Window().Start, End: a.Window().End, Justification: a.Order.Justification, Repeated: a.Repeated,
	}
	for i, made := range a.Activations {
		g := grantOf(made.Key)
		if len(a.Bindings) == len(a.Activations) {
			g.Digest = a.Bindings[i]
		}
		e.Grants = append(e.Grants, g)
	}
	return e
}

// Event is the record of the outcome, without who did it.
func (a Asked) Event() event.Event {
	e := RequestEvent(a.Claims)
	e.Verb, e.Token = event.Request, a.Token
	e.Start, e.End = a.Claims.IssuedAt, a.Claims.IssuedAt.Add(a.Claims.Duration)
	return e
}

// Event is the record of the outcome, without who did it. A decision that came after another one,
// of somebody else or of another kind, is recorded as refused, and the same decision again as a
// repetition.
func (d Decided) Event() event.Event {
	e := RequestEvent(d.Claims)
	e.Verb = d.Verb
	made, by := d.Status.State.decision(), d.Status.Decider(d.Claims)
	if d.Repeated && (made != d.Verb.Decision() || by != d.By) {
		e.Refusal = &event.Refusal{Reason: string(RequestSpent)}
		e.Decision, e.DecidedBy = made, by
		return e
	}
	e.Start, e.End = d.Status.Ledger.Window.Start, d.Status.Ledger.Window.End
	e.Reason, e.Repeated, e.ScopeUnproven = d.Reason, d.Repeated, d.ScopeUnproven
	return e
}

// decision is the decision on a request in this state, or "" if it has none of its own.
func (s State) decision() event.Decision {
	switch s {
	case Approved, Over:
		return event.Approved
	case Declined:
		return event.Declined
	case Withdrawn:
		return event.Withdrawn
	}
	return ""
}

// Event is the record of the outcome, without who did it: an end by the beneficiary, or a
// revocation. The claims are those of the request that made the activation and names who revokes
// it, or nil.
func (e Ended) Event(verb event.Verb, claims *request.Claims) event.Event {
	a := e.Activation
	recorded := event.Event{Grants: []event.Grant{grantOf(a.Key)}, Description: a.Description}
	if claims != nil {
		recorded = RequestEvent(*claims)
	}
	recorded.Verb, recorded.Resource, recorded.Beneficiary, recorded.ID = verb, a.Resource, a.User, a.ID
	recorded.Start, recorded.End, recorded.Repeated = a.Window.Start, a.Window.End, e.Repeated
	recorded.ScopeUnproven = e.ScopeUnproven
	return recorded
}

// RequestEvent has the fields that every event of a request has.
func RequestEvent(c request.Claims) event.Event {
	g := grantOf(c.Key)
	g.Digest = c.Binding
	return event.Event{
		Resource: c.Key.Resource, Beneficiary: c.Beneficiary, Reviewers: c.Reviewers, Grants: []event.Grant{g}, ID: c.ID,
		Asked: c.IssuedAt, Expiry: c.Expires, Duration: c.Duration, Justification: c.Justification,
	}
}

func grantOf(k eligibility.Key) event.Grant {
	return event.Grant{Resource: k.Resource, Role: k.Role, Condition: k.ResourceCondition}
}
