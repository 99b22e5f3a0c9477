package googleapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"

	api "google.golang.org/api/googleapi"
)

// counter is a meter that notes what it sees, and holds calls back on request.
type counter struct {
	mu     sync.Mutex
	before []string
	after  []error
	held   error
}

func (c *counter) Before(_ context.Context, host, call string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before = append(c.before, host+call)
	return c.held
}

func (c *counter) After(_, _ string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.after = append(c.after, err)
}

func TestMeter_SeesEveryCallOfRESTAndGRPC(t *testing.T) {
	t.Parallel()
	seen := new(counter)
	a := newServer(t, false, nil).access(t, Config{AccessToken: "secret", Meter: seen})
	if err := errors.Join(readPolicy(t, a), searchPolicies(t, a)); err != nil {
		t.Fatal(err)
	}
	want := []string{managerHost + "/v3/projects/p:getIamPolicy", "cloudasset.googleapis.com" + searchPath}
	if !slices.Equal(seen.before, want) || len(seen.after) != 0 {
		t.Errorf("before %q, after %v; want %q and no errors", seen.before, seen.after, want)
	}
}

func TestMeter_HoldsACallBackBeforeItLeaves(t *testing.T) {
	t.Parallel()
	held := errors.New("held back")
	s := newServer(t, false, nil)
	a := s.access(t, Config{AccessToken: "secret", Meter: &counter{held: held}})
	if err := readPolicy(t, a); !errors.Is(err, held) {
		t.Errorf("REST: %v", err)
	}
	if err := searchPolicies(t, a); !errors.Is(err, held) {
		t.Errorf("gRPC: %v", err)
	}
	if len(s.calls) != 0 {
		t.Errorf("%v left all the same", s.calls)
	}
}

// The Directory answers 403 where a quota is used up, and says so in the text alone.
func TestMeter_SeesErrorsAsTheClientReportsThem(t *testing.T) {
	t.Parallel()
	const text = `{"error":{"code":403,"message":"Quota exceeded","errors":[{"domain":"usageLimits","reason":"quotaExceeded"}]}}`
	seen := new(counter)
	a := newServer(t, false, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(text))
	}).access(t, Config{AccessToken: "secret", Meter: seen})
	err := readPolicy(t, a)
	for _, got := range append([]error{err}, seen.after...) {
		var answered *api.Error
		if !errors.As(got, &answered) || len(answered.Errors) != 1 || answered.Errors[0].Reason != "quotaExceeded" {
			t.Errorf("%v is not what Google said", got)
		}
	}
	if len(seen.after) != 1 {
		t.Errorf("%d errors were seen, want 1", len(seen.after))
	}
}
