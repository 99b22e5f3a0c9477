// Package keyset knows the keys that somebody publishes as a JSON Web Key Set (RFC 7517) at a URL:
// Google's for Identity-Aware Proxy, and those of a service account that signs for us.
//
// The keys are fetched when first needed, once for all who wait, and kept. A key id that is not
// among them causes another fetch, at most once in Options.MinRefetch, so that a forged id can
// neither flood the publisher nor hold up anybody whose key is known. When the publisher does not
// answer, keys stay usable for at most 24 hours after they were read.
//
// It refuses weak, malformed and ambiguous keys, responses that are too long, and redirects. It
// never chooses a key for an id other than the one asked for.
package keyset

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// ErrUnknownKey says that the publisher answered and knows no such key: the token is forged, or
// older than a rotation.
var ErrUnknownKey = errors.New("the key set has no key of this id")

// ErrUnavailable says that the keys could not be read, so that nothing can be said about the token.
// It wraps the cause.
var ErrUnavailable = errors.New("the key set is not available")

// errCritical says that a token has a list of extensions that must be understood (RFC 7515 section
// 4.1.11). We understand none.
var errCritical = errors.New("critical extension")

const (
	defaultMaxAge     = time.Hour
	defaultMinRefetch = 30 * time.Second

	// maxStale bounds how long a key is believed without its publisher. Google asks that keys be
	// cached for at most a day.
	maxStale = 24 * time.Hour
	// emptyRefetch is the pause between fetches as long as there are no keys.
	emptyRefetch = time.Second
	maxKeyID     = 256
)

// Options are optional: each zero value stands for its default.
type Options struct {
	Clock      func() time.Time // default time.Now
	MaxAge     time.Duration    // bound on the publisher's max-age, and what counts without one; default 1 h, at most 24 h
	MinRefetch time.Duration    // least time between two fetches once there are keys; default 30 s
}

// Set is the key set at one URL. It is safe for concurrent use.
type Set struct {
	url        string
	client     *http.Client
	clock      func() time.Time
	maxAge     time.Duration
	minRefetch time.Duration

	mu        sync.Mutex
	keys      map[string]crypto.PublicKey
	readAt    time.Time     // when keys were read
	refreshAt time.Time     // from when on they are read again, while in use
	expiresAt time.Time     // from when on callers wait for that
	lastFetch time.Time     // when the last fetch began
	lastError error         // of the last fetch
	inFlight  chan struct{} // closed at the end of the fetch that is under way; nil without one
}

// New returns the set that is published at url; nothing is fetched yet. The client decides on the
// transport; its redirects are not followed.
func New(url string, client *http.Client, o Options) *Set {
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s := &Set{url: url, client: &own, clock: o.Clock, maxAge: o.MaxAge, minRefetch: o.MinRefetch}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.maxAge <= 0 {
		s.maxAge = defaultMaxAge
	}
	s.maxAge = min(s.maxAge, maxStale)
	if s.minRefetch <= 0 {
		s.minRefetch = defaultMinRefetch
	}
	return s
}

// Keyfunc finds the public key that a token's kid names: an *ecdsa.PublicKey on P-256 or an
// *rsa.PublicKey. Its errors are ErrUnknownKey, ErrUnavailable, and one with the Fault Critical for
// a token with extensions that it calls critical. It waits for a fetch no longer than ctx lasts;
// the fetch itself goes on for the others who wait.
func (s *Set) Keyfunc(ctx context.Context) jwt.Keyfunc {
	return func(t *jwt.Token) (any, error) {
		if _, critical := t.Header["crit"]; critical {
			return nil, errCritical
		}
		kid, _ := t.Header["kid"].(string)
		if kid == "" || len(kid) > maxKeyID {
			return nil, ErrUnknownKey
		}
		return s.key(ctx, kid)
	}
}

func (s *Set) key(ctx context.Context, kid string) (crypto.PublicKey, error) {
	key, inFlight := s.keyOrFetch(ctx, kid)
	if key != nil {
		return key, nil
	}
	if inFlight != nil {
		select {
		case <-inFlight:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: waiting for keys: %w", ErrUnavailable, context.Cause(ctx))
		}
	}
	return s.keyAfterFetch(kid)
}

// keyOrFetch returns the key if it can be used at once, else the end of the fetch to wait for,
// which it starts where one is allowed. Both are nil where waiting would not help.
func (s *Set) keyOrFetch(ctx context.Context, kid string) (crypto.PublicKey, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	s.dropStale(now)
	key := s.keys[kid]
	if (key == nil || !now.Before(s.refreshAt)) && s.mayFetch(now) {
		s.startFetch(ctx, now)
	}
	// Once keys are too old, callers wait for a fetch; while the publisher does not answer, a known
	// key is used as it is.
	if key != nil && (now.Before(s.expiresAt) || s.lastError != nil) {
		return key, nil
	}
	if s.inFlight == nil {
		return nil, nil
	}
	return nil, s.inFlight
}

func (s *Set) keyAfterFetch(kid string) (crypto.PublicKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropStale(s.clock())
	if key := s.keys[kid]; key != nil {
		return key, nil
	}
	if s.lastError != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, s.lastError)
	}
	return nil, ErrUnknownKey
}

// dropStale drops keys that the publisher has not confirmed for too long.
func (s *Set) dropStale(now time.Time) {
	if now.Sub(s.readAt) > maxStale {
		s.keys = nil
	}
}

func (s *Set) mayFetch(now time.Time) bool {
	pause := s.minRefetch
	if s.keys == nil {
		pause = min(emptyRefetch, s.minRefetch)
	}
	return s.inFlight == nil && (s.lastFetch.IsZero() || now.Sub(s.lastFetch) >= pause)
}

// startFetch fetches for everybody: it goes on when the caller leaves.
func (s *Set) startFetch(ctx context.Context, now time.Time) {
	inFlight := make(chan struct{})
	s.inFlight, s.lastFetch = inFlight, now
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
		defer cancel()
		keys, age, err := s.fetch(ctx)
		s.recordFetch(keys, age, err)
		close(inFlight)
	}()
}

func (s *Set) recordFetch(keys map[string]crypto.PublicKey, age time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight, s.lastError = nil, err
	if err != nil {
		return
	}
	s.keys, s.readAt = keys, s.clock()
	s.expiresAt = s.readAt.Add(age)
	s.refreshAt = s.readAt.Add(age * 3 / 4)
}
