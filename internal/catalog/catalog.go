package catalog

import (
	"context"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/memo"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

const (
	// maxIndexAge bounds how old a result of the index may be.
	maxIndexAge = 60 * time.Second
	// maxLocations bounds the memory that locations take. Google locates a hundred projects a
	// minute, and none is kept for longer.
	maxLocations = 200
	// maxParallel bounds the parallel look-ups of one request to one source.
	maxParallel = 128
)

// Memberships knows who is in a group, directly or nested. Any error means that the group could not
// be read.
type Memberships interface {
	HasMember(ctx context.Context, group, email string) (bool, error)
	// ListMembers returns the people of a group, nested ones included, in lower case.
	ListMembers(ctx context.Context, group string) ([]string, error)
	// GroupsOf returns the addresses of all groups of the customer that somebody is in, in lower
	// case and sorted.
	GroupsOf(ctx context.Context, email string) ([]string, error)
	// CustomerGroups returns the addresses of groups that are the customer's, in lower case and
	// sorted: all, or as many as could be listed.
	CustomerGroups(ctx context.Context) ([]string, error)
}

// Locator knows where a project stands, some minutes late. A scope is "projects/ID",
// "folders/NUMBER" or "organizations/NUMBER". Errors are [*upstream.Outage].
type Locator interface {
	// Locate finds a project in the scope, with the policies of the project and of its ancestors up
	// to the scope.
	Locate(ctx context.Context, scope, project string) (Location, error)
}

// Finder knows which projects of a scope may be somebody's, some minutes late. Errors are
// [*upstream.Outage].
type Finder interface {
	// Search finds all eligible bindings, and all activations, that stand on projects, folders and
	// organizations of the scope.
	Search(ctx context.Context, scope string) ([]eligibility.BindingAt, error)
	// Projects lists the active projects of the scope.
	Projects(ctx context.Context, scope string) ([]ListedProject, error)
}

// Titles names roles for people; see iamrole.Reader. It waits for no more than a moment.
type Titles interface {
	Titles(ctx context.Context, roles []string) map[string]string
}

// Location is where a project stands. Inside is false for a project outside the scope and for one
// that the index does not know. Policies hold the relevant bindings of the project and of its
// ancestors inside the scope, the nearest first.
type Location struct {
	Inside   bool
	Policies []eligibility.BindingAt
}

// ListedProject is a project of the scope: its id, its number, and its ancestors: "folders/N" and
// "organizations/N".
type ListedProject struct {
	Project   string
	Number    string
	Ancestors []string
}

// Config is what a catalog works with. All fields but the last three are required.
type Config struct {
	Scope       string           // "projects/ID", "folders/NUMBER" or "organizations/NUMBER"
	Reader      *policy.Reader   // for those who act
	Excerpts    *policy.Excerpts // for those who look
	Locator     Locator
	Finder      Finder
	Memberships Memberships
	Titles      Titles           // nobody is asked for titles if nil
	Clock       func() time.Time // time.Now if nil
	// DirectoryShare is how many calls a minute of the Directory this process may make. The fewer
	// they are, the fewer groups are asked one by one. As many as needed if nil.
	DirectoryShare func() int
}

// Catalog serves all users of one process. Its methods may be called concurrently; each takes its
// deadline from its context.
type Catalog struct {
	scope       string
	reader      *policy.Reader
	excerpts    *policy.Excerpts
	locator     Locator
	finder      Finder
	memberships Memberships
	titles      Titles
	clock       func() time.Time
	locations   *memo.Cache[string, Location]
	searches    *memo.Cache[string, searchResult]
	projects    *memo.Cache[string, []ListedProject]

	directoryShare func() int
	customerGroups *memo.Cache[string, []string]
}

// New makes a catalog of a scope.
func New(c Config) *Catalog {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return &Catalog{
		scope:       c.Scope,
		reader:      c.Reader,
		excerpts:    c.Excerpts,
		locator:     c.Locator,
		finder:      c.Finder,
		memberships: joinedMemberships{c.Memberships, memo.New[memberOf, bool](c.Clock, 0, 0)},
		titles:      c.Titles,
		clock:       c.Clock,
		locations:   memo.New[string, Location](c.Clock, maxLocations, maxIndexAge),
		searches:    memo.New[string, searchResult](c.Clock, 1, maxIndexAge),
		projects:    memo.New[string, []ListedProject](c.Clock, 1, maxIndexAge),

		directoryShare: c.DirectoryShare,
		customerGroups: memo.New[string, []string](c.Clock, 1, maxCustomerGroupsAge),
	}
}

// singleProject returns the scope's project where the scope is a single project.
func (c *Catalog) singleProject() (project string, ok bool) {
	return strings.CutPrefix(c.scope, "projects/")
}

func newPerson(email string) eligibility.Person {
	return eligibility.Person{
		Email:  strings.ToLower(email),
		Groups: map[string]eligibility.Membership{},
		Causes: map[string]error{},
	}
}

// bindingsAt are bindings with the resource that they stand on.
func bindingsAt(resource string, bindings []eligibility.Binding) []eligibility.BindingAt {
	all := make([]eligibility.BindingAt, len(bindings))
	for i, b := range bindings {
		all[i] = eligibility.BindingAt{Resource: resource, Binding: b}
	}
	return all
}
