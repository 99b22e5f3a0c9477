package quota

import (
	"context"
	"sync"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// What one person may ask for, at one instance. All of it grows with CallsPerPerson.
const (
	// CallsPerPerson is how many calls the pages of one person may make at once. A sixtieth of it
	// comes back each second. Their acts may make as many besides.
	CallsPerPerson = 300
	// partWasted is the part of that for pages on which nothing is theirs.
	partWasted = 0.4
	// partLeftByLinks is the part of each bucket of theirs that nothing takes which another site
	// can have opened: a site that opens windows in a loop takes neither acts nor pages from its
	// reader.
	partLeftByLinks = 1.0 / 3
	// wastedActs is how many acts of one person may come to nothing in a minute.
	wastedActs = 10
	// requestsAtOnce is how many requests to peers one person may send at once, and requestInterval
	// after what time one more, as notify does with mail.
	requestsAtOnce  = 10
	requestInterval = 3 * time.Minute
)

// How the share of an instance is divided.
const (
	// DefaultInstances is how many instances share a quota where nobody says.
	DefaultInstances = 3
	// partOfInstances is what all instances take of a quota. A bucket that was full lets twice its
	// rate through in the first minute.
	partOfInstances = 0.5
	// partOfActs is the reserve that acts alone may use.
	partOfActs = 0.2
	// partOfPerson is what one person may use of the pages' part, and partOfReserve of the reserve.
	partOfPerson, partOfReserve = 0.5, 0.25
	// pause is how long a share is halved for, once Google said that its quota is used up.
	pause = time.Minute
)

// maxPeople bounds the memory that buckets take.
const maxPeople = 10_000

// Options adjust a limiter. The zero value is for three instances and Google's default quotas.
type Options struct {
	Instances      int             // that share the quotas; DefaultInstances if 0
	CallsPerPerson int             // CallsPerPerson if 0
	Quotas         map[Service]int // calls a minute, where Google has granted others than by default
	Clock          func() time.Time
}

// Limiter counts the calls of one instance. It is safe for concurrent use.
type Limiter struct {
	clock  func() time.Time
	limits personLimits

	mu     sync.Mutex
	shares [services]share
	people map[string]*person
}

// personLimits are the limits of one person.
type personLimits struct{ calls, wasted, wastedActs, requests limit }

func limitsOfPerson(calls int) personLimits {
	factor := float64(calls) / CallsPerPerson
	return personLimits{
		calls: perMinute(float64(calls)), wasted: perMinute(float64(calls)).times(partWasted), wastedActs: perMinute(wastedActs * factor),
		requests: limit{requestsAtOnce, 1 / requestInterval.Seconds()}.times(factor),
	}
}

// share is what one instance may take of one quota.
type share struct {
	pages, reserve bucket
	limits         shareLimits
	halvedUntil    time.Time
}

// shareLimits are the limits of the parts of a share.
type shareLimits struct{ pages, reserve limit }

func (l shareLimits) halved() shareLimits {
	return shareLimits{l.pages.times(0.5), l.reserve.times(0.5)}
}

// person has the buckets of one person.
type person struct {
	pages, acts, wasted, wastedActs bucket
	requests                        bucket
	parts                           [services]struct{ pages, reserve bucket }
	wrongHints                      [maxWrongHints]time.Time // the newest first
}

// New makes a limiter.
func New(o Options) *Limiter {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Instances == 0 {
		o.Instances = DefaultInstances
	}
	if o.CallsPerPerson == 0 {
		o.CallsPerPerson = CallsPerPerson
	}
	l := &Limiter{clock: o.Clock, limits: limitsOfPerson(o.CallsPerPerson), people: map[string]*person{}}
	for s := range l.shares {
		quota := o.Quotas[Service(s)]
		if quota == 0 {
			quota = table[s].perMinute
		}
		all := ofInstance(quota, o.Instances)
		l.shares[s].limits = shareLimits{pages: perMinute(all * (1 - partOfActs)), reserve: perMinute(all * partOfActs)}
	}
	return l
}

// ofInstance is the share of one instance: the calls that it may make at once, and again in each
// minute. It is at least one call.
func ofInstance(quota, instances int) float64 {
	return max(1, float64(quota)*partOfInstances/float64(instances))
}

// Before counts a call that is about to be made, for the budget of its context. It refuses one that
// was not reserved and for which nothing is left. A call without a budget is counted and let
// through. Calls of hosts without a quota are not counted.
func (l *Limiter) Before(ctx context.Context, host, call string) error {
	s, ok := serviceOf(host, call)
	if !ok {
		return nil
	}
	if b := budgetOf(ctx); b != nil {
		return b.draw(ctx, s)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	l.shares[s].pages.take(now, l.limitsOf(s, now).pages, 1)
	return nil
}

// After takes the error of a call. Where Google says that a quota is used up, the share of it is
// halved for a minute: somebody else uses it too, or it is smaller than is known here.
func (l *Limiter) After(host, call string, err error) {
	s, ok := serviceOf(host, call)
	if !ok || cause.Of(err).Kind != cause.QuotaExceeded {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shares[s].halvedUntil = l.clock().Add(pause)
}

// Share is how many calls a minute the pages of this instance may make at present, of one service.
func (l *Limiter) Share(s Service) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int(l.limitsOf(s, l.clock()).pages.burst)
}

// limitsOf are the present limits of a share. The mutex is held.
func (l *Limiter) limitsOf(s Service, now time.Time) shareLimits {
	if now.Before(l.shares[s].halvedUntil) {
		return l.shares[s].limits.halved()
	}
	return l.shares[s].limits
}

// personOf returns the buckets of a person. The mutex is held.
func (l *Limiter) personOf(email string, now time.Time) *person {
	if p, ok := l.people[email]; ok {
		return p
	}
	l.makeRoom(now)
	p := new(person)
	l.people[email] = p
	return p
}

// makeRoom forgets people whose buckets are full, or anybody where none are.
func (l *Limiter) makeRoom(now time.Time) {
	if len(l.people) < maxPeople {
		return
	}
	for email, p := range l.people {
		if p.idle(now, l.limits) {
			delete(l.people, email)
		}
	}
	for email := range l.people {
		if len(l.people) < maxPeople {
			return
		}
		delete(l.people, email)
	}
}

// idle reports whether nothing of what a person used is left to remember. All buckets but those of
// their parts fill within a minute, unless they owe, and the parts are filled by then.
func (p *person) idle(now time.Time, l personLimits) bool {
	p.pages.refill(now, l.calls)
	p.acts.refill(now, l.calls)
	p.wasted.refill(now, l.wasted)
	p.wastedActs.refill(now, l.wastedActs)
	p.requests.refill(now, l.requests)
	used := p.pages.used + p.acts.used + p.wasted.used + p.wastedActs.used + p.requests.used
	return used == 0 && now.Sub(p.wrongHints[0]) >= wrongHintsWindow
}

// throttled is the refusal of a call that can be made after so long.
func throttled(s string, wait time.Duration, personal bool) *upstream.Throttled {
	return &upstream.Throttled{Service: s, RetryAfter: wait, Personal: personal}
}
