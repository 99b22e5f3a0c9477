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
	Bindings    []string                 // digests of the eligible bindings, in the same order; none where it is repeated
	Repeated    bool                     // a write before this one made it
}

// Self activates roles that need nobody's approval, all in one write. A role
// that is active already is extended: its window is replaced by one that starts
// now, unless it would end earlier.
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

// selfApprove decides on a policy and writes the activations into it.
func (d *Desk) selfApprove(p *policy.Policy, c eligibility.Confirmation, o Order) (Activated, error) {
	if d.clock().Sub(c.At) > freshness {
		return Activated{}, errConfirmAgain
	}
	held := policy.BindingsOf(p)
	if made, err := repeated(held, o); made != nil || err != nil {
		return Activated{Activations: made}, err
	}
	entitlements, err := d.confirmed(held, c, o.resource(), o.Person).all(o.Roles)
	if err != nil {
		return Activated{}, err
	}
	if err := d.guard(o.Project); err != nil {
		return Activated{}, err
	}
	if err := d.limited(o, entitlements); err != nil {
		return Activated{}, err
	}
	made, err := d.open(p, held, o, keysOf(entitlements))
	if err != nil {
		return Activated{}, err
	}
	return Activated{Activations: made, Bindings: digestsOf(entitlements)}, nil
}

func digestsOf(entitlements []eligibility.Entitlement) []string {
	digests := make([]string, len(entitlements))
	for i, e := range entitlements {
		digests[i] = e.Evidence.Digest
	}
	return digests
}

// limited refuses what the limits of the entitlements do not allow.
func (d *Desk) limited(o Order, entitlements []eligibility.Entitlement) error {
	for _, e := range entitlements {
		if err := d.rules.For(e).orderFaults(o).orNil(); err != nil {
			return err
		}
	}
	return nil
}

func keysOf(entitlements []eligibility.Entitlement) []eligibility.Key {
	keys := make([]eligibility.Key, len(entitlements))
	for i, e := range entitlements {
		keys[i] = e.Key
	}
	return keys
}

// open writes one window for all keys in place of the person's earlier ones.
func (d *Desk) open(p *policy.Policy, held []eligibility.Binding, o Order, keys []eligibility.Key) ([]eligibility.Activation, error) {
	now := d.now()
	window := eligibility.Window{Start: now, End: now.Add(o.Duration)}
	if err := neverShorter(held, o, keys, window); err != nil {
		return nil, err
	}
	made := make([]eligibility.Activation, 0, len(keys))
	for _, key := range keys {
		a := eligibility.Activation{
			Key: key, User: o.Person, Window: window, ID: o.ID,
			Description: eligibility.SelfApprovedDescription(o.Justification),
		}
		b, err := temporary(a)
		if err != nil {
			return nil, &Refusal{Reason: NotGrantable, Message: notGrantable(err), Err: err}
		}
		remove(p, key, o.Person, replacedBy(window))
		p.Bindings = append(p.Bindings, b)
		made = append(made, a)
	}
	return made, nil
}

// neverShorter refuses a window that would end before one that is open.
func neverShorter(held []eligibility.Binding, o Order, keys []eligibility.Key, window eligibility.Window) error {
	mine, _ := eligibility.Activations(o.resource(), held, o.Person)
	for _, a := range mine {
		if slices.Contains(keys, a.Key) && a.Window.End.After(window.End) {
			return &Refusal{Reason: Shortens, Message: fmt.Sprintf(
				"%s is active until %s, longer than you asked for. Choose a longer duration, or end it first.",
				a.Role, a.Window.End.Format("15:04 UTC"))}
		}
	}
	return nil
}

// remove takes those of a person's temporary bindings of a key out of a policy
// that are like this.
func remove(p *policy.Policy, key eligibility.Key, email string, like func(eligibility.Activation) bool) {
	p.Bindings = slices.DeleteFunc(p.Bindings, func(b *policy.Binding) bool {
		a, ok, _ := eligibility.ReadActivation(key.Resource, policy.BindingOf(b))
		return ok && a.Key == key && strings.EqualFold(a.User, email) && like(a)
	})
}

// replacedBy tells what a new window takes the place of: all but empty ones that
// start after it, whose work as the ledger it does not do. One of JIT Access
// 1.8.1 starts when it was asked for.
func replacedBy(window eligibility.Window) func(eligibility.Activation) bool {
	return func(a eligibility.Activation) bool { return a.Window.Duration() > 0 || covered(window.Start)(a) }
}

// repeated returns what an earlier write made under the id of the order, or nil
// when none did. An id that belongs to somebody else's activation, or to another
// role, is refused: the log tells activations apart by it.
func repeated(held []eligibility.Binding, o Order) ([]eligibility.Activation, error) {
	var made []eligibility.Activation
	for _, b := range held {
		a, ok, _ := eligibility.ReadActivation(o.resource(), b)
		if !ok || a.ID != o.ID {
			continue
		}
		if !strings.EqualFold(a.User, o.Person) || !slices.ContainsFunc(o.Roles, func(r eligibility.Reference) bool { return wants(r, a.Key) }) {
			return nil, &Refusal{Reason: StaleForm, Message: staleMessage}
		}
		made = append(made, a)
	}
	return eachOnce(made), nil
}

// eachOnce leaves out the seals of revoked activations, which have their key.
func eachOnce(made []eligibility.Activation) []eligibility.Activation {
	var kept []eligibility.Activation
	for _, a := range made {
		i := slices.IndexFunc(kept, func(k eligibility.Activation) bool { return k.Key == a.Key })
		switch {
		case i < 0:
			kept = append(kept, a)
		case a.Window.Start.Before(kept[i].Window.Start):
			kept[i] = a
		}
	}
	return kept
}

// wants tells whether a reference asks for a key.
func wants(r eligibility.Reference, k eligibility.Key) bool {
	return r.Role == k.Role && r.ResourceCondition == k.ResourceCondition
}

// distinct leaves one reference for each role, condition and constraint.
func distinct(roles []eligibility.Reference) []eligibility.Reference {
	var kept []eligibility.Reference
	for _, r := range roles {
		if !slices.ContainsFunc(kept, func(k eligibility.Reference) bool {
			return k.Role == r.Role && k.ResourceCondition == r.ResourceCondition && k.Constraint == r.Constraint
		}) {
			kept = append(kept, r)
		}
	}
	return kept
}

// Window is the one window of all its activations.
func (a Activated) Window() eligibility.Window {
	if len(a.Activations) == 0 {
		return eligibility.Window{}
	}
	return a.Activations[0].Window
}
