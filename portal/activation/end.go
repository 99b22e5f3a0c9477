package activation

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

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
// Errors: *Refusal, *Outage.
func (d *Desk) End(ctx context.Context, o EndOrder) (Ended, error) {
	if !ValidProject(o.Key.Project) {
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
	out, err := d.policies.Modify(ctx, resource(o.Key.Project), policy.Change{
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
		return Ended{}, endError(o.Key.Project, err)
	}
	if err != nil {
		return Ended{}, writeError(o.Key.Project, err)
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
func endError(project string, err error) error {
	var refusal *Refusal
	if !errors.As(err, &refusal) && !errors.Is(err, policy.ErrUnsettled) {
		if s := policy.Status(err); s == http.StatusForbidden || s == http.StatusNotFound {
			return notActive(err)
		}
	}
	return writeError(project, err)
}

func notActive(err error) *Refusal {
	return &Refusal{Reason: NotActive, Err: err,
		Message: "You have no activation of it, or the role or project does not exist."}
}

// close sets the end of what is open to now. A newer activation than the one
// that was looked at is not ended: the person has not seen it.
func (d *Desk) close(p *policy.Policy, o ending) (Ended, error) {
	now := d.now()
	mine, _ := eligibility.Activations(o.Key.Project, bindings(p), o.Person)
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
	if meant.Window.End.After(now) {
		ended.Activation.Window.End = later(meant.Window.Start, now)
	}
	var err error
	if o.final && meant.ID == o.ID {
		ended.Repeated, err = o.seal(p, mine, ended)
	}
	return ended, err
}

// seal closes what was asked for until an activation ended: by then, or in the
// second after the last decision before that; see issued. It tells whether that
// is all there was to do.
func (o ending) seal(p *policy.Policy, newestFirst []eligibility.Activation, ended Ended) (alone bool, err error) {
	end := ended.Activation.Window.End
	over := ended.Before.Equal(end) // before this: it may be sealed already
	if over && slices.ContainsFunc(newestFirst, func(a eligibility.Activation) bool { return seals(a) && !a.Window.Start.Before(end) }) {
		return false, nil
	}
	last := newestFirst[0]
	if i := slices.IndexFunc(newestFirst, func(a eligibility.Activation) bool { return !a.Window.Start.After(end) }); over && i >= 0 {
		last = newestFirst[i]
	}
	at := later(end, last.Window.Start.Add(aSecond))
	remove(p, o.Key, o.Person, func(a eligibility.Activation) bool { return seals(a) && covered(at)(a) })
	return over, lay(p, eligibility.Activation{Key: o.Key, User: o.Person, Description: o.reason}, at)
}

// seals tells the binding of a revocation from those that have an id.
func seals(a eligibility.Activation) bool { return a.ID == "" && a.Window.Duration() == 0 }

// meant is the activation that is open now, or else the one that was looked at,
// or else the newest. Beside it may stand newer bindings: of a request that was
// declined, of a revocation.
func (o ending) meant(newestFirst []eligibility.Activation, now time.Time) eligibility.Activation {
	for _, is := range []func(eligibility.Activation) bool{
		func(a eligibility.Activation) bool { return a.Window.Contains(now) },
		func(a eligibility.Activation) bool { return a.ID == o.ID && a.Window.Duration() > 0 },
	} {
		if i := slices.IndexFunc(newestFirst, is); i >= 0 {
			return newestFirst[i]
		}
	}
	return newestFirst[0]
}

// shorten rewrites a temporary binding with an earlier end.
func shorten(p *policy.Policy, a eligibility.Activation, end time.Time) error {
	ended := a
	ended.Window.End = end
	for i, b := range p.Bindings {
		read, ok, _ := eligibility.ReadActivation(a.Project, binding(b))
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
