package activation

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// Activated is an activation that the policy holds.
type Activated struct {
	Order       Order
	Activations []eligibility.Activation // one for each role, in one window
	Bindings    []string                 // digests of their eligible bindings, in the same order; none if it is repeated
	Repeated    bool                     // an earlier write made it
}

// Self activates roles that need nobody's approval, all in one write. A role that is active already
// is extended: a window that starts now replaces its window, unless that would end earlier.
//
// Errors: Faults, *Refusal, *upstream.Outage, or the Confirmer's own.
func (d *Desk) Self(ctx context.Context, o Order) (Activated, error) {
	o.Justification = strings.TrimSpace(o.Justification)
	o.Roles = distinct(o.Roles)
	if err := d.check(o, eligibility.SelfID); err != nil {
		return Activated{}, err
	}
	if slices.ContainsFunc(o.Roles, needsPeer) {
		return Activated{}, notEligible(nil)
	}
	var made Activated // by the change's last run
	lookups := []eligibility.Lookup{{Email: o.Person, Wanted: o.Roles}}
	out, err := d.modify(ctx, o.Project, lookups, func(c eligibility.Confirmation, read *policy.Policy) policy.Change {
		return policy.Change{
			ID:     o.ID,
			Reason: eligibility.SelfApprovedDescription(o.Justification) + " [" + o.ID + "]",
			Base:   read,
			Owner:  o.Person, Content: o.content(),
			Apply: func(p *policy.Policy) (err error) {
				made, err = d.selfApprove(p, c, o)
				return err
			},
		}
	})
	if err != nil {
		return Activated{}, err
	}
	made.Order, made.Repeated = o, !out.Written
	return made, nil
}

func needsPeer(r eligibility.Reference) bool { return r.Constraint != eligibility.SelfApproval }

// selfApprove decides on the policy that it is given, and writes the activations into it.
func (d *Desk) selfApprove(p *policy.Policy, c eligibility.Confirmation, o Order) (Activated, error) {
	bindings := policy.BindingsOf(p)
	if made, err := earlierWrite(bindings, o); made != nil || err != nil {
		return Activated{Activations: made}, err
	}
	entitlements, err := d.confirmedPerson(bindings, c, o.resource(), o.Person).findAll(o.Roles)
	if err != nil {
		return Activated{}, err
	}
	if err := d.guard(o.Project); err != nil {
		return Activated{}, err
	}
	if err := d.checkLimits(o, entitlements); err != nil {
		return Activated{}, err
	}
	keys, digests := make([]eligibility.Key, len(entitlements)), make([]string, len(entitlements))
	for i, e := range entitlements {
		keys[i], digests[i] = e.Key, e.Evidence.Digest
	}
	made, err := d.openWindow(p, bindings, o, keys)
	if err != nil {
		return Activated{}, err
	}
	return Activated{Activations: made, Bindings: digests}, nil
}

// checkLimits refuses an order that the limits of one of its entitlements do not allow.
func (d *Desk) checkLimits(o Order, entitlements []eligibility.Entitlement) error {
	for _, e := range entitlements {
		if err := d.rules.For(e).orderFaults(o).orNil(); err != nil {
			return err
		}
	}
	return nil
}

// openWindow writes one window for all keys, in place of the person's earlier ones.
func (d *Desk) openWindow(p *policy.Policy, bindings []eligibility.Binding, o Order, keys []eligibility.Key) ([]eligibility.Activation, error) {
	now := d.now()
	window := eligibility.Window{Start: now, End: now.Add(o.Duration)}
	if err := checkNotShorter(bindings, o, keys, window); err != nil {
		return nil, err
	}
	opened := make([]eligibility.Activation, 0, len(keys))
	for _, key := range keys {
		a := eligibility.Activation{
			Key: key, User: o.Person, Window: window, ID: o.ID,
			Description: eligibility.SelfApprovedDescription(o.Justification),
		}
		b, err := temporaryBinding(a)
		if err != nil {
			return nil, err
		}
		removeActivations(p, key, o.Person, replacedBy(window))
		p.Bindings = append(p.Bindings, b)
		opened = append(opened, a)
	}
	return opened, nil
}

// checkNotShorter refuses a window that would end before one that is open.
func checkNotShorter(bindings []eligibility.Binding, o Order, keys []eligibility.Key, window eligibility.Window) error {
	activations, _ := eligibility.Activations(o.resource(), bindings, o.Person)
	for _, a := range activations {
		if slices.Contains(keys, a.Key) && a.Window.End.After(window.End) {
			return &Refusal{Reason: Shortens, Message: fmt.Sprintf(
				"%s is active until %s, longer than you asked for. Choose a longer duration, or end it first.",
				a.Role, a.Window.End.Format("15:04 UTC"))}
		}
	}
	return nil
}

// removeActivations removes the temporary bindings of a person and key that match.
func removeActivations(p *policy.Policy, key eligibility.Key, email string, like func(eligibility.Activation) bool) {
	p.Bindings = slices.DeleteFunc(p.Bindings, func(b *policy.Binding) bool {
		a, ok, _ := eligibility.ReadActivation(key.Resource, policy.BindingOf(b))
		return ok && a.Key == key && strings.EqualFold(a.User, email) && like(a)
	})
}

// replacedBy matches the bindings that a new window replaces: all except empty windows that start
// after it, which still close requests. Such exist because the window of a request of JIT Access
// 1.8.1 starts when the request was made.
func replacedBy(window eligibility.Window) func(eligibility.Activation) bool {
	return func(a eligibility.Activation) bool { return a.Window.Duration() > 0 || emptyUntil(window.Start)(a) }
}

// earlierWrite returns the activations that an earlier write made under the id of the order, or nil
// if there are none. It refuses an id that belongs to somebody else's activation or to another
// role, because the log tells activations apart by it.
func earlierWrite(bindings []eligibility.Binding, o Order) ([]eligibility.Activation, error) {
	var made []eligibility.Activation
	for _, b := range bindings {
		a, ok, _ := eligibility.ReadActivation(o.resource(), b)
		if !ok || a.ID != o.ID {
			continue
		}
		ordered := slices.ContainsFunc(o.Roles, func(r eligibility.Reference) bool {
			return r.Role == a.Role && r.ResourceCondition == a.ResourceCondition
		})
		if !ordered || !strings.EqualFold(a.User, o.Person) {
			return nil, &Refusal{Reason: StaleForm, Message: staleMessage}
		}
		made = append(made, a)
	}
	return oldestOfEachKey(made), nil
}

// oldestOfEachKey leaves out the empty windows of revocations, which have the id and the key of
// what they revoked.
func oldestOfEachKey(made []eligibility.Activation) []eligibility.Activation {
	var oldest []eligibility.Activation
	for _, a := range made {
		i := slices.IndexFunc(oldest, func(k eligibility.Activation) bool { return k.Key == a.Key })
		switch {
		case i < 0:
			oldest = append(oldest, a)
		case a.Window.Start.Before(oldest[i].Window.Start):
			oldest[i] = a
		}
	}
	return oldest
}

// distinct leaves one reference for each role, resource condition and constraint.
func distinct(roles []eligibility.Reference) []eligibility.Reference {
	var distinct []eligibility.Reference
	for _, r := range roles {
		if !slices.ContainsFunc(distinct, func(seen eligibility.Reference) bool {
			return seen.Role == r.Role && seen.ResourceCondition == r.ResourceCondition && seen.Constraint == r.Constraint
		}) {
			distinct = append(distinct, r)
		}
	}
	return distinct
}

// Window is the window that all of its activations share.
func (a Activated) Window() eligibility.Window {
	if len(a.Activations) == 0 {
		return eligibility.Window{}
	}
	return a.Activations[0].Window
}
