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

// EndOrder asks to end an activation of the person who orders. It is addressed
// by its key, so that one that JIT Access 1.8.1 wrote can be ended too.
type EndOrder struct {
	Person string // e-mail, lower-case
	Key    eligibility.Key
	ID     string // of the activation that was looked at; "" for one without
}

// Ended is an activation that has ended.
type Ended struct {
	Activation eligibility.Activation // with the end that it has now
	Before     time.Time              // the end that it had
	Repeated   bool                   // it had ended before
}

// End ends an activation now. The binding stays, with its end set, because it
// shows later that requests made before it are spent.
//
// Errors: *Refusal, *Outage.
func (d *Desk) End(ctx context.Context, o EndOrder) (Ended, error) {
	if !ValidProject(o.Key.Project) {
		return Ended{}, notActive(nil)
	}
	return d.endAs(ctx, o, "Ended by the beneficiary", false)
}

// endAs ends an activation for whoever may end it. The reason goes to the audit
// log with the id. That there is something to end is no secret once it was
// found, nor to those whom its request names.
func (d *Desk) endAs(ctx context.Context, o EndOrder, reason string, found bool) (Ended, error) {
	var ended Ended   // by the change's last run
	var tried []Ended // by all of them
	out, err := d.policies.Modify(ctx, resource(o.Key.Project), policy.Change{
		ID:     o.ID,
		Reason: strings.TrimSpace(reason + " " + o.ID),
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
	ended.Repeated = !out.Written || !ended.by(tried)
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
func (d *Desk) close(p *policy.Policy, o EndOrder) (Ended, error) {
	now := d.now()
	mine, _ := eligibility.Activations(o.Key.Project, bindings(p), o.Person)
	mine = slices.DeleteFunc(mine, func(a eligibility.Activation) bool { return a.Key != o.Key })
	if len(mine) == 0 {
		return Ended{}, notActive(nil)
	}
	newest := openFirst(mine, now)
	if newest.ID != o.ID && newest.Window.End.After(now) {
		return Ended{}, &Refusal{Reason: StaleForm,
			Message: "It has been activated again since you opened this page. Look at it again before you end it. Nothing was ended."}
	}
	ended := Ended{Activation: newest, Before: newest.Window.End}
	for _, a := range mine {
		if !a.Window.End.After(now) {
			continue
		}
		if err := shorten(p, a, later(a.Window.Start, now)); err != nil {
			return Ended{}, err
		}
	}
	if newest.Window.End.After(now) {
		ended.Activation.Window.End = later(newest.Window.Start, now)
	}
	return ended, nil
}

// openFirst is the activation that is open now, or else the newest. Beside the
// open one may stand a newer binding of a request that was declined.
func openFirst(newestFirst []eligibility.Activation, now time.Time) eligibility.Activation {
	if i := slices.IndexFunc(newestFirst, func(a eligibility.Activation) bool { return a.Window.Contains(now) }); i >= 0 {
		return newestFirst[i]
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
