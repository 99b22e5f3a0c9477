package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// liveProjects is how many of a person's projects are read live.
const liveProjects = 50

// Overview is what a person may activate, and has active, on every project of the scope.
//
// It takes three steps: the index's search and its list of projects, both kept for 60 s and shared
// by all users; all groups that eligible bindings name; the live policies of the person's projects,
// beside the titles of roles that are not known yet. Where the policies name a group that the index
// has not seen, it is asked in one step more.
//
// A binding granted a moment ago on a project that the index does not yet show for this person is
// missing until the index has it; one removed from a project a moment ago does not show. Beyond
// fifty projects the index is trusted, and FromIndex names those that it was trusted for, except
// where it shows an activation of the person. A project that cannot be read shows what the index
// says and is named in Unread. Errors are *upstream.Outage.
func (c *Catalog) Overview(ctx context.Context, email string) (_ eligibility.Overview, err error) {
	defer asOutage(&err)
	person := newPerson(email)
	mine, err := c.projectsOf(ctx, person)
	if err != nil {
		return eligibility.Overview{}, err
	}
	if err := c.readBeside(ctx, mine, person); err != nil {
		return eligibility.Overview{}, err
	}
	var groups []string
	for _, p := range mine {
		groups = append(groups, eligibility.GroupsNamed(place(p.resource(), p.own()), nil)...)
	}
	titles, err := c.askBeside(ctx, person, bindingsOf(mine), groups)
	if err != nil {
		return eligibility.Overview{}, err
	}
	o := c.overview(mine, person)
	for i := range o.Projects {
		o.Projects[i].Titles = titles
	}
	return o, nil
}

// readBeside reads the person's projects live. The titles of the roles that the index shows there
// are asked for meanwhile, so that they are known by then.
func (c *Catalog) readBeside(ctx context.Context, mine []*project, person eligibility.Person) error {
	indexed := bindingsOf(mine)
	var calls errgroup.Group
	calls.Go(func() error {
		c.titlesFor(ctx, indexed, person)
		return nil
	})
	calls.Go(func() error { return c.readAll(ctx, toRead(mine, person.Email)) })
	return calls.Wait()
}

func bindingsOf(projects []*project) []eligibility.BindingAt {
	var all []eligibility.BindingAt
	for _, p := range projects {
		all = append(all, p.bindings()...)
	}
	return all
}

func (c *Catalog) overview(mine []*project, person eligibility.Person) eligibility.Overview {
	var o eligibility.Overview
	now := c.clock()
	for _, p := range mine {
		access := p.access(person, now)
		switch {
		case p.unread != nil:
			o.Unread = append(o.Unread, p.id)
		case empty(access):
			continue
		case p.read == nil:
			o.FromIndex = append(o.FromIndex, p.id)
		}
		if !empty(access) {
			o.Projects = append(o.Projects, access)
		}
	}
	for group, answer := range person.Groups {
		if answer == eligibility.Unreadable {
			o.Unreadable = append(o.Unreadable, group)
		}
	}
	slices.Sort(o.Unreadable)
	return o
}

// projectsOf are the person's projects by the index, sorted by id: those where an eligible binding
// or an activation names the person or one of their groups, on the project or above it. Where the
// scope is a single project, it is that one.
func (c *Catalog) projectsOf(ctx context.Context, person eligibility.Person) ([]*project, error) {
	if only, single := c.only(); single {
		return []*project{{id: only, sole: true}}, nil
	}
	found, listed, err := c.survey(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.ask(ctx, person, found.groups); err != nil {
		return nil, err
	}
	theirs := found.naming(person)
	var mine []*project
	for _, p := range listed {
		if theirs(p.names()) || theirs(p.Ancestors) {
			mine = append(mine, found.project(p))
		}
	}
	slices.SortFunc(mine, func(a, b *project) int { return cmp.Compare(a.id, b.id) })
	return mine, nil
}

// finds is what the index's search found, by resource, and the groups that it names.
type finds struct {
	on     map[string][]eligibility.BindingAt
	groups []string
}

func (c *Catalog) survey(ctx context.Context) (found finds, listed []ListedProject, err error) {
	calls, ctx := errgroup.WithContext(ctx)
	calls.Go(func() (err error) {
		found, err = c.searches.Get(ctx, c.scope, c.search)
		return err
	})
	calls.Go(func() (err error) {
		listed, err = c.projects.Get(ctx, c.scope, func(ctx context.Context) ([]ListedProject, error) {
			return c.finder.Projects(ctx, c.scope)
		})
		return err
	})
	err = calls.Wait()
	return found, listed, err
}

func (c *Catalog) search(ctx context.Context) (finds, error) {
	placed, err := c.finder.Search(ctx, c.scope)
	if err != nil {
		return finds{}, err
	}
	found := finds{on: map[string][]eligibility.BindingAt{}, groups: eligibility.GroupsNamed(placed, nil)}
	for _, p := range placed {
		found.on[p.Resource] = append(found.on[p.Resource], p)
	}
	return found, nil
}

// naming returns whether any of some resources has a binding that names the person or a group of
// theirs.
func (f finds) naming(person eligibility.Person) func(resources []string) bool {
	named := map[string]bool{}
	for resource, placed := range f.on {
		named[resource] = slices.ContainsFunc(placed, func(p eligibility.BindingAt) bool {
			return names(p.Binding, person)
		})
	}
	return func(resources []string) bool {
		return slices.ContainsFunc(resources, func(r string) bool { return named[r] })
	}
}

func names(b eligibility.Binding, person eligibility.Person) bool {
	return slices.ContainsFunc(b.Members, func(member string) bool {
		who, err := eligibility.ParsePrincipal(member)
		if err != nil {
			return false
		}
		return who.Kind == eligibility.User && who.Email == person.Email ||
			who.Kind == eligibility.Group && person.Groups[who.Email] == eligibility.Member
	})
}

// names are the project's as a resource.
func (p ListedProject) names() []string {
	return []string{"projects/" + p.Project, "projects/" + p.Number}
}

func (f finds) project(at ListedProject) *project {
	p := &project{id: at.Project}
	for _, resource := range at.names() {
		for _, placed := range f.on[resource] {
			p.indexed = append(p.indexed, placed.Binding)
		}
	}
	for _, ancestor := range at.Ancestors {
		p.ancestors = append(p.ancestors, f.on[ancestor]...)
	}
	return p
}

// toRead are the first fifty projects and, beyond them, those with an activation of the person.
func toRead(mine []*project, email string) []*project {
	if len(mine) <= liveProjects {
		return mine
	}
	chosen := slices.Clone(mine[:liveProjects])
	for _, p := range mine[liveProjects:] {
		if activations, _ := eligibility.Activations(p.resource(), p.own(), email); len(activations) > 0 {
			chosen = append(chosen, p)
		}
	}
	return chosen
}

// readAll reads the policies of projects, all at once. The only error is that of ctx.
func (c *Catalog) readAll(ctx context.Context, projects []*project) error {
	var calls errgroup.Group
	calls.SetLimit(atOnce)
	for _, p := range projects {
		calls.Go(func() error {
			c.readLive(ctx, p)
			return nil
		})
	}
	_ = calls.Wait() // no call returns an error
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("reading %d projects: %w", len(projects), err)
	}
	return nil
}
