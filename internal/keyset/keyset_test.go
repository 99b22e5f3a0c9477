package keyset

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const address = "https://keys.example.com/jwk"

// publisher answers like a host of keys, without a socket, so that it works in
// a bubble of its own time.
type publisher struct {
	mu      sync.Mutex
	ids     []string
	key     *ecdsa.PublicKey
	header  http.Header
	delay   time.Duration
	fail    func(fetch int) (*http.Response, error) // nil results: answer as usual
	fetches int
}

func newPublisher(t *testing.T, ids ...string) *publisher {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &publisher{ids: ids, key: &key.PublicKey, header: http.Header{}}
}

func (p *publisher) RoundTrip(req *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fetches++
	fetch, delay := p.fetches, p.delay
	if delay > 0 {
		p.mu.Unlock()
		select {
		case <-time.After(delay):
		case <-req.Context().Done():
		}
		p.mu.Lock()
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if p.fail != nil {
		if res, err := p.fail(fetch); res != nil || err != nil {
			return res, err
		}
	}
	var keys []any
	for _, id := range p.ids {
		keys = append(keys, ecJWK(id, p.key))
	}
	body, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		return nil, err
	}
	return answer(http.StatusOK, string(body), p.header), nil
}

func (p *publisher) set(change func(*publisher)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

func (p *publisher) wantFetches(t *testing.T, want int) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fetches != want {
		t.Errorf("got %d fetches, want %d", p.fetches, want)
	}
}

func (p *publisher) keys(o Options) *Set { return New(address, &http.Client{Transport: p}, o) }

func answer(status int, body string, h http.Header) *http.Response {
	if h == nil {
		h = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func ecJWK(id string, key *ecdsa.PublicKey) map[string]any {
	point, err := key.Bytes()
	if err != nil {
		panic(err)
	}
	return map[string]any{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id,
		"x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:])}
}

func find(ctx context.Context, s *Set, kid any) (crypto.PublicKey, error) {
	return s.Keyfunc(ctx)(&jwt.Token{Header: map[string]any{"kid": kid}})
}

func mustFind(t *testing.T, s *Set, kid string) {
	t.Helper()
	if key, err := find(t.Context(), s, kid); err != nil || key == nil {
		t.Errorf("key %q: got %v, %v, want the key", kid, key, err)
	}
}

func mustFail(t *testing.T, s *Set, kid any, want error) {
	t.Helper()
	if key, err := find(t.Context(), s, kid); !errors.Is(err, want) || key != nil {
		t.Errorf("key %v: got %v, %v, want error %v", kid, key, err, want)
	}
}

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

func TestKeyfunc_RefreshesAheadOfAgeWithoutWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPublisher(t, "a")
		s := p.keys(Options{MaxAge: time.Hour})
		mustFind(t, s, "a")
		time.Sleep(44 * time.Minute)
		mustFind(t, s, "a")
		synctest.Wait()
		p.wantFetches(t, 1)

		time.Sleep(2 * time.Minute)
		p.set(func(p *publisher) { p.delay = time.Second })
		before := time.Now()
		mustFind(t, s, "a")
		if waited := time.Since(before); waited != 0 {
			t.Errorf("waited %v although the key was young enough", waited)
		}
		time.Sleep(2 * time.Second)
		p.wantFetches(t, 2)
	})
}

func TestKeyfunc_PastItsAgeAKeyWaitsForThePublisher(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPublisher(t, "old")
		s := p.keys(Options{MaxAge: time.Hour})
		mustFind(t, s, "old")
		time.Sleep(2 * time.Hour)
		p.set(func(p *publisher) { p.ids = []string{"new"} })
		mustFail(t, s, "old", ErrUnknownKey)
		p.wantFetches(t, 2)
	})
}

func TestKeyfunc_PublishersAgeIsBounded(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		header string
		want   time.Duration
	}{
		"none":          {"", time.Hour},
		"shorter":       {"public, max-age=600, must-revalidate", 10 * time.Minute},
		"upper case":    {"Public, Max-Age=600", 10 * time.Minute},
		"quoted":        {`max-age="600"`, 10 * time.Minute},
		"too long":      {"max-age=999999", time.Hour},
		"absurd":        {"max-age=99999999999999999999", time.Hour},
		"negative":      {"max-age=-5", time.Minute},
		"zero":          {"max-age=0", time.Minute},
		"no store":      {"no-store", time.Minute},
		"not a number":  {"max-age=soon", time.Hour},
		"other meaning": {"s-maxage=5", time.Hour},
	}
	s := New(address, http.DefaultClient, Options{MaxAge: time.Hour, MinRefetch: time.Minute})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := s.age(http.Header{"Cache-Control": {tt.header}}); got != tt.want {
				t.Errorf("age of %q: got %v, want %v", tt.header, got, tt.want)
			}
		})
	}
}

func TestKeyfunc_StaleKeysStayForADayWhenThePublisherFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPublisher(t, "a")
		s := p.keys(Options{MaxAge: time.Hour, MinRefetch: time.Minute})
		mustFind(t, s, "a")
		p.set(func(p *publisher) {
			p.fail = func(int) (*http.Response, error) { return answer(404, "", nil), nil }
		})
		time.Sleep(2 * time.Hour)
		mustFind(t, s, "a")
		p.wantFetches(t, 2)
		for range 10 { // within MinRefetch: no further fetch
			mustFind(t, s, "a")
			mustFail(t, s, "b", ErrUnavailable)
		}
		p.wantFetches(t, 2)

		time.Sleep(22*time.Hour - time.Second)
		mustFind(t, s, "a")
		synctest.Wait()
		time.Sleep(2 * time.Second)
		mustFail(t, s, "a", ErrUnavailable)

		p.set(func(p *publisher) { p.fail = nil })
		time.Sleep(time.Minute)
		mustFind(t, s, "a")
	})
}

func TestKeyfunc_SilentPublisherHoldsUpAKnownKeyOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPublisher(t, "a")
		s := p.keys(Options{MaxAge: time.Hour, MinRefetch: time.Minute})
		mustFind(t, s, "a")
		p.set(func(p *publisher) { p.delay = time.Hour })
		time.Sleep(2 * time.Hour)
		before := time.Now()
		mustFind(t, s, "a")
		if waited := time.Since(before); waited != fetchTimeout {
			t.Errorf("waited %v, want %v", waited, fetchTimeout)
		}
		time.Sleep(2 * time.Minute)
		before = time.Now()
		mustFind(t, s, "a") // starts the next fetch, does not wait
		if waited := time.Since(before); waited != 0 {
			t.Errorf("waited %v although the publisher is known to be silent", waited)
		}
		time.Sleep(fetchTimeout) // the bubble must outlive the fetch
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
		"after a 503":               {first(answer(503, "", nil), nil), 2, true},
		"after a broken connection": {first(nil, down), 2, true},
		"only once":                 {always(503, ""), 2, false},
		"not after a 404":           {always(404, ""), 1, false},
		"not after a redirect":      {always(302, ""), 1, false},
		"not after nonsense":        {always(200, "<html>"), 1, false},
		"not after an empty set":    {always(200, `{"keys":[]}`), 1, false},
		"not after a long answer":   {always(200, strings.Repeat(" ", maxBody+1)), 1, false},
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

func first(res *http.Response, err error) func(int) (*http.Response, error) {
	return func(fetch int) (*http.Response, error) {
		if fetch == 1 {
			return res, err
		}
		return nil, nil
	}
}

func always(status int, body string) func(int) (*http.Response, error) {
	return func(int) (*http.Response, error) { return answer(status, body, nil), nil }
}
