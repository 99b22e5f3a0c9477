package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/catalog"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

const (
	alice    = "alice@example.com"
	bob      = "bob@example.com"
	oncall   = "oncall@example.com"
	sre      = "sre@example.com"
	payments = "payments-prod"
	folder   = "folders/42"
	org      = "organizations/1"
	viewer   = "roles/compute.viewer"
	admin    = "roles/compute.admin"
)

// latency is what each call to google takes. Tests run in a bubble of their own time, so that the
// time that passed tells how many calls had to follow one another.
const latency = 100 * time.Millisecond

// google fakes the catalog's three sources. It answers slowly and keeps a journal.
type google struct {
	live      map[string][]eligibility.Binding
	locations map[string]catalog.Location
	search    []eligibility.BindingAt
	projects  []catalog.ListedProject
	groups    map[string][]string
	customer  []string         // the groups that are the customer's
	fail      map[string]error // by call, as the journal names it
	share     func() int       // of the Directory's quota

	mu      sync.Mutex
	journal []string
}

func newGoogle() *google {
	return &google{
		live:      map[string][]eligibility.Binding{},
		locations: map[string]catalog.Location{},
		groups:    map[string][]string{},
		fail:      map[string]error{},
	}
}

func (g *google) call(ctx context.Context, name string) error {
	g.mu.Lock()
	g.journal = append(g.journal, name)
	g.mu.Unlock()
	select {
	case <-time.After(latency):
		return g.fail[name]
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *google) Get(ctx context.Context, resource string) (*policy.Policy, error) {
	if err := g.call(ctx, "live "+resource); err != nil {
		return nil, err
	}
	bindings, ok := g.live[resource]
	if !ok {
		return nil, denied()
	}
	return policyOf(bindings...), nil
}

func (g *google) GetExcerpt(ctx context.Context, resource string) ([]eligibility.Binding, error) {
	if err := g.call(ctx, "live "+resource); err != nil {
		return nil, err
	}
	bindings, ok := g.live[resource]
	if !ok {
		return nil, denied()
	}
	return slices.DeleteFunc(slices.Clone(bindings), func(b eligibility.Binding) bool { return !eligibility.Relevant(b) }), nil
}

func (g *google) Set(context.Context, string, *policy.Policy, string) (*policy.Policy, error) {
	return nil, errors.New("the catalog must not write")
}

func (g *google) HasMember(ctx context.Context, group, email string) (bool, error) {
	if err := g.call(ctx, "group "+group); err != nil {
		return false, err
	}
	return slices.Contains(g.groups[group], email), nil
}

func (g *google) ListMembers(ctx context.Context, group string) ([]string, error) {
	if err := g.call(ctx, "list "+group); err != nil {
		return nil, err
	}
	return g.groups[group], nil
}

// GroupsOf takes one step for each of two levels of nesting.
func (g *google) GroupsOf(ctx context.Context, email string) ([]string, error) {
	for level := range 2 {
		if err := g.call(ctx, fmt.Sprintf("climb %s %d", email, level)); err != nil {
			return nil, err
		}
	}
	var all []string
	for group, members := range g.groups {
		if slices.Contains(members, email) && slices.Contains(g.customer, group) {
			all = append(all, group)
		}
	}
	slices.Sort(all)
	return all, nil
}

// CustomerGroups takes one step for each two hundred groups.
func (g *google) CustomerGroups(ctx context.Context) ([]string, error) {
	var all []string
	for page := range slices.Chunk(g.customer, 200) {
		if err := g.call(ctx, "customer "+page[0]); err != nil {
			return all, err
		}
		all = append(all, page...)
	}
	return all, nil
}

func (g *google) Locate(ctx context.Context, _, project string) (catalog.Location, error) {
	err := g.call(ctx, "location "+project)
	return g.locations[project], err
}

func (g *google) Search(ctx context.Context, _ string) ([]eligibility.BindingAt, error) {
	err := g.call(ctx, "search")
	return g.search, err
}

func (g *google) Projects(ctx context.Context, _ string) ([]catalog.ListedProject, error) {
	err := g.call(ctx, "projects")
	return g.projects, err
}

// indexLive makes the index see what is live: each project with its ancestors.
func (g *google) indexLive(projects map[string][]string) {
	g.search, g.projects = nil, nil
	for resource, bindings := range g.live {
		g.search = append(g.search, located(resource, bindings...)...)
	}
	for project, ancestors := range projects {
		location := catalog.Location{Inside: true}
		for _, resource := range append([]string{"projects/" + project}, ancestors...) {
			location.Policies = append(location.Policies, located(resource, g.live[resource]...)...)
		}
		g.locations[project] = location
		g.projects = append(g.projects, catalog.ListedProject{Project: project, Ancestors: ancestors})
	}
}

// calls counts the calls whose name begins so.
func (g *google) calls(prefix string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	count := 0
	for _, name := range g.journal {
		if strings.HasPrefix(name, prefix) {
			count++
		}
	}
	return count
}

func (g *google) catalog(scope string) *catalog.Catalog { return g.catalogWithTitles(scope, nil) }

// catalogWithTitles is a catalog that asks for the titles of roles, too.
func (g *google) catalogWithTitles(scope string, titles catalog.Titles) *catalog.Catalog {
	return catalog.New(catalog.Config{
		Titles:         titles,
		Scope:          scope,
		Reader:         policy.NewReader(g, oneTry),
		Excerpts:       policy.NewExcerpts(g, oneTry),
		Locator:        g,
		Finder:         g,
		Memberships:    g,
		DirectoryShare: g.share,
	})
}

var oneTry = policy.Retry{Tries: 1, Within: 5 * time.Second, Base: 1, Cap: 1}

// confirmation is one about one person.
type confirmation struct {
	eligibility.Confirmation
	Read   *policy.Policy
	Person eligibility.Person
}

// confirm confirms what one person wants.
func confirm(t *testing.T, c *catalog.Catalog, email, project string, wanted []eligibility.Reference) (confirmation, error) {
	t.Helper()
	all, read, err := c.Confirm(t.Context(), project, []eligibility.Lookup{{Email: email, Wanted: wanted}})
	return confirmation{all, read, all.People[email]}, err
}

// inBubble runs a test in a bubble of its own time.
func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}

// steps runs f and returns how many calls had to follow one another.
func steps(f func()) int {
	start := time.Now()
	f()
	return int(time.Since(start) / latency)
}

func eligibleFor(role string, members ...string) eligibility.Binding {
	return eligibility.Binding{Role: role, Members: members, Condition: &eligibility.Condition{
		Title: "Eligible for JIT access", Expression: eligibility.SelfApproval.Marker(),
	}}
}

func activationOf(t *testing.T, project, role, user string, start time.Time) eligibility.Binding {
	t.Helper()
	start = start.UTC().Truncate(time.Second)
	b, err := eligibility.WriteActivation(eligibility.Activation{
		Key:         eligibility.Key{Resource: "projects/" + project, Role: role},
		User:        user,
		Window:      eligibility.Window{Start: start, End: start.Add(time.Hour)},
		ID:          "jit-AAAAAAAAAAAAAAAA",
		Description: eligibility.SelfApprovedDescription("CASE-1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func located(resource string, bindings ...eligibility.Binding) []eligibility.BindingAt {
	var all []eligibility.BindingAt
	for _, b := range bindings {
		all = append(all, eligibility.BindingAt{Resource: resource, Binding: b})
	}
	return all
}

func policyOf(bindings ...eligibility.Binding) *policy.Policy {
	p := &policy.Policy{Etag: "BwWWja0YfJA=", Version: 3}
	for _, b := range bindings {
		binding := &policy.Binding{Role: b.Role, Members: b.Members}
		if c := b.Condition; c != nil {
			binding.Condition = &policy.Expr{Title: c.Title, Description: c.Description, Expression: c.Expression}
		}
		p.Bindings = append(p.Bindings, binding)
	}
	return p
}

func denied() error {
	return &googleapi.Error{Code: http.StatusForbidden, Message: "The caller does not have permission"}
}

func unavailable() error {
	return &googleapi.Error{Code: http.StatusServiceUnavailable, Message: "unavailable"}
}

// roles are the roles of entitlements, in their order.
func roles(entitlements []eligibility.Entitlement) []string {
	var all []string
	for _, e := range entitlements {
		all = append(all, e.Role)
	}
	return all
}

func projects(accesses []eligibility.ProjectAccess) []string {
	var all []string
	for _, s := range accesses {
		all = append(all, s.Project)
	}
	return all
}
