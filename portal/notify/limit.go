package notify

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
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

// buckets are token buckets, one for each address.
type buckets struct {
	limit    Rate
	clock    func() time.Time
	mu       sync.Mutex
	limiters map[string]*rate.Limiter
}

func newBuckets(limit Rate, clock func() time.Time) *buckets {
	return &buckets{limit: limit, clock: clock, limiters: map[string]*rate.Limiter{}}
}

// take takes a token from the bucket of an address; false if there is none.
func (b *buckets) take(address string) bool {
	key := strings.ToLower(prose(address, maxName))
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock()
	limiter := b.limiters[key]
	if limiter == nil {
		b.makeRoom(now)
		limiter = rate.NewLimiter(rate.Every(b.limit.Every), b.limit.Burst)
		b.limiters[key] = limiter
	}
	return limiter.AllowN(now, 1)
}

// makeRoom deletes the full buckets, or the fullest one where none is full.
func (b *buckets) makeRoom(now time.Time) {
	if len(b.limiters) < maxBuckets {
		return
	}
	var fullest string
	most := -1.0
	for key, limiter := range b.limiters {
		tokens := limiter.TokensAt(now)
		if tokens >= float64(b.limit.Burst) {
			delete(b.limiters, key)
		} else if tokens > most {
			fullest, most = key, tokens
		}
	}
	if len(b.limiters) >= maxBuckets {
		delete(b.limiters, fullest)
	}
}
