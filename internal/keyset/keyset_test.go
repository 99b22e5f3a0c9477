package keyset

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestKeyfunc_FetchesOnceAndKeeps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPublisher(t, "a", "b")
		s := p.keys(Options{})
		for range 3 {
			mustFind(t, s, "a")
			mustFind(t, s, "b")
		}
		p.wantFetches(t, 1)
		if got, _ := find(t.Context(), s, "a"); !p.key.Equal(got) {
			t.Errorf("got key %v, want the published one", got)
		}
	})
}

func TestKeyfunc_JoinsConcurrentFirstFetches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPublisher(t, "a")
		p.delay = time.Second
		s := p.keys(Options{})
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { mustFind(t, s, "a") })
		}
		all.Wait()
		p.wantFetches(t, 1)
	})
}

func TestKeyfunc_CallerWhoLeavesDoesNotEndTheFetchOfTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPublisher(t, "a")
		p.delay = 2 * time.Second
		s := p.keys(Options{})
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := find(short, s, "a"); !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want unavailable because of the deadline", err)
			}
		})
		synctest.Wait()
		all.Go(func() { mustFind(t, s, "a") })
		all.Wait()
		p.wantFetches(t, 1)
	})
}

func TestKeyfunc_UnknownIDFetchesAtMostOnceInMinRefetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPublisher(t, "a")
		s := p.keys(Options{MinRefetch: time.Minute, MaxAge: 24 * time.Hour})
		mustFind(t, s, "a")
		for i := range 20 {
			mustFail(t, s, fmt.Sprint("forged-", i), ErrUnknownKey)
		}
		p.wantFetches(t, 1)

		time.Sleep(time.Minute)
		for i := range 20 {
			mustFail(t, s, fmt.Sprint("forged-", i), ErrUnknownKey)
		}
		p.wantFetches(t, 2)
	})
}

func TestKeyfunc_FindsRotatedKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPublisher(t, "old")
		s := p.keys(Options{MinRefetch: time.Minute})
		mustFind(t, s, "old")
		time.Sleep(time.Minute)
		p.set(func(p *publisher) { p.ids = []string{"new"} })
		mustFind(t, s, "new")
		mustFail(t, s, "old", ErrUnknownKey)
		p.wantFetches(t, 2)
	})
}

func TestKeyfunc_UnknownIDDoesNotHoldUpKnownOnes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPublisher(t, "a")
		s := p.keys(Options{MinRefetch: time.Minute, MaxAge: 24 * time.Hour})
		mustFind(t, s, "a")
		time.Sleep(time.Minute)
		p.set(func(p *publisher) { p.delay = 4 * time.Second })

		var forged sync.WaitGroup
		forged.Go(func() { mustFail(t, s, "forged", ErrUnknownKey) })
		synctest.Wait() // the fetch for the forged id is under way
		before := time.Now()
		mustFind(t, s, "a")
		if waited := time.Since(before); waited != 0 {
			t.Errorf("the known key was held up for %v", waited)
		}
		forged.Wait()
	})
}

func TestKeyfunc_TriesOnceMore(t *testing.T) {
	t.Parallel()
	down := errors.New("connection reset")
	tests := map[string]struct {
		fail    func(int) (*http.Response, error)
		fetches int
		found   bool
	}{
		"after a 503":               {failFirst(httpResponse(503, "", nil), nil), 2, true},
		"after a broken connection": {failFirst(nil, down), 2, true},
		"only once":                 {always(503, ""), 2, false},
		"not after a 404":           {always(404, ""), 1, false},
		"not after a redirect":      {always(302, ""), 1, false},
		"not after nonsense":        {always(200, "<html>"), 1, false},
		"not after an empty set":    {always(200, `{"keys":[]}`), 1, false},
		"not after a long response": {always(200, strings.Repeat(" ", maxResponse+1)), 1, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPublisher(t, "a")
				p.fail = tt.fail
				s := p.keys(Options{})
				if tt.found {
					mustFind(t, s, "a")
				} else {
					mustFail(t, s, "a", ErrUnavailable)
				}
				p.wantFetches(t, tt.fetches)
			})
		})
	}
}

func TestKeyfunc_WithoutKeysTriesAgainSoonButNotAtEachCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPublisher(t, "a")
		p.fail = always(404, "")
		s := p.keys(Options{MinRefetch: time.Minute})
		for range 5 {
			mustFail(t, s, "a", ErrUnavailable)
		}
		p.wantFetches(t, 1)
		p.set(func(p *publisher) { p.fail = nil })
		time.Sleep(time.Second)
		mustFind(t, s, "a")
	})
}

func TestKeyfunc_RefusesIDsThatAreNone(t *testing.T) {
	t.Parallel()
	p := newPublisher(t, "a")
	s := p.keys(Options{})
	for _, kid := range []any{nil, "", 7, []string{"a"}, strings.Repeat("a", maxKeyID+1)} {
		mustFail(t, s, kid, ErrUnknownKey)
	}
	p.wantFetches(t, 0)
}

func TestKeyfunc_ErrorNamesTheAddressAndNotTheID(t *testing.T) {
	t.Parallel()
	p := newPublisher(t, "a")
	p.fail = func(int) (*http.Response, error) { return nil, errors.New("no route to host") }
	_, err := find(t.Context(), p.keys(Options{}), "secret-id")
	const want = "the key set is not available: fetching keys from " + address + ": no route to host"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %v", err, want)
	}
}

func TestKeyfunc_DoesNotFollowRedirects(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the redirect was followed")
	}))
	defer elsewhere.Close()
	host := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	defer host.Close()
	mustFail(t, New(host.URL, host.Client(), Options{}), "a", ErrUnavailable)
}
