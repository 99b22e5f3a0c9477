package catalog

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// Confirm gathers what decides about the wanted entitlements of some people on one project, and its
// own policy, read live, which nobody may modify: in one step where all hints are right and usually
// two otherwise. A hint only has its group or ancestor asked at once; what counts is what Google
// says. An ancestor whose policy the service account may not read counts with the index's copy.
//
// Confirm does not say that anybody is entitled: whoever grants decides on the Confirmation. Errors
// are upstream.ErrNotYours and *upstream.Outage.
func (c *Catalog) Confirm(ctx context.Context, project string, lookups []eligibility.Lookup) (_ eligibility.Confirmation, _ *policy.Policy, err error) {
	defer asOutage(&err)
	q := &confirmation{catalog: c.forActs(), at: c.clock(), reads: map[string]ancestorRead{}}
	for _, l := range lookups {
		q.lookups = append(q.lookups, &lookup{person: newPerson(l.Email), wanted: l.Wanted})
	}
	if err := q.firstStep(ctx, project); err != nil {
		return eligibility.Confirmation{}, nil, err
	}
	for {
		ancestors, more := q.nextStep()
		if !more {
			return q.result()
		}
		if err := q.askAndRead(ctx, ancestors); err != nil {
			return eligibility.Confirmation{}, nil, err
		}
		q.useLiveAncestors()
	}
}

// confirmation is one confirmation under way.
type confirmation struct {
	catalog *Catalog
	lookups []*lookup
	at      time.Time
	project *project
	reads   map[string]ancestorRead // ancestors that were read live, or could not be
}

// lookup is what is being confirmed of one person.
type lookup struct {
	person eligibility.Person
	wanted []eligibility.Reference
	groups []string // to be asked in the next step
}

// ancestorRead is the outcome of reading an ancestor: its bindings, or that it is hidden from the
// service account, or an error.
type ancestorRead struct {
	bindings []eligibility.BindingAt
	hidden   bool
	err      error
}

// firstStep is step 1: the policy, the location and whatever the hints name. It waits for all of
// that also where the project is nobody's: with a hint that names a group of thousands, anybody
// could tell otherwise.
func (q *confirmation) firstStep(ctx context.Context, id string) error {
	given := q.noteHints(ctx)
	var calls errgroup.Group
	var unread error
	calls.Go(func() error {
		q.project, unread = q.catalog.readProject(ctx, id, q.catalog.readWhole)
		return unread
	})
	calls.Go(func() error { return q.askAndRead(ctx, given.ancestors) })
	if err := calls.Wait(); err != nil {
		given.check(ctx, q.project, nil, cmp.Or(unread, err))
		return err
	}
	placed := resourcesOf(q.project.ancestors)
	q.useLiveAncestors()
	given.check(ctx, q.project, placed, nil)
	return nil
}

// noteHints notes the groups that each look-up's references name, and returns all that hints name.
// It notes nothing for whoever has given wrong ones: then the policy is read before anything that a
// form says is asked.
func (q *confirmation) noteHints(ctx context.Context) *hints {
	given := new(hints)
	if !quota.TrustsHints(ctx) {
		return given
	}
	_, isScope := q.catalog.singleProject()
	for _, l := range q.lookups {
		for _, w := range l.wanted {
			for _, group := range hintedGroup(w) {
				if given.addGroup(group) {
					l.groups = append(l.groups, group)
				}
			}
			if !isScope { // otherwise they are outside the scope
				given.addAncestor(w.Hint.Resource)
			}
		}
	}
	return given
}

// askAndRead asks the groups that the look-ups have noted and reads ancestors, all at once.
func (q *confirmation) askAndRead(ctx context.Context, ancestors []string) error {
	if err := quota.Reserve(ctx, quota.PolicyReads, len(ancestors)); err != nil {
		return err
	}
	reads := make([]ancestorRead, len(ancestors))
	calls, ctx := errgroup.WithContext(ctx)
	for _, l := range q.lookups {
		calls.Go(func() error {
			defer func() { l.groups = nil }()
			return q.catalog.confirmGroups(ctx, l.person, l.groups)
		})
	}
	for i, ancestor := range ancestors {
		calls.Go(func() error {
			reads[i] = q.catalog.readAncestor(ctx, ancestor)
			if upstream.AsThrottled(reads[i].err) != nil {
				return reads[i].err
			}
			return ctx.Err()
		})
	}
	if err := calls.Wait(); err != nil {
		return err
	}
	for i, ancestor := range ancestors {
		q.reads[ancestor] = reads[i]
	}
	return nil
}

func (c *Catalog) readAncestor(ctx context.Context, ancestor string) ancestorRead {
	read, err := c.reader.Read(ctx, ancestor)
	switch {
	case err == nil:
		return ancestorRead{bindings: bindingsAt(ancestor, policy.BindingsOf(read))}
	case deniedOrUnknown(err):
		return ancestorRead{hidden: true}
	}
	return ancestorRead{err: readOutage(ancestor, err)}
}

// useLiveAncestors lets what was read of ancestors stand in for the index's copy, for those
// ancestors only that the location names. One that should have answered and did not leaves the
// project unread.
func (q *confirmation) useLiveAncestors() {
	var ancestors []eligibility.BindingAt
	for _, resource := range resourcesOf(q.project.ancestors) {
		read, wasRead := q.reads[resource]
		if read.err != nil {
			q.project.unread = read.err
		}
		if !wasRead || read.hidden || read.err != nil {
			ancestors = append(ancestors, bindingsOn(resource, q.project.ancestors)...)
		} else {
			ancestors = append(ancestors, read.bindings...)
		}
	}
	q.project.ancestors = ancestors
}

// nextStep returns the ancestors, and has each look-up note the groups, that could still make a
// wanted entitlement open, or that an open one stands on without having been read. There is none
// once all wanted ones are open on live evidence.
func (q *confirmation) nextStep() (ancestors []string, more bool) {
	all := q.project.bindings()
	var open []string
	for _, l := range q.lookups {
		roles := q.unconfirmedRoles(l)
		open = append(open, roles...)
		if len(roles) > 0 {
			l.groups = notAsked(l.person, eligibility.GroupsNamed(all, roles))
			more = more || len(l.groups) > 0
		}
	}
	for _, resource := range resourcesOf(q.project.ancestors) {
		_, wasRead := q.reads[resource]
		if !wasRead && hasEligibleBinding(bindingsOn(resource, all), open) {
			ancestors = append(ancestors, resource)
		}
	}
	return ancestors, more || len(ancestors) > 0
}

// unconfirmedRoles are the roles of a look-up's wanted references that are not open by the binding
// that is named, or by any where none is, or open on an ancestor that was not read live.
func (q *confirmation) unconfirmedRoles(l *lookup) (roles []string) {
	found := q.entitlements(l)
	for _, w := range l.wanted {
		if e, ok := w.Find(found); ok && w.Names(e) && e.Closed == "" && q.isLive(e.Evidence.Resource) {
			continue
		}
		if !slices.Contains(roles, w.Role) {
			roles = append(roles, w.Role)
		}
	}
	return roles
}

func (q *confirmation) isLive(resource string) bool {
	_, wasRead := q.reads[resource]
	return wasRead || resource == q.project.resource()
}

func (q *confirmation) entitlements(l *lookup) []eligibility.Entitlement {
	return eligibility.Entitlements(q.project.resource(), q.project.bindings(), l.person, q.catalog.clock())
}

// result is what was confirmed. Where a policy could not be read, only those who hold something
// wanted, by what is known, learn of it.
func (q *confirmation) result() (eligibility.Confirmation, *policy.Policy, error) {
	if q.project.unread != nil {
		return eligibility.Confirmation{}, nil, q.project.refusal(slices.ContainsFunc(q.lookups, q.holds))
	}
	people := map[string]eligibility.Person{}
	for _, l := range q.lookups {
		people[l.person.Email] = l.person
	}
	return eligibility.Confirmation{People: people, Ancestors: q.project.ancestors, Standing: eligibility.InsideScope, At: q.at}, q.project.read, nil
}

// holds tells whether a look-up's person holds something wanted.
func (q *confirmation) holds(l *lookup) bool {
	found := q.entitlements(l)
	return slices.ContainsFunc(l.wanted, func(w eligibility.Reference) bool { return slices.ContainsFunc(found, w.Matches) })
}

// resourcesOf are those that bindings stand on, in their order, each once.
func resourcesOf(bindings []eligibility.BindingAt) []string {
	var all []string
	for _, b := range bindings {
		if !slices.Contains(all, b.Resource) {
			all = append(all, b.Resource)
		}
	}
	return all
}

func bindingsOn(resource string, bindings []eligibility.BindingAt) []eligibility.BindingAt {
	var all []eligibility.BindingAt
	for _, b := range bindings {
		if b.Resource == resource {
			all = append(all, b)
		}
	}
	return all
}

// hasEligibleBinding tells whether an eligible binding of one of the roles stands here.
func hasEligibleBinding(bindings []eligibility.BindingAt, roles []string) bool {
	return slices.ContainsFunc(bindings, func(b eligibility.BindingAt) bool {
		if b.Binding.Condition == nil || !slices.Contains(roles, b.Binding.Role) {
			return false
		}
		_, ok, _ := eligibility.ReadEligible(*b.Binding.Condition)
		return ok
	})
}
