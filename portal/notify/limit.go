package notify

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Rate lets Burst mails go at once, and one more each time that Every passes.
type Rate struct {
	Burst int
	Every time.Duration
}

// Limits keep one person from flooding another. They are held in memory, so they are each
// instance's own: with several instances somebody can send that many mails through each, and a new
// instance starts anew. Requests and decisions are counted apart, so that requests never use up the
// mails about decisions.
type Limits struct {
	PerBeneficiary Rate // requests by one person; twice as many decisions on them
	PerReviewer    Rate // mails to one reviewer; twice as many about decisions
}

// withDefaults fills in what is not set: ten requests at once and twenty an hour for each
// beneficiary; thirty at once and sixty an hour to each reviewer.
func (l Limits) withDefaults() (Limits, error) {
	if l.PerBeneficiary == (Rate{}) {
		l.PerBeneficiary = Rate{Burst: 10, Every: 3 * time.Minute}
	}
	if l.PerReviewer == (Rate{}) {
		l.PerReviewer = Rate{Burst: 30, Every: time.Minute}
	}
	for _, one := range []Rate{l.PerBeneficiary, l.PerReviewer} {
		if one.Burst < 1 || one.Every <= 0 {
			return l, fmt.Errorf("a limit of %d mails at once and one each %v lets none through", one.Burst, one.Every)
		}
	}
	return l, nil
}

func (r Rate) doubled() Rate { return Rate{Burst: 2 * r.Burst, Every: r.Every / 2} }

// maxBuckets bounds the memory that buckets take.
const maxBuckets = 10_000

// buckets are token buckets, one for each address. Of a bucket only the moment is stored at which
// it will be full again; a full one needs no memory.
type buckets struct {
	rate  Rate
	clock func() time.Time
	mu    sync.Mutex
	full  map[string]time.Time
}

func newBuckets(r Rate, clock func() time.Time) *buckets {
	return &buckets{rate: r, clock: clock, full: map[string]time.Time{}}
}

// take takes a token from the bucket of an address; false if there is none.
func (b *buckets) take(address string) bool {
	key := strings.ToLower(prose(address, maxName))
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock()
	full := b.full[key]
	if full.Before(now) {
		full = now
	}
	full = full.Add(b.rate.Every)
	if full.Sub(now) > time.Duration(b.rate.Burst)*b.rate.Every {
		return false
	}
	b.forget(now)
	b.full[key] = full
	return true
}

// forget makes room: it deletes the full buckets, or the fullest one where none is full.
func (b *buckets) forget(now time.Time) {
	if len(b.full) < maxBuckets {
		return
	}
	var fullest string
	for key, full := range b.full {
		if !full.After(now) {
			delete(b.full, key)
		} else if fullest == "" || full.Before(b.full[fullest]) {
			fullest = key
		}
	}
	if len(b.full) >= maxBuckets {
		delete(b.full, fullest)
	}
}
