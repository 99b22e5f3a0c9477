package catalog

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/memo"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

const (
	// indexAge bounds how old an answer of the index may be.
	indexAge = 60 * time.Second
	// placementsKept bounds the memory that placements take.
	placementsKept = 5000
	// atOnce bounds the parallel look-ups of one request to one source.
	atOnce = 128
)

// Memberships answers who is in a group, directly or nested. Any error means
// that the group could not be read.
type Memberships interface {
	HasMember(ctx context.Context, group, email string) (bool, error)
	// ListMembers returns the people of a group, nested ones included, in lower
	// case.
	ListMembers(ctx context.Context, group string) ([]string, error)
	// GroupsOf returns all groups that somebody is in, in lower case and sorted.
	GroupsOf(ctx context.Context, email string) ([]string, error)
}

// Index answers from Cloud Asset Inventory, minutes late. A scope is
// "projects/ID", "folders/NUMBER" or "organizations/NUMBER". Errors are
// [*upstream.Outage].
type Index interface {
	// Effective places a project in the scope, with the policies of the project
	// and of its ancestors up to the scope.
	Effective(ctx context.Context, scope, project string) (Placement, error)
	// Search finds all eligible bindings, and all activations, that stand on
	// projects, folders and organizations of the scope.
	Search(ctx context.Context, scope string) ([]eligibility.Placed, error)
	// Projects lists the active projects of the scope.
	Projects(ctx context.Context, scope string) ([]ProjectPlace, error)
}

// Titles names roles for people; see iamrole.Reader. It waits for no more than a moment.
type Titles interface {
	Titles(ctx context.Context, roles []string) map[string]string
}

// Placement is where a project stands. Inside is false for a project outside
// the scope and for one that the index does not know. Policies hold the
// bindings of the project and of its ancestors inside the scope, the nearest
// first.
type Placement struct {
	Inside   bool
	Policies []eligibility.Placed
}

// ProjectPlace is a project's id, its number, and its ancestors: "folders/N"
// and "organizations/N".
type ProjectPlace struct {
	Project   string
	Number    string
	Ancestors []string
}

// Config is what a catalog works with. All fields but the last two are required.
type Config struct {
	Scope       string // "projects/ID", "folders/NUMBER" or "organizations/NUMBER"
	Reader      *policy.Reader
	Index       Index
	Memberships Memberships
	Titles      Titles           // nobody is asked for titles if nil
	Clock       func() time.Time // time.Now if nil
}

// Catalog answers for all users of one process. Its methods may be called
// concurrently; each takes its deadline from its context.
type Catalog struct {
	scope       string
	reader      *policy.Reader
	index       Index
	memberships Memberships
	titles      Titles
	clock       func() time.Time
	placements  *memo.Cache[string, Placement]
	strangers   *budget
	searches    *memo.Cache[string, finds]
	places      *memo.Cache[string, []ProjectPlace]
}

// New makes a catalog of a scope.
func New(c Config) *Catalog {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return &Catalog{
		scope:       c.Scope,
		reader:      c.Reader,
		index:       c.Index,
		memberships: c.Memberships,
		titles:      c.Titles,
		clock:       c.Clock,
		placements:  memo.New[string, Placement](c.Clock, placementsKept, indexAge),
		strangers:   &budget{clock: c.Clock, most: strangersAtOnce, every: strangerEvery},
		searches:    memo.New[string, finds](c.Clock, 1, indexAge),
		places:      memo.New[string, []ProjectPlace](c.Clock, 1, indexAge),
	}
}

// projectID matches project ids, those with a domain included. It refuses
// numbers and upper case, so that a project has one name here.
// Source: cloud.google.com/resource-manager/docs/creating-managing-projects.
var projectID = regexp.MustCompile(`^(?:[a-z0-9][a-z0-9.-]{0,61}:)?[a-z][a-z0-9-]{0,62}$`)

// only returns the scope's project where the scope is a single project.
func (c *Catalog) only() (project string, ok bool) {
	return strings.CutPrefix(c.scope, "projects/")
}

func newPerson(email string) eligibility.Person {
	return eligibility.Person{
		Email:  strings.ToLower(email),
		Groups: map[string]eligibility.Membership{},
		Causes: map[string]error{},
	}
}

// Bindings are the bindings of a policy in eligibility's terms. A nil policy
// has none.
func Bindings(p *policy.Policy) []eligibility.Binding {
	if p == nil {
		return nil
	}
	bindings := make([]eligibility.Binding, 0, len(p.Bindings))
	for _, b := range p.Bindings {
		if b == nil {
			continue
		}
		binding := eligibility.Binding{Role: b.Role, Members: b.Members}
		if e := b.Condition; e != nil {
			binding.Condition = &eligibility.Condition{
				Title: e.Title, Description: e.Description, Expression: e.Expression,
			}
		}
		bindings = append(bindings, binding)
	}
	return bindings
}

// place puts bindings on the resource that they stand on.
func place(resource string, bindings []eligibility.Binding) []eligibility.Placed {
	placed := make([]eligibility.Placed, len(bindings))
	for i, b := range bindings {
		placed[i] = eligibility.Placed{Resource: resource, Binding: b}
	}
	return placed
}
