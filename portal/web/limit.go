package web

import (
	"net/http"
	"sync"
	"time"
)

// Only pages that show nothing of the person's own are counted. Like others they cost calls of
// Google's quotas, which everybody shares, and whoever guesses names of projects opens many of
// them. A limit of 120 at once, and then two a second, is more than anybody opens by mistake. Each
// instance counts for itself, in memory.
const (
	pageBurst    = 120
	pageInterval = time.Second / 2
	// maxBuckets bounds the memory of the limiter.
	maxBuckets = 10_000
)

// pageLimiter has a token bucket for each person, stored as the time at which the bucket is full
// again. A full bucket needs no entry.
type pageLimiter struct {
	mu     sync.Mutex
	fullAt map[string]time.Time
}

// take takes a token from a person's bucket, or reports that it is empty.
func (l *pageLimiter) take(email string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := l.fullAt[email]
	if full.Before(now) {
		full = now
	}
	// One token comes back in each interval, so a bucket with one token left is full again after
	// all but one of them.
	if full.Sub(now) > (pageBurst-1)*pageInterval {
		return false
	}
	l.evict(now)
	l.fullAt[email] = full.Add(pageInterval)
	return true
}

// giveBack puts a token back.
func (l *pageLimiter) giveBack(email string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := l.fullAt[email].Add(-pageInterval)
	if full.After(now) {
		l.fullAt[email] = full
		return
	}
	delete(l.fullAt, email)
}

// evict makes room for another entry: full buckets go first, then any others.
func (l *pageLimiter) evict(now time.Time) {
	if len(l.fullAt) < maxBuckets {
		return
	}
	for email, full := range l.fullAt {
		if !full.After(now) {
			delete(l.fullAt, email)
		}
	}
	for email := range l.fullAt {
		if len(l.fullAt) < maxBuckets {
			return
		}
		delete(l.fullAt, email)
	}
}

// checkRate takes a token before anything is asked for a page, so that a thousand pages at once
// cost no more than one after the other. It refuses a person who has none left, on every page until
// their bucket fills again.
func (s *site) checkRate(w http.ResponseWriter, v *visit) error {
	if s.limiter.take(v.Email, s.Clock()) {
		return nil
	}
	w.Header().Set("Retry-After", "10")
	return &Error{Kind: KindTooMany}
}

// settleRate gives the token back for a page that shows something of the person's own.
func (s *site) settleRate(v *visit, err error) {
	var kind Kind
	if err != nil {
		kind = toError(err).Kind
	}
	if !v.counted && !kinds[kind].counted {
		s.limiter.giveBack(v.Email, s.Clock())
	}
}
