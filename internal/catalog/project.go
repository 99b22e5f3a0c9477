package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// project is what one request knows about one project.
type project struct {
	id        string
	isScope   bool                  // the scope is this project alone
	read      *policy.Policy        // as it is now, whole, for those who act; otherwise nil
	isLive    bool                  // the policy was read
	live      []eligibility.Binding // what it holds, or what of that is relevant
	unread    error                 // why it, or an ancestor, could not be read: an *upstream.Outage
	indexed   []eligibility.Binding // the index's copy of its own
	ancestors []eligibility.BindingAt
}

// beginReading reserves the read of a project's policy, and returns what reads it into the project:
// readExcerpt for those who look, readWhole for those who act.
type beginReading func(context.Context, *project) (read func(), err error)

// readProject reads the project's policy and locates the project, side by side, and waits for both,
// so that a project that the index does not know takes as long as one that it knows. The error is
// ErrNotYours, the index's, or an *upstream.Throttled. A policy that cannot be read is no error
// yet: whether it may be shown depends on what the person has there.
func (c *Catalog) readProject(ctx context.Context, id string, begin beginReading) (*project, error) {
	scopeProject, isScope := c.singleProject()
	if !eligibility.ProjectCanBeAddressed(id) || isScope && id != scopeProject {
		return nil, upstream.ErrNotYours
	}
	p := &project{id: id, isScope: isScope}
	read, err := begin(ctx, p)
	if err != nil {
		return nil, err
	}
	var calls errgroup.Group
	calls.Go(func() error {
		read()
		return nil
	})
	if !isScope {
		calls.Go(func() error { return c.locate(ctx, p) })
	}
	if err := calls.Wait(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("reading project %s: %w", id, err)
	}
	if upstream.AsThrottled(p.unread) != nil {
		return nil, p.unread
	}
	return p, nil
}

func (c *Catalog) readExcerpt(ctx context.Context, p *project) (func(), error) {
	reading, err := c.beginExcerpts(ctx, p)
	if err != nil {
		return nil, err
	}
	return func() { p.waitForExcerpt(ctx, reading, 0) }, nil
}

// beginExcerpts begins to read the excerpts of some projects, all or none.
func (c *Catalog) beginExcerpts(ctx context.Context, projects ...*project) (*policy.Reading, error) {
	resources := make([]string, len(projects))
	for i, p := range projects {
		resources[i] = p.resource()
	}
	return c.excerpts.Begin(ctx, func(ctx context.Context, reads int) error {
		return quota.Reserve(ctx, quota.PolicyReads, reads)
	}, resources...)
}

// waitForExcerpt takes what a reading found of the project, its i-th.
func (p *project) waitForExcerpt(ctx context.Context, reading *policy.Reading, i int) {
	live, err := reading.Wait(ctx, i)
	if err != nil {
		p.unread = readOutage(p.resource(), err)
		return
	}
	p.isLive, p.live = true, live
}

func (c *Catalog) readWhole(ctx context.Context, p *project) (func(), error) {
	if err := quota.Reserve(ctx, quota.PolicyReads, 1); err != nil {
		return nil, err
	}
	return func() {
		read, err := c.reader.Read(ctx, p.resource())
		if err != nil {
			p.unread = readOutage(p.resource(), err)
			return
		}
		p.read, p.isLive, p.live = read, true, policy.BindingsOf(read)
	}, nil
}

func (p *project) resource() string { return "projects/" + p.id }

// own are the project's own bindings: those just read, or the index's copy of them where there is
// no read.
func (p *project) own() []eligibility.Binding {
	if p.isLive {
		return p.live
	}
	return p.indexed
}

// bindings are the project's own and its ancestors', the nearest first.
func (p *project) bindings() []eligibility.BindingAt {
	return slices.Concat(bindingsAt(p.resource(), p.own()), p.ancestors)
}

// access is what the person may activate, and has active, by these bindings.
func (p *project) access(person eligibility.Person, now time.Time) eligibility.ProjectAccess {
	own, all := p.own(), p.bindings()
	activations, _ := eligibility.Activations(p.resource(), own, person.Email)
	held := eligibility.Entitlements(p.resource(), all, person, now)
	return eligibility.ProjectAccess{
		Project:      p.id,
		Entitlements: eligibility.Offered(held),
		Held:         held,
		Doubtful:     eligibility.Doubtful(p.resource(), all, person, now),
		Activations:  activations,
		Unreadable:   unreadableGroups(person, eligibility.GroupsNamed(all, nil)),
	}
}

// refusal is why nothing can be said about the project: it is not the person's, or it could not be
// read. Whoever has nothing there by the index does not learn that there is something to read; the
// scope's only project is no secret.
func (p *project) refusal(theirs bool) error {
	if theirs || p.isScope && p.unread != nil {
		return p.unread
	}
	return upstream.ErrNotYours
}

func hasNothing(a eligibility.ProjectAccess) bool {
	return len(a.Entitlements) == 0 && len(a.Activations) == 0
}

func unreadableGroups(person eligibility.Person, groups []string) []string {
	var unreadable []string
	for _, group := range groups {
		if person.Groups[group] == eligibility.Unreadable {
			unreadable = append(unreadable, group)
		}
	}
	return unreadable
}
