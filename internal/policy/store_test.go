package policy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/api/googleapi"
)

// store is an Upstream that keeps policies as Resource Manager does: a write under another etag
// than the stored one is a conflict. Each call takes a round trip, half of it on the way there. It
// runs inside a synctest bubble.
type store struct {
	mu       sync.Mutex
	policies map[string]*Policy
	edition  int
	reads    int
	writes   int // accepted ones
	sets     int // all
	reasons  []string

	trip time.Duration
	// onGet and onSet may respond in the store's place. They run before the call acts; loseResponse
	// runs after a write has acted and may lose its response.
	onGet        func(n int) error
	onSet        func(n int, p *Policy) error
	loseResponse func(n int) error
}

func newStore(resource string, bindings ...*Binding) *store {
	s := &store{policies: map[string]*Policy{}, trip: 100 * time.Millisecond}
	s.policies[resource] = &Policy{Version: 3, Bindings: bindings, Etag: s.nextEtag()}
	return s
}

func (s *store) nextEtag() string {
	s.edition++
	return fmt.Sprintf("etag-%d", s.edition)
}

func (s *store) Get(ctx context.Context, resource string) (*Policy, error) {
	if err := travel(ctx, s.trip/2); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.reads++
	n, read := s.reads, Clone(s.policies[resource])
	s.mu.Unlock()
	if s.onGet != nil {
		if err := s.onGet(n); err != nil {
			return nil, err
		}
	}
	return read, travel(ctx, s.trip/2)
}

func (s *store) Set(ctx context.Context, resource string, p *Policy, reason string) (*Policy, error) {
	if err := travel(ctx, s.trip/2); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.sets++
	n := s.sets
	s.mu.Unlock()
	if s.onSet != nil {
		if err := s.onSet(n, p); err != nil {
			return nil, err
		}
	}
	stored, err := s.put(resource, p, reason)
	if err != nil {
		return nil, err
	}
	if s.loseResponse != nil {
		if err := s.loseResponse(n); err != nil {
			return nil, err
		}
	}
	return stored, travel(ctx, s.trip/2)
}

func (s *store) put(resource string, p *Policy, reason string) (*Policy, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.Etag != s.policies[resource].Etag {
		return nil, statusError(http.StatusConflict)
	}
	stored := Clone(p)
	stored.Etag = s.nextEtag()
	s.policies[resource] = stored
	s.writes++
	s.reasons = append(s.reasons, reason)
	return Clone(stored), nil
}

// edit is somebody else's write, which takes no time.
func (s *store) edit(resource string, change func(*Policy)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s.policies[resource])
	s.policies[resource].Etag = s.nextEtag()
}

func (s *store) members(resource, role string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.policies[resource].Bindings {
		if b.Role == role {
			return slices.Clone(b.Members)
		}
	}
	return nil
}

func travel(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func statusError(code int) error { return &googleapi.Error{Code: code, Message: http.StatusText(code)} }

var errBroken = errors.New("connection reset by peer")

const project = "projects/payments-prod"

func testOptions() Options {
	return Options{Retry: PortalRetry(), Timeout: 15 * time.Second}
}

// grantChange adds a member to a role, or leaves the policy alone where it is there.
func grantChange(role, member string) Change {
	return Change{ID: member, Reason: "granting " + member, Apply: func(p *Policy) error {
		for _, b := range p.Bindings {
			if b.Role == role {
				if !slices.Contains(b.Members, member) {
					b.Members = append(b.Members, member)
				}
				return nil
			}
		}
		p.Bindings = append(p.Bindings, &Binding{Role: role, Members: []string{member}})
		return nil
	}}
}

func wantMembers(t *testing.T, s *store, role string, want ...string) {
	t.Helper()
	got := s.members(project, role)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("members of %s = %v, want %v", role, got, want)
	}
}
