package catalog

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

const (
	// titlesKept bounds the memory that titles take.
	titlesKept = 5000
	// titlePatience is how long a page waits for the titles of its roles.
	titlePatience = time.Second
	// titlePause is how long nobody is asked for titles once IAM did not answer,
	// so that an outage of IAM costs one page its patience, and not every one.
	titlePause = time.Minute
)

// Titles returns what people call some roles: those that IAM tells within a
// second, at most an hour old. A role that IAM does not know, or does not let
// the caller see, has none. A page waits for nobody once IAM did not answer,
// for the next minute.
func (r *Roles) Titles(ctx context.Context, roles []string) map[string]string {
	return r.titles.of(ctx, roles)
}

// title is what IAM calls a role, and nothing else of it. That there is none to
// be seen is an answer, too.
func (r *Roles) title(ctx context.Context, role string) (string, error) {
	found, err := r.get(ctx, role, googleapi.QueryParameter("fields", "title"))
	if hidden(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return found.Title, nil
}

// titles asks for the titles of roles, and remembers when that did not work.
type titles struct {
	ask   func(ctx context.Context, role string) (string, error)
	clock func() time.Time
	kept  *cache[string, string]

	mu     sync.Mutex
	failed time.Time
}

func newTitles(clock func() time.Time, ask func(context.Context, string) (string, error)) *titles {
	return &titles{ask: ask, clock: clock, kept: newCache[string, string](clock, titlesKept, roleAge)}
}

func (t *titles) of(ctx context.Context, roles []string) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, titlePatience)
	defer cancel()
	answers := make([]string, len(roles))
	var calls errgroup.Group
	calls.SetLimit(atOnce)
	for i, role := range roles {
		calls.Go(func() error {
			answers[i] = t.get(ctx, role)
			return nil
		})
	}
	_ = calls.Wait() // no call returns an error
	found := make(map[string]string, len(roles))
	for i, role := range roles {
		if answers[i] != "" {
			found[role] = answers[i]
		}
	}
	return found
}

// get is one title, "" where it is not known.
func (t *titles) get(ctx context.Context, role string) string {
	if !roleName.MatchString(role) {
		return ""
	}
	title, err := t.kept.get(ctx, role, func(ctx context.Context) (string, error) {
		if t.paused() {
			return "", errPaused
		}
		return t.ask(ctx, role)
	})
	if err != nil && !errors.Is(err, errPaused) && !errors.Is(err, context.Canceled) {
		t.pause()
	}
	return title
}

// errPaused says that IAM is not asked, because it did not answer before.
var errPaused = errors.New("IAM did not answer a moment ago")

func (t *titles) paused() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.clock().Sub(t.failed) < titlePause
}

func (t *titles) pause() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed = t.clock()
}

// titlesFor are the titles of the roles that may be a person's: those of
// conditional bindings that name the person, or a group.
func (c *Catalog) titlesFor(ctx context.Context, placed []eligibility.Placed, person eligibility.Person) map[string]string {
	if c.titles == nil {
		return nil
	}
	var roles []string
	for _, p := range placed {
		if p.Binding.Condition != nil && len(roles) < atOnce && !slices.Contains(roles, p.Binding.Role) && mayName(p.Binding, person) {
			roles = append(roles, p.Binding.Role)
		}
	}
	return c.titles.Titles(ctx, roles)
}

func mayName(b eligibility.Binding, person eligibility.Person) bool {
	return slices.ContainsFunc(b.Members, func(member string) bool {
		return strings.HasPrefix(member, string(eligibility.Group)+":") || strings.EqualFold(member, string(eligibility.User)+":"+person.Email)
	})
}
