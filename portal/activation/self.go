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
	if slices.ContainsFunc(o.Roles, func(r eligibility.Reference) bool { return r.Constraint != eligibility.SelfApproval }) {
		return Activated{}, notEligible(nil)
	}
	var made []eligibility.Activation // by the change's last run
	claimants := []Claimant{{Email: o.Person, Wanted: o.Roles}}
	out, err := d.modify(ctx, o.Project, claimants, func(c Confirmation) policy.Change {
		return policy.Change{
			ID:     o.ID,
			Reason: eligibility.SelfApprovedDescription(o.Justification) + " [" + o.ID + "]",
			Base:   c.Read,
			Apply: func(p *policy.Policy) (err error) {
				made, err = d.selfApprove(p, c, o)
				return err
			},
		}
	})
	if err != nil {
		return Activated{}, err
	}
	return Activated{Order: o, Activations: made, Repeated: !out.Written}, nil
}

// selfApprove decides on a policy and writes the activations into it.
func (d *Desk) selfApprove(p *policy.Policy, c Confirmation, o Order) ([]eligibility.Activation, error) {
	if d.clock().Sub(c.At) > freshness {
		return nil, errConfirmAgain
	}
	held := bindings(p)
	if made, err := repeated(held, o); made != nil || err != nil {
		return made, err
	}
	entitlements, err := d.entitled(held, c, o.resource(), o.Person, o.Roles)
	if err != nil {
		return nil, err
	}
	if err := d.guard(o.Project); err != nil {
		return nil, err
	}
	return d.open(p, held, o, keysOf(entitlements))
}

func keysOf(entitlements []eligibility.Entitlement) []eligibility.Key {
	keys := make([]eligibility.Key, len(entitlements))
	for i, e := range entitlements {
		keys[i] = e.Key
	}
	return keys
}

// entitled returns a person's entitlements to what is wanted, or why one of them
// may not be activated on the policy that holds these bindings. The constraint
// of a reference counts: self-approval is none for whom a peer must approve.
func (d *Desk) entitled(held []eligibility.Binding, c Confirmation, resource, email string, wanted []eligibility.Reference) ([]eligibility.Entitlement, error) {
	person, all := c.person(email), placed(held, c, resource)
	mine := eligibility.Entitlements(resource, all, person, d.now())
	found := make([]eligibility.Entitlement, 0, len(wanted))
	for _, w := range wanted {
		i := slices.IndexFunc(mine, func(e eligibility.Entitlement) bool { return wants(w, e.Key) && e.Constraint == w.Constraint })
		if i < 0 {
			return nil, d.missing(resource, all, person, w)
		}
		if mine[i].Closed != "" {
			return nil, &Refusal{Reason: Closed, Message: mine[i].Closed}
		}
		found = append(found, mine[i])
	}
	return found, nil
}

// placed are all bindings that decide, with the resources that they stand on.
func placed(held []eligibility.Binding, c Confirmation, resource string) []eligibility.Placed {
	all := slices.Clone(c.Ancestors)
	for _, b := range held {
		all = append(all, eligibility.Placed{Resource: resource, Binding: b})
	}
	return all
}

func (c Confirmation) person(email string) eligibility.Person {
	return c.People[strings.ToLower(email)]
}

// missing tells whether a wanted entitlement is not there, or not to be seen by
// what was confirmed: a group may stand in the policy that nobody asked about.
// One that did not answer is the cause of the refusal, which is the same without.
func (d *Desk) missing(resource string, all []eligibility.Placed, person eligibility.Person, wanted eligibility.Reference) error {
	for _, group := range eligibility.GroupsNamed(all, []string{wanted.Role}) {
		if person.Groups[group] == eligibility.NotAsked {
			return errConfirmAgain
		}
	}
	return notEligible(d.doubt(resource, all, person, func(e eligibility.Entitlement) bool {
		return wants(wanted, e.Key) && e.Constraint == wanted.Constraint && e.Closed == ""
	}))
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
		a, ok, _ := eligibility.ReadActivation(key.Resource, binding(b))
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
