package iamrole

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/memo"
)

const (
	// titlesKept bounds the memory that titles take.
	titlesKept = 5000
	// titlePatience is how long a page waits for the titles of its roles.
	titlePatience = time.Second
	// titlePause is how long nobody is asked for titles once IAM did not answer, so that an outage
	// of IAM costs one page its patience, and not every one.
	titlePause = time.Minute
	// titlesAtOnce bounds the parallel look-ups of one page.
	titlesAtOnce = 128
)

// Titles returns what people call some roles: those that IAM tells within a second, at most an hour
// old. A role that IAM does not know, or does not let the caller see, has none. A page waits for
// nobody once IAM did not answer, for the next minute.
func (r *Reader) Titles(ctx context.Context, roles []string) map[string]string {
	return r.titles.of(ctx, roles)
}

// title is what IAM calls a role, and nothing else of it. That there is none to be seen is an
// answer, too.
func (r *Reader) title(ctx context.Context, role string) (string, error) {
	found, err := r.get(ctx, role, googleapi.QueryParameter("fields", "title"))
	if hidden(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return found.Title, nil
}

// hidden tells whether IAM denies a role or does not know it.
func hidden(err error) bool {
	status := cause.Of(err).Status
	return status == http.StatusForbidden || status == http.StatusNotFound
}

// titles asks for the titles of roles, and remembers when that did not work.
type titles struct {
	ask   func(ctx context.Context, role string) (string, error)
	clock func() time.Time
	kept  *memo.Cache[string, string]

	mu     sync.Mutex
	failed time.Time
}

func (t *titles) of(ctx context.Context, roles []string) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, titlePatience)
	defer cancel()
	answers := make([]string, len(roles))
	var calls errgroup.Group
	calls.SetLimit(titlesAtOnce)
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
	if !askable(role) {
		return ""
	}
	title, err := t.kept.Get(ctx, role, func(ctx context.Context) (string, error) {
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
