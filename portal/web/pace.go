package web

import (
	"net/http"
	"sync"
	"time"
)

// One person opens two pages a second for as long as they like, and 120 at once:
// more than anybody reads, and too few to use up what Google lets the portal ask
// for everybody. It is kept in memory, so it is an instance's own.
const (
	pagesAtOnce = 120
	pageEvery   = time.Second / 2
	// maxPaces bounds the memory that this takes.
	maxPaces = 10_000
)

// paces are token buckets, one for each person: the moment at which each is full
// again. One that is full needs no memory.
type paces struct {
	mu   sync.Mutex
	full map[string]time.Time
}

// take takes a token from a person's bucket; false if there is none.
func (p *paces) take(email string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	full := p.full[email]
	if full.Before(now) {
		full = now
	}
	full = full.Add(pageEvery)
	if full.Sub(now) > pagesAtOnce*pageEvery {
		return false
	}
	p.forget(now)
	p.full[email] = full
	return true
}

// forget makes room: full buckets go, and where that is not enough any other.
func (p *paces) forget(now time.Time) {
	if len(p.full) < maxPaces {
		return
	}
	for email, full := range p.full {
		if !full.After(now) {
			delete(p.full, email)
		}
	}
	for email := range p.full {
		if len(p.full) < maxPaces {
			return
		}
		delete(p.full, email)
	}
}

// tooFast refuses who opens pages faster than that, and says when to go on.
func (s *site) tooFast(w http.ResponseWriter, v *visit) error {
	if s.paces.take(v.Email, s.Clock()) {
		return nil
	}
	w.Header().Set("Retry-After", "10")
	return &Error{Kind: KindTooMany}
}
