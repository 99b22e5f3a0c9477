package activation

import (
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// Event is what the outcome is written down and told as, but for who did it.
func (a Activated) Event() event.Event {
	e := event.Event{
		Verb: event.Activate, Resource: a.Order.resource(), Beneficiary: a.Order.Person, ID: a.Order.ID,
		Start: a.Window().Start, End: a.Window().End, Justification: a.Order.Justification, Repeated: a.Repeated,
	}
	for i, made := range a.Activations {
		g := grant(made.Key)
		if len(a.Bindings) == len(a.Activations) {
			g.Digest = a.Bindings[i]
		}
		e.Grants = append(e.Grants, g)
	}
	return e
}

// Event is what the outcome is written down and told as, but for who did it.
func (a Asked) Event() event.Event {
	e := RequestEvent(a.Claims)
	e.Verb, e.Token = event.Request, a.Token
	e.Start, e.End = a.Claims.IssuedAt, a.Claims.IssuedAt.Add(a.Claims.Duration)
	return e
}

// Event is what the outcome is written down and told as, but for who did it. A
// decision that came after another one, of somebody else or of another kind, is
// refused; the same once more is a repetition.
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
	e.Reason, e.Repeated = d.Reason, d.Repeated
	return e
}

// decision is what was decided on a request in this state; "" for none of its own.
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

// Event is what the outcome is written down and told as, but for who did it: an
// end by the beneficiary, or a revocation. Asked is the request that made the
// activation and names who revokes it; nil where none does.
func (e Ended) Event(verb event.Verb, asked *request.Claims) event.Event {
	a := e.Activation
	out := event.Event{Grants: []event.Grant{grant(a.Key)}, Description: a.Description}
	if asked != nil {
		out = RequestEvent(*asked)
	}
	out.Verb, out.Resource, out.Beneficiary, out.ID = verb, a.Resource, a.User, a.ID
	out.Start, out.End, out.Repeated = a.Window.Start, a.Window.End, e.Repeated
	return out
}

// RequestEvent is what every event of a request says.
func RequestEvent(c request.Claims) event.Event {
	g := grant(c.Key)
	g.Digest = c.Binding
	return event.Event{
		Resource: c.Key.Resource, Beneficiary: c.Beneficiary, Reviewers: c.Reviewers, Grants: []event.Grant{g}, ID: c.ID,
		Asked: c.IssuedAt, Expiry: c.Expires, Duration: c.Duration, Justification: c.Justification,
	}
}

func grant(k eligibility.Key) event.Grant {
	return event.Grant{Resource: k.Resource, Role: k.Role, Condition: k.ResourceCondition}
}
