package activation

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// EndOrder asks to end an activation of a person. It names the activation by its key, because those
// that JIT Access 1.8.1 wrote have no id.
type EndOrder struct {
	Person string // e-mail, lower-case
	Key    eligibility.Key
	ID     string // of the activation that the person saw; "" for one without
}

// endChange is an order to end an activation, from anybody who may.
type endChange struct {
	EndOrder
	by             string // e-mail of who orders
	reason         string // for the audit log of Google Cloud
	existenceKnown bool   // who orders may know that there is something to end
	closesRequests bool   // requests that were made before cannot be approved after it
}

// Ended is an activation that has ended.
type Ended struct {
	Activation  eligibility.Activation // with its end as it is now
	PreviousEnd time.Time              // its end before
	Repeated    bool                   // it had ended before this order

	ScopeUnproven bool // it was ended although nobody could tell whether the project stands in the scope
}

// End ends an activation now. Its binding stays, with an earlier end, because it shows that
// requests made before it are spent. A request to extend it, made while it was active, stays open:
// the beneficiary can withdraw it.
//
// Errors: *Refusal, *upstream.Outage.
func (d *Desk) End(ctx context.Context, o EndOrder) (Ended, error) {
	if !eligibility.ProjectCanExist(o.Key.Project()) {
		return Ended{}, notActive(nil)
	}
	return d.endActivation(ctx, endChange{EndOrder: o, by: o.Person, reason: "Ended by the beneficiary"})
}

// endActivation ends an activation. A failed write is explained only if the activation was found in
// the policy, because who orders may know nothing of a project where they have none. The result is
// a repetition unless one of this change's own runs wrote it.
func (d *Desk) endActivation(ctx context.Context, o endChange) (Ended, error) {
	var ended Ended      // by the change's last run
	var attempts []Ended // by all of them
	found := o.existenceKnown
	out, unproven, err := d.gate.takeAway(ctx, o.Key.Project(), policy.Change{
		ID:     o.ID,
		Reason: strings.TrimSpace(o.reason + " " + o.ID),
		Owner:  o.by, Content: contentOf("end", o.Person, o.Key),
		Apply: func(p *policy.Policy) (err error) {
			ended, err = d.closeOpenWindows(p, o)
			attempts = append(attempts, ended)
			found = found || err == nil
			return err
		},
	})
	if err != nil && !found {
		return Ended{}, endError(o.Key.Resource, err)
	}
	if err != nil {
		return Ended{}, writeError(o.Key.Resource, err)
	}
	ended.Repeated = ended.Repeated || !out.Written || !ended.matchesAny(attempts)
	ended.ScopeUnproven = unproven && !ended.Repeated
	return ended, nil
}

// matchesAny reports whether one of the runs of a change ended the activation so. After a lost
// response, the policy may hold somebody else's end.
func (e Ended) matchesAny(attempts []Ended) bool {
	return slices.ContainsFunc(attempts, func(attempt Ended) bool {
		return attempt.Activation == e.Activation && attempt.PreviousEnd.After(e.Activation.Window.End)
	})
}

// endError explains an error before anything to end was found. A project that the portal may not
// read looks like one that does not exist.
func endError(resource string, err error) error {
	var refusal *Refusal
	if !errors.As(err, &refusal) && !errors.Is(err, policy.ErrUnsettled) {
		if status := cause.Of(err).Status; status == http.StatusForbidden || status == http.StatusNotFound {
			return notActive(err)
		}
	}
	return writeError(resource, err)
}

// notActive is the refusal for a person who has no such activation, whether the project exists or
// not.
func notActive(err error) *Refusal {
	return &Refusal{Reason: NotActive, Err: err,
		Message: "You have no activation of it, or the role or project does not exist."}
}

// closeOpenWindows sets the end of every open window of the key to now. It refuses to end a newer
// activation than the one that the person saw.
func (d *Desk) closeOpenWindows(p *policy.Policy, o endChange) (Ended, error) {
	now := d.now()
	activations, _ := eligibility.Activations(o.Key.Resource, policy.BindingsOf(p), o.Person)
	activations = slices.DeleteFunc(activations, func(a eligibility.Activation) bool { return a.Key != o.Key })
	if len(activations) == 0 {
		return Ended{}, notActive(nil)
	}
	target := o.target(activations, now)
	if target.ID != o.ID && target.Window.End.After(now) {
		return Ended{}, &Refusal{Reason: StaleForm,
			Message: "It has been activated again since you opened this page. Look at it again before you end it. Nothing was ended."}
	}
	ended := Ended{Activation: target, PreviousEnd: target.Window.End}
	for _, a := range activations {
		if !a.Window.End.After(now) {
			continue
		}
		if err := shorten(p, a, later(a.Window.Start, now)); err != nil {
			return Ended{}, err
		}
	}
	switch {
	case target.Window.End.After(now):
		ended.Activation.Window.End = later(target.Window.Start, now)
		if o.closesRequests {
			return ended, o.closeOlderRequests(p, activations[0], ended.Activation)
		}
	case o.closesRequests:
		ended.Repeated = !wasRevoked(activations, target)
	}
	return ended, nil
}

// closeOlderRequests adds the empty window of a revocation, which closes the requests made until
// then. It is in the second after the last decision if that is later, as issueTime may have set a
// request there.
func (o endChange) closeOlderRequests(p *policy.Policy, newest, a eligibility.Activation) error {
	a.Description = o.reason + ". " + a.Description // the window itself may be swept before this one
	return addEmptyWindow(p, a, later(a.Window.End, newest.Window.Start.Add(requestGap)))
}

// wasRevoked reports whether a revocation ended an activation, rather than its beneficiary in the
// same second.
func wasRevoked(activations []eligibility.Activation, ended eligibility.Activation) bool {
	return slices.ContainsFunc(activations, func(a eligibility.Activation) bool {
		return a.ID == ended.ID && a.Window.Duration() == 0 && a.Window.Start.After(ended.Window.Start)
	})
}

// target is the activation that an order means: the one that is open now or will be, or else the
// one that the person saw, or else the newest. Empty windows of declined requests and revocations
// may be newer, but are no activations.
func (o endChange) target(newestFirst []eligibility.Activation, now time.Time) eligibility.Activation {
	for _, a := range newestFirst {
		if a.Window.Duration() > 0 && a.Window.End.After(now) {
			return a
		}
	}
	if a, ok := oldestWithID(newestFirst, o.Key, o.ID); ok {
		return a
	}
	a, _ := oldestWithID(newestFirst, o.Key, newestFirst[0].ID)
	return a
}

// shorten gives the binding of an activation an earlier end.
func shorten(p *policy.Policy, a eligibility.Activation, end time.Time) error {
	ended := a
	ended.Window.End = end
	for i, b := range p.Bindings {
		read, ok, _ := eligibility.ReadActivation(a.Resource, policy.BindingOf(b))
		if !ok || read.Key != a.Key || read.Window != a.Window || !strings.EqualFold(read.User, a.User) {
			continue
		}
		replacement, err := temporaryBinding(ended)
		if err != nil {
			return err
		}
		p.Bindings[i] = replacement
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
