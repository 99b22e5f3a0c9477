package keyset

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

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
			if got := s.keyAge(http.Header{"Cache-Control": {tt.header}}); got != tt.want {
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
			p.fail = func(int) (*http.Response, error) { return httpResponse(404, "", nil), nil }
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
