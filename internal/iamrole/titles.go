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
	// maxTitles bounds the memory that titles take.
	maxTitles = 5000
	// titleTimeout is how long a page waits for the titles of its roles.
	titleTimeout = time.Second
	// titlePause is how long IAM is not asked for titles once it did not answer, so that its outage
	// holds up one page, and not every one.
	titlePause = time.Minute
	// maxParallelTitles bounds the parallel look-ups of one page.
	maxParallelTitles = 128
)

// Titles returns what people call some roles: those that IAM tells within a second, at most an hour
// old. A role that IAM does not know, or does not let the caller see, has none. Once IAM did not
// answer, no page waits for it for the next minute.
func (r *Reader) Titles(ctx context.Context, roles []string) map[string]string {
	return r.titles.all(ctx, roles)
}

// title is what IAM calls a role, asked for without its permissions. It is "" for a role that IAM
// denies or does not know.
func (r *Reader) title(ctx context.Context, role string) (string, error) {
	found, err := r.get(ctx, role, googleapi.QueryParameter("fields", "title"))
	if status := cause.Of(err).Status; status == http.StatusForbidden || status == http.StatusNotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return found.Title, nil
}

// titles asks for the titles of roles, and remembers when that did not work.
type titles struct {
	fetch func(ctx context.Context, role string) (string, error)
	clock func() time.Time
	cache *memo.Cache[string, string]

	mu     sync.Mutex
	failed time.Time
}

func (t *titles) all(ctx context.Context, roles []string) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, titleTimeout)
	defer cancel()
	results := make([]string, len(roles))
	var calls errgroup.Group
	calls.SetLimit(maxParallelTitles)
	for i, role := range roles {
		calls.Go(func() error {
			results[i] = t.one(ctx, role)
			return nil
		})
	}
	_ = calls.Wait() // no call returns an error
	found := make(map[string]string, len(roles))
	for i, role := range roles {
		if results[i] != "" {
			found[role] = results[i]
		}
	}
	return found
}

// one returns one title, "" where it is not known.
func (t *titles) one(ctx context.Context, role string) string {
	if !validName(role) {
		return ""
	}
	title, err := t.cache.Get(ctx, role, func(ctx context.Context) (string, error) {
		if t.paused() {
			return "", errPaused
		}
		return t.fetch(ctx, role)
	})
	if kind := cause.Of(err).Kind; err != nil && !errors.Is(err, errPaused) && kind != cause.Canceled && kind != cause.NotAsked {
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
