package activation

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// gate is the desk's only way to change a policy, whatever the order. It checks where the project
// stands and whether it is guarded. The sweep goes along with a change, so it passes here too.
type gate struct {
	policies Policies
	locator  Locator
	guard    func(project string) error
}

var errScopeUnknown = errors.New("nobody could tell whether the project stands in the scope")

// grant makes a change that adds access. The project must be known to stand in the scope, and must
// not be guarded: the latter is checked last, so that only those learn of it who are eligible.
//
// Errors: upstream.ErrNotYours, *upstream.Outage, *Refusal, or those of Policies.
func (g gate) grant(ctx context.Context, project string, standing eligibility.Standing, c policy.Change) (policy.Outcome, error) {
	switch standing {
	case eligibility.OutsideScope:
		return policy.Outcome{}, upstream.ErrNotYours
	case eligibility.StandingUnknown:
		return policy.Outcome{}, &upstream.Outage{Service: assetInventory, Err: errScopeUnknown}
	}
	apply := c.Apply
	c.Apply = func(p *policy.Policy) error {
		if err := apply(p); err != nil {
			return err
		}
		return g.guard(project)
	}
	return g.modify(ctx, project, c)
}

const assetInventory = "Cloud Asset Inventory"

// takeAway makes a change that takes access away, or closes a request, and so adds none. It is made
// on guarded projects too. It is refused where the project is known to stand outside the scope, and
// made where that could not be asked: then the change itself proves that it is about something of
// ours. An end changes only a binding that it found in the policy just read. A request that is
// closed was signed by us after its project had been located, at most twelve hours ago, and the
// window that closes it is empty. Nothing is swept in such a write.
//
// Unproven reports that the scope could not be asked.
//
// Errors: *Refusal, *upstream.Outage, or those of Policies.
func (g gate) takeAway(ctx context.Context, project string, c policy.Change) (out policy.Outcome, unproven bool, err error) {
	standing, read, err := g.locator.Locate(ctx, project)
	if err != nil {
		return policy.Outcome{}, false, err
	}
	c.Base, c.Unswept = read, standing == eligibility.StandingUnknown
	if standing == eligibility.OutsideScope {
		c.Apply = refuseToChange(project, c.Apply)
	}
	out, err = g.modify(ctx, project, c)
	return out, c.Unswept, err
}

// modify charges a change to who orders it, and makes it. The calls are made for all changes of a
// batch, under a context that is nobody's. The error may be an *upstream.Throttled: nothing was
// written then.
func (g gate) modify(ctx context.Context, project string, c policy.Change) (policy.Outcome, error) {
	if c.Base == nil {
		if err := quota.Charge(ctx, quota.PolicyReads, 1); err != nil {
			return policy.Outcome{}, err
		}
	}
	if err := quota.Charge(ctx, quota.PolicyWrites, 1); err != nil {
		return policy.Outcome{}, err
	}
	return g.policies.Modify(ctx, resource(project), c)
}

// refuseToChange is a change that is refused if it would alter a policy outside the scope. Its own
// errors come first, so that others learn nothing about the project.
func refuseToChange(project string, apply func(*policy.Policy) error) func(*policy.Policy) error {
	return func(p *policy.Policy) error {
		before := policy.Clone(p)
		if err := apply(p); err != nil || reflect.DeepEqual(before.Bindings, p.Bindings) {
			return err
		}
		return &Refusal{Reason: OutOfScope, Remaining: openWindows(project, before.Bindings, p.Bindings),
			Message: "The project stands outside the scope that this portal manages. Nothing was changed."}
	}
}

// openWindows are the activations that a change would have ended.
func openWindows(project string, before, after []*policy.Binding) []eligibility.Binding {
	var open []eligibility.Binding
	for _, b := range before {
		a, ok, _ := eligibility.ReadActivation(resource(project), policy.BindingOf(b))
		changed := !slices.ContainsFunc(after, func(left *policy.Binding) bool { return reflect.DeepEqual(left, b) })
		if ok && changed && a.Window.Duration() > 0 {
			open = append(open, policy.BindingOf(b))
		}
	}
	return open
}
