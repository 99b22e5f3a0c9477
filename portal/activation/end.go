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

// EndOrder asks to end an activation of a person. It is addressed by its key, so
// that one that JIT Access 1.8.1 wrote can be ended too.
type EndOrder struct {
	Person string // e-mail, lower-case
	Key    eligibility.Key
	ID     string // of the activation that was looked at; "" for one without
}

// ending is an order to end, by whoever may.
type ending struct {
	EndOrder
	reason string // for the audit log of Google Cloud
	known  bool   // that there is something to end is no secret to who orders
	final  bool   // nothing that was asked for before it is approved after it
}

// Ended is an activation that has ended.
type Ended struct {
	Activation eligibility.Activation // with the end that it has now
	Before     time.Time              // the end that it had
	Repeated   bool                   // it had ended before
}

// End ends an activation now. The binding stays, with its end set, because it
// shows later that requests made before it are spent. A request to extend, made
// meanwhile, stays open: it is the person's own, to be withdrawn.
//
// Errors: *Refusal, *upstream.Outage.
func (d *Desk) End(ctx context.Context, o EndOrder) (Ended, error) {
	if !eligibility.ProjectCanExist(o.Key.Project()) {
		return Ended{}, notActive(nil)
	}
	return d.carry(ctx, ending{EndOrder: o, reason: "Ended by the beneficiary"})
}

// carry carries an order to end out. That there is something to end is no secret
// once it was found.
func (d *Desk) carry(ctx context.Context, o ending) (Ended, error) {
	var ended Ended   // by the change's last run
	var tried []Ended // by all of them
	found := o.known
	out, err := d.policies.Modify(ctx, o.Key.Resource, policy.Change{
		ID:     o.ID,
		Reason: strings.TrimSpace(o.reason + " " + o.ID),
		Apply: func(p *policy.Policy) (err error) {
			ended, err = d.close(p, o)
			tried = append(tried, ended)
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
	ended.Repeated = ended.Repeated || !out.Written || !ended.by(tried)
	return ended, nil
}

// by tells whether one of the runs of a change ended it so. Where the answer to
// a write was lost, it may have ended otherwise.
func (e Ended) by(tried []Ended) bool {
	return slices.ContainsFunc(tried, func(t Ended) bool {
		return t.Activation == e.Activation && t.Before.After(e.Activation.Window.End)
	})
}

// endError tells what it means that nothing to end was found. A project that the portal may not
// read is not told apart from one that does not exist.
func endError(resource string, err error) error {
	var refusal *Refusal
	if !errors.As(err, &refusal) && !errors.Is(err, policy.ErrUnsettled) {
		if status := cause.Of(err).Status; status == http.StatusForbidden || status == http.StatusNotFound {
			return notActive(err)
		}
	}
	return writeError(resource, err)
}

func notActive(err error) *Refusal {
	return &Refusal{Reason: NotActive, Err: err,
		Message: "You have no activation of it, or the role or project does not exist."}
}

// close sets the end of what is open to now. A newer activation than the one
// that was looked at is not ended: the person has not seen it.
func (d *Desk) close(p *policy.Policy, o ending) (Ended, error) {
	now := d.now()
	mine, _ := eligibility.Activations(o.Key.Resource, policy.BindingsOf(p), o.Person)
	mine = slices.DeleteFunc(mine, func(a eligibility.Activation) bool { return a.Key != o.Key })
	if len(mine) == 0 {
		return Ended{}, notActive(nil)
	}
	meant := o.meant(mine, now)
	if meant.ID != o.ID && meant.Window.End.After(now) {
		return Ended{}, &Refusal{Reason: StaleForm,
			Message: "It has been activated again since you opened this page. Look at it again before you end it. Nothing was ended."}
	}
	ended := Ended{Activation: meant, Before: meant.Window.End}
	for _, a := range mine {
		if !a.Window.End.After(now) {
			continue
		}
		if err := shorten(p, a, later(a.Window.Start, now)); err != nil {
			return Ended{}, err
		}
	}
	switch {
	case meant.Window.End.After(now):
		ended.Activation.Window.End = later(meant.Window.Start, now)
		if o.final {
			return ended, o.seal(p, mine[0], ended.Activation)
		}
	case o.final:
		ended.Repeated = !sealed(mine, meant)
	}
	return ended, nil
}

// seal closes what was asked for until a revocation: by then, or in the second
// after the last decision; see issued.
func (o ending) seal(p *policy.Policy, newest, a eligibility.Activation) error {
	a.Description = o.reason + ". " + a.Description // which stays when the window is swept
	return lay(p, a, later(a.Window.End, newest.Window.Start.Add(apart)))
}

// sealed tells whether a revocation ended an activation: in the same second the
// beneficiary may have.
func sealed(mine []eligibility.Activation, ended eligibility.Activation) bool {
	return slices.ContainsFunc(mine, func(a eligibility.Activation) bool {
		return a.ID == ended.ID && a.Window.Duration() == 0 && a.Window.Start.After(ended.Window.Start)
	})
}

// meant is the activation that is open now or will be, or else the one that was
// looked at, or else the newest. Beside it may stand newer bindings: of a request
// that was declined, of a revocation.
func (o ending) meant(newestFirst []eligibility.Activation, now time.Time) eligibility.Activation {
	for _, a := range newestFirst {
		if a.Window.Duration() > 0 && a.Window.End.After(now) {
			return a
		}
	}
	if a, ok := own(newestFirst, o.Key, o.ID); ok {
		return a
	}
	a, _ := own(newestFirst, o.Key, newestFirst[0].ID)
	return a
}

// shorten rewrites a temporary binding with an earlier end.
func shorten(p *policy.Policy, a eligibility.Activation, end time.Time) error {
	ended := a
	ended.Window.End = end
	for i, b := range p.Bindings {
		read, ok, _ := eligibility.ReadActivation(a.Resource, policy.BindingOf(b))
		if !ok || read.Key != a.Key || read.Window != a.Window || !strings.EqualFold(read.User, a.User) {
			continue
		}
		replacement, err := temporary(ended)
		if err != nil {
			return &Refusal{Reason: NotGrantable, Message: notGrantable(err), Err: err}
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
