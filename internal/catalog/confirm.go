package catalog

import (
	"context"
	"regexp"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// hintsRead bounds how many references have their hints followed.
const hintsRead = 20

// ancestorName matches the resources that a hint may send a read to.
var ancestorName = regexp.MustCompile(`^(?:folders|organizations)/[0-9]{1,20}$`)

// Confirm gathers what decides about the wanted entitlements of some people on one project, and its
// own policy, read live, which nobody may modify: in one step where all hints are right and usually
// two otherwise. A hint only has its group or ancestor asked at once; what counts is the answer. An
// ancestor whose policy the service account may not read counts with the index's copy.
//
// Confirm does not say that anybody is entitled: whoever grants decides on the Confirmation. Errors
// are upstream.ErrNotYours and *upstream.Outage.
func (c *Catalog) Confirm(ctx context.Context, project string, lookups []eligibility.Lookup) (_ eligibility.Confirmation, _ *policy.Policy, err error) {
	defer asOutage(&err)
	q := &inquiry{catalog: c, at: c.clock(), tried: map[string]trial{}}
	for _, l := range lookups {
		q.lookups = append(q.lookups, &lookup{person: newPerson(l.Email), wanted: l.Wanted})
	}
	if err := q.first(ctx, project); err != nil {
		return eligibility.Confirmation{}, nil, err
	}
	for {
		ancestors, more := q.missing()
		if !more {
			return q.conclude()
		}
		if err := q.gather(ctx, ancestors); err != nil {
			return eligibility.Confirmation{}, nil, err
		}
		q.settle()
	}
}

// inquiry is one confirmation under way.
type inquiry struct {
	catalog *Catalog
	lookups []*lookup
	at      time.Time
	project *project
	tried   map[string]trial // ancestors that were read live, or could not be
}

// lookup is what is being confirmed of one person.
type lookup struct {
	person eligibility.Person
	wanted []eligibility.Reference
	groups []string // to be asked in the next step
}

// trial is the outcome of reading an ancestor: its bindings, or that it is hidden from the service
// account, or an error.
type trial struct {
	bindings []eligibility.BindingAt
	hidden   bool
	err      error
}

// first is step 1: the policy, the location and whatever the hints name.
func (q *inquiry) first(ctx context.Context, id string) error {
	ancestors := q.hints()
	if _, single := q.catalog.only(); single {
		ancestors = nil // they are outside the scope
	}
	calls, within := errgroup.WithContext(ctx)
	calls.Go(func() (err error) {
		q.project, err = q.catalog.look(within, id)
		return err
	})
	calls.Go(func() error { return q.gather(within, ancestors) })
	if err := calls.Wait(); err != nil {
		return err
	}
	q.settle()
	return nil
}

// hints notes the groups that each look-up's references name, and returns the ancestors that any
// names.
func (q *inquiry) hints() (ancestors []string) {
	for _, l := range q.lookups {
		for _, w := range l.wanted[:min(len(l.wanted), hintsRead)] {
			l.groups = append(l.groups, hintedGroup(w)...)
			if r := w.Hint.Resource; ancestorName.MatchString(r) && !slices.Contains(ancestors, r) {
				ancestors = append(ancestors, r)
			}
		}
	}
	return ancestors[:min(len(ancestors), hintsRead)]
}

// hintedGroup is the group that a hint names, if any.
func hintedGroup(w eligibility.Reference) []string {
	m, err := eligibility.ParsePrincipal(w.Hint.Member.String())
	if err != nil || m.Kind != eligibility.Group {
		return nil
	}
	return []string{m.Email}
}

// gather asks the groups that the look-ups have noted and reads ancestors, all at once.
func (q *inquiry) gather(ctx context.Context, ancestors []string) error {
	trials := make([]trial, len(ancestors))
	calls, ctx := errgroup.WithContext(ctx)
	for _, l := range q.lookups {
		calls.Go(func() error {
			defer func() { l.groups = nil }()
			return q.catalog.ask(ctx, l.person, l.groups)
		})
	}
	for i, ancestor := range ancestors {
		calls.Go(func() error {
			trials[i] = q.catalog.try(ctx, ancestor)
			return ctx.Err()
		})
	}
	if err := calls.Wait(); err != nil {
		return err
	}
	for i, ancestor := range ancestors {
		q.tried[ancestor] = trials[i]
	}
	return nil
}

func (c *Catalog) try(ctx context.Context, ancestor string) trial {
	read, err := c.reader.Read(ctx, ancestor)
	switch {
	case err == nil:
		return trial{bindings: place(ancestor, policy.BindingsOf(read))}
	case hidden(err):
		return trial{hidden: true}
	}
	return trial{err: unreadable(ancestor, err)}
}

// settle lets what was read of ancestors stand in for the index's copy, for those ancestors only
// that the location names. One that should have answered and did not leaves the project unread.
func (q *inquiry) settle() {
	var settled []eligibility.BindingAt
	for _, resource := range resources(q.project.ancestors) {
		trial, ok := q.tried[resource]
		if trial.err != nil {
			q.project.unread = trial.err
		}
		if !ok || trial.hidden || trial.err != nil {
			settled = append(settled, on(resource, q.project.ancestors)...)
		} else {
			settled = append(settled, trial.bindings...)
		}
	}
	q.project.ancestors = settled
}

// missing are the ancestors, and has each look-up note the groups, that could still make a wanted
// entitlement open, and those that an open one stands on without having been read. Nothing is
// missing once all wanted ones are open on live evidence.
func (q *inquiry) missing() (ancestors []string, more bool) {
	all := q.project.bindings()
	var open []string
	for _, l := range q.lookups {
		roles := q.unsettled(l)
		open = append(open, roles...)
		if len(roles) > 0 {
			l.groups = notAsked(l.person, eligibility.GroupsNamed(all, roles))
			more = more || len(l.groups) > 0
		}
	}
	for _, resource := range resources(q.project.ancestors) {
		_, tried := q.tried[resource]
		if !tried && carries(on(resource, all), open) {
			ancestors = append(ancestors, resource)
		}
	}
	return ancestors, more || len(ancestors) > 0
}

// unsettled are the roles of a look-up's wanted references that are not open by the binding that is
// named, or by any where none is, or open on an ancestor that was not read live.
func (q *inquiry) unsettled(l *lookup) (roles []string) {
	found := q.found(l)
	for _, w := range l.wanted {
		if e, ok := w.Find(found); ok && w.Names(e) && e.Closed == "" && q.live(e.Evidence.Resource) {
			continue
		}
		if !slices.Contains(roles, w.Role) {
			roles = append(roles, w.Role)
		}
	}
	return roles
}

func (q *inquiry) live(resource string) bool {
	_, tried := q.tried[resource]
	return tried || resource == q.project.resource()
}

func (q *inquiry) found(l *lookup) []eligibility.Entitlement {
	return eligibility.Entitlements(q.project.resource(), q.project.bindings(), l.person, q.catalog.clock())
}

// conclude hands the answers over. Where a policy could not be read, only those who hold something
// wanted by what is known are told so.
func (q *inquiry) conclude() (eligibility.Confirmation, *policy.Policy, error) {
	theirs := slices.ContainsFunc(q.lookups, q.holds)
	if theirs || slices.ContainsFunc(q.lookups, q.mayHold) {
		q.catalog.refund(q.project)
	}
	if q.project.unread != nil {
		return eligibility.Confirmation{}, nil, q.project.refusal(theirs)
	}
	people := map[string]eligibility.Person{}
	for _, l := range q.lookups {
		people[l.person.Email] = l.person
	}
	return eligibility.Confirmation{People: people, Ancestors: q.project.ancestors, At: q.at}, q.project.read, nil
}

// holds tells whether a look-up's person holds something wanted.
func (q *inquiry) holds(l *lookup) bool {
	found := q.found(l)
	return slices.ContainsFunc(l.wanted, func(w eligibility.Reference) bool { return slices.ContainsFunc(found, w.Matches) })
}

// mayHold tells whether a look-up's person may hold something, through a group that could not be
// read.
func (q *inquiry) mayHold(l *lookup) bool {
	return len(eligibility.Doubtful(q.project.resource(), q.project.bindings(), l.person, q.catalog.clock())) > 0
}

// resources are those that bindings stand on, in their order, each once.
func resources(placed []eligibility.BindingAt) []string {
	var all []string
	for _, p := range placed {
		if !slices.Contains(all, p.Resource) {
			all = append(all, p.Resource)
		}
	}
	return all
}

func on(resource string, placed []eligibility.BindingAt) []eligibility.BindingAt {
	var all []eligibility.BindingAt
	for _, p := range placed {
		if p.Resource == resource {
			all = append(all, p)
		}
	}
	return all
}

// carries tells whether an eligible binding of one of the roles stands here.
func carries(placed []eligibility.BindingAt, roles []string) bool {
	return slices.ContainsFunc(placed, func(p eligibility.BindingAt) bool {
		if p.Binding.Condition == nil || !slices.Contains(roles, p.Binding.Role) {
			return false
		}
		_, ok, _ := eligibility.ReadEligible(*p.Binding.Condition)
		return ok
	})
}
