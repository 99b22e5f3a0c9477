package web

import (
	"net/http"
	"sync"
	"time"
)

// Pages on which nothing is a person's own cost as many look-ups as others, of
// quotas that Google gives to all. One person opens two of them a second for as
// long as they like, and 120 at once: more than anybody does by mistake. Whoever
// has something is not counted. It is kept in memory, so it is an instance's own.
const (
	fruitlessAtOnce = 120
	fruitlessEvery  = time.Second / 2
	// maxPaces bounds the memory that this takes.
	maxPaces = 10_000
)

// paces are token buckets, one for each person: the moment at which each is full
// again. One that is full needs no memory.
type paces struct {
	mu   sync.Mutex
	full map[string]time.Time
}

// spent tells whether a person's bucket is empty.
func (p *paces) spent(email string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.full[email].Sub(now) > (fruitlessAtOnce-1)*fruitlessEvery
}

// count takes a token from a person's bucket.
func (p *paces) count(email string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	full := p.full[email]
	if full.Before(now) {
		full = now
	}
	p.forget(now)
	p.full[email] = full.Add(fruitlessEvery)
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

// tooFast refuses who opened too many such pages, and says when to go on.
func (s *site) tooFast(w http.ResponseWriter, v *visit) error {
	if !s.paces.spent(v.Email, s.Clock()) {
		return nil
	}
	w.Header().Set("Retry-After", "10")
	return &Error{Kind: KindTooMany}
}

// countFruitless counts a page on which nothing was the person's own.
func (s *site) countFruitless(v *visit, err error) {
	var kind Kind
	if err != nil {
		kind = known(err).Kind
	}
	if v.fruitless || kinds[kind].fruitless {
		s.paces.count(v.Email, s.Clock())
	}
}
