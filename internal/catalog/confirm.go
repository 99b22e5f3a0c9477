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

// Confirmation is all that an activation needs to decide on any version of
// the project's policy: give Person, Ancestors and that version's bindings to
// eligibility.Entitlements. It is as old as At, which is before the first call.
type Confirmation struct {
	Person    eligibility.Person   // with the groups that were asked
	Ancestors []eligibility.Placed // live where they could be read
	Read      *policy.Policy       // the project's own policy, live; never modify it
	At        time.Time
}

// Confirm gathers what decides about the wanted entitlements of a person, in
// one step where the hints are right and usually two otherwise. A hint only
// has its group or ancestor asked at once; what counts is the answer. An
// ancestor whose policy the service account may not read counts with the
// index's copy.
//
// Confirm does not say that the person is entitled: whoever grants decides on
// the Confirmation. Errors are ErrNotYours, an *Outage, or that of ctx.
func (c *Catalog) Confirm(ctx context.Context, email, project string, wanted []eligibility.Reference) (Confirmation, error) {
	q := &inquiry{catalog: c, person: newPerson(email), wanted: wanted, at: c.clock(), tried: map[string]trial{}}
	if err := q.first(ctx, project); err != nil {
		return Confirmation{}, err
	}
	for {
		groups, ancestors := q.missing()
		if len(groups)+len(ancestors) == 0 {
			return q.conclude()
		}
		if err := q.gather(ctx, groups, ancestors); err != nil {
			return Confirmation{}, err
		}
		q.settle()
	}
}

// inquiry is one confirmation under way.
type inquiry struct {
	catalog *Catalog
	person  eligibility.Person
	wanted  []eligibility.Reference
	at      time.Time
	project *project
	tried   map[string]trial // ancestors that were read live, or could not be
}

// trial is the outcome of reading an ancestor: its bindings, or that it is
// hidden from the service account, or an error.
type trial struct {
	bindings []eligibility.Placed
	hidden   bool
	err      error
}

// first is step 1: the policy, the placement and whatever the hints name.
func (q *inquiry) first(ctx context.Context, id string) error {
	groups, ancestors := hints(q.wanted)
	if _, single := q.catalog.only(); single {
		ancestors = nil // they are outside the scope
	}
	calls, within := errgroup.WithContext(ctx)
	calls.Go(func() (err error) {
		q.project, err = q.catalog.look(within, id)
		return err
	})
	calls.Go(func() error { return q.gather(within, groups, ancestors) })
	if err := calls.Wait(); err != nil {
		return err
	}
	q.settle()
	return nil
}

// hints are the groups and ancestors that references name, each once.
func hints(wanted []eligibility.Reference) (groups, ancestors []string) {
	for _, w := range wanted[:min(len(wanted), hintsRead)] {
		m, err := eligibility.ParsePrincipal(w.Hint.Member.String())
		if err == nil && m.Kind == eligibility.Group && !slices.Contains(groups, m.Email) {
			groups = append(groups, m.Email)
		}
		if r := w.Hint.Resource; ancestorName.MatchString(r) && !slices.Contains(ancestors, r) {
			ancestors = append(ancestors, r)
		}
	}
	return groups, ancestors
}

// gather asks groups and reads ancestors, all at once.
func (q *inquiry) gather(ctx context.Context, groups, ancestors []string) error {
	trials := make([]trial, len(ancestors))
	calls, ctx := errgroup.WithContext(ctx)
	calls.Go(func() error { return q.catalog.ask(ctx, q.person, groups) })
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
		return trial{bindings: place(ancestor, Bindings(read))}
	case hidden(err):
		return trial{hidden: true}
	}
	return trial{err: unreadable(ancestor, err)}
}

// settle lets what was read of ancestors stand in for the index's copy, for
// those ancestors only that the placement names. One that should have
// answered and did not leaves the project unread.
func (q *inquiry) settle() {
	var settled []eligibility.Placed
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

// missing are the groups and ancestors that could still make a wanted
// entitlement open, and those that an open one stands on without having been
// read. Nothing is missing once all wanted ones are open on live evidence.
func (q *inquiry) missing() (groups, ancestors []string) {
	roles := q.unsettled()
	if len(roles) == 0 {
		return nil, nil
	}
	all := q.project.bindings()
	groups = notAsked(q.person, eligibility.GroupsNamed(all, roles))
	for _, resource := range resources(q.project.ancestors) {
		_, tried := q.tried[resource]
		if !tried && carries(on(resource, all), roles) {
			ancestors = append(ancestors, resource)
		}
	}
	return groups, ancestors
}

// unsettled are the roles of the wanted references that are not open, or
// open on an ancestor that was not read live.
func (q *inquiry) unsettled() (roles []string) {
	found := q.found()
	for _, w := range q.wanted {
		e, ok := pick(found, w)
		if ok && e.Closed == "" && q.live(e.Evidence.Resource) {
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

func (q *inquiry) found() []eligibility.Entitlement {
	return eligibility.Entitlements(q.project.id, q.project.bindings(), q.person, q.catalog.clock())
}

// conclude hands the answers over. Where a policy could not be read, only
// those who hold something wanted by what is known are told so.
func (q *inquiry) conclude() (Confirmation, error) {
	if q.project.unread != nil {
		found := q.found()
		theirs := slices.ContainsFunc(q.wanted, func(w eligibility.Reference) bool {
			_, ok := pick(found, w)
			return ok
		})
		return Confirmation{}, q.project.refusal(theirs)
	}
	return Confirmation{
		Person: q.person, Ancestors: q.project.ancestors, Read: q.project.read, At: q.at,
	}, nil
}

func pick(found []eligibility.Entitlement, w eligibility.Reference) (eligibility.Entitlement, bool) {
	i := slices.IndexFunc(found, func(e eligibility.Entitlement) bool {
		return e.Role == w.Role && e.ResourceCondition == w.ResourceCondition && e.Constraint == w.Constraint
	})
	if i < 0 {
		return eligibility.Entitlement{}, false
	}
	return found[i], true
}

// resources are those that bindings stand on, in their order, each once.
func resources(placed []eligibility.Placed) []string {
	var all []string
	for _, p := range placed {
		if !slices.Contains(all, p.Resource) {
			all = append(all, p.Resource)
		}
	}
	return all
}

func on(resource string, placed []eligibility.Placed) []eligibility.Placed {
	var all []eligibility.Placed
	for _, p := range placed {
		if p.Resource == resource {
			all = append(all, p)
		}
	}
	return all
}

// carries tells whether an eligible binding of one of the roles stands here.
func carries(placed []eligibility.Placed, roles []string) bool {
	return slices.ContainsFunc(placed, func(p eligibility.Placed) bool {
		if p.Binding.Condition == nil || !slices.Contains(roles, p.Binding.Role) {
			return false
		}
		_, ok, _ := eligibility.ReadEligible(*p.Binding.Condition)
		return ok
	})
}
