package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
)

// maxLiveProjects is how many of a person's projects are read live.
const maxLiveProjects = 50

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
	if err := c.readWithTitles(ctx, mine, person); err != nil {
		return eligibility.Overview{}, err
	}
	var groups []string
	for _, p := range mine {
		groups = append(groups, eligibility.GroupsNamed(bindingsAt(p.resource(), p.own()), nil)...)
	}
	titles, err := c.askWithTitles(ctx, person, bindingsOf(mine), groups)
	if err != nil {
		return eligibility.Overview{}, err
	}
	o := c.overview(mine, person)
	for i := range o.Projects {
		o.Projects[i].Titles = titles
	}
	return o, nil
}

// readWithTitles reads the person's projects live. The titles of the roles that the index shows
// there are asked for meanwhile, so that they are known by then.
func (c *Catalog) readWithTitles(ctx context.Context, mine []*project, person eligibility.Person) error {
	indexed := bindingsOf(mine)
	var calls errgroup.Group
	calls.Go(func() error {
		c.titlesFor(ctx, indexed, person)
		return nil
	})
	calls.Go(func() error { return c.readAll(ctx, chooseLive(mine, person.Email)) })
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
		case hasNothing(access):
			continue
		case !p.isLive:
			o.FromIndex = append(o.FromIndex, p.id)
		}
		if !hasNothing(access) {
			o.Projects = append(o.Projects, access)
		}
	}
	for group, membership := range person.Groups {
		if membership == eligibility.Unreadable {
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
	if id, isScope := c.singleProject(); isScope {
		return []*project{{id: id, isScope: true}}, nil
	}
	found, listed, err := c.searchAndList(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.askGroups(ctx, person, found.groups); err != nil {
		return nil, err
	}
	theirs := found.resourcesNaming(person)
	var mine []*project
	for _, p := range listed {
		if theirs(p.resourceNames()) || theirs(p.Ancestors) {
			mine = append(mine, found.projectFrom(p))
		}
	}
	slices.SortFunc(mine, func(a, b *project) int { return cmp.Compare(a.id, b.id) })
	return mine, nil
}

// searchResult is what the index's search found, by resource, and the groups that it names.
type searchResult struct {
	bindings map[string][]eligibility.BindingAt
	groups   []string
}

func (c *Catalog) searchAndList(ctx context.Context) (found searchResult, listed []ListedProject, err error) {
	calls, ctx := errgroup.WithContext(quota.Shared(ctx))
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

func (c *Catalog) search(ctx context.Context) (searchResult, error) {
	bindings, err := c.finder.Search(ctx, c.scope)
	if err != nil {
		return searchResult{}, err
	}
	found := searchResult{bindings: map[string][]eligibility.BindingAt{}, groups: eligibility.GroupsNamed(bindings, nil)}
	for _, b := range bindings {
		found.bindings[b.Resource] = append(found.bindings[b.Resource], b)
	}
	return found, nil
}

// resourcesNaming returns whether any of some resources has a binding that names the person or a
// group of theirs.
func (f searchResult) resourcesNaming(person eligibility.Person) func(resources []string) bool {
	named := map[string]bool{}
	for resource, bindings := range f.bindings {
		named[resource] = slices.ContainsFunc(bindings, func(b eligibility.BindingAt) bool {
			return bindingNames(b.Binding, person)
		})
	}
	return func(resources []string) bool {
		return slices.ContainsFunc(resources, func(r string) bool { return named[r] })
	}
}

func bindingNames(b eligibility.Binding, person eligibility.Person) bool {
	return slices.ContainsFunc(b.Members, func(member string) bool {
		who, err := eligibility.ParsePrincipal(member)
		if err != nil {
			return false
		}
		return who.Kind == eligibility.User && who.Email == person.Email ||
			who.Kind == eligibility.Group && person.Groups[who.Email] == eligibility.Member
	})
}

// resourceNames are the project's as a resource.
func (p ListedProject) resourceNames() []string {
	return []string{"projects/" + p.Project, "projects/" + p.Number}
}

func (f searchResult) projectFrom(listed ListedProject) *project {
	p := &project{id: listed.Project}
	for _, resource := range listed.resourceNames() {
		for _, b := range f.bindings[resource] {
			p.indexed = append(p.indexed, b.Binding)
		}
	}
	for _, ancestor := range listed.Ancestors {
		p.ancestors = append(p.ancestors, f.bindings[ancestor]...)
	}
	return p
}

// chooseLive are the first fifty projects and, beyond them, those with an activation of the person.
func chooseLive(mine []*project, email string) []*project {
	if len(mine) <= maxLiveProjects {
		return mine
	}
	chosen := slices.Clone(mine[:maxLiveProjects])
	for _, p := range mine[maxLiveProjects:] {
		if activations, _ := eligibility.Activations(p.resource(), p.own(), email); len(activations) > 0 {
			chosen = append(chosen, p)
		}
	}
	return chosen
}

// readAll reads the policies of projects, all at once. The error is that of ctx, or an
// *upstream.Throttled.
func (c *Catalog) readAll(ctx context.Context, projects []*project) error {
	reading, err := c.beginExcerpts(ctx, projects...)
	if err != nil {
		return err
	}
	for i, p := range projects {
		p.waitForExcerpt(ctx, reading, i)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("reading %d projects: %w", len(projects), ctx.Err())
	}
	return nil
}
