package quota

import (
	"context"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/memo"
)

// Purpose is what somebody asks for.
type Purpose int

const (
	Page Purpose = iota
	// Act is an order to activate, to ask, to decide, to end or to revoke, and its form. It may use
	// the reserve, which pages cannot.
	Act
	// Link is the page of an act that opens by a link. It may use what acts use, and comes to
	// nothing as pages do.
	Link
	// Foreign is a page that another site has opened.
	Foreign
)

// isPage reports whether only what pages may use is used.
func (p Purpose) isPage() bool { return p == Page || p == Foreign }

// Budget is what one page or one act of one person has reserved and spent. It is safe for
// concurrent use, and nil counts nothing.
type Budget struct {
	limiter *Limiter
	person  *person
	purpose Purpose

	// Guarded by the limiter's mutex.
	reserved [services]reservation
	ordered  [services]reservation
	spent    int
	ended    bool
}

// reservation is what is set aside of a share, by the part that it was taken from.
type reservation struct{ pages, reserve int }

// Begin admits a page or an act of a person. The error is an [*upstream.Throttled] where too many
// of theirs have come to nothing; a link is always admitted. End has to be called.
func (l *Limiter) Begin(email string, p Purpose) (*Budget, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	b := &Budget{limiter: l, person: l.personOf(email, now), purpose: p}
	if p == Link {
		return b, nil
	}
	admission, limit := b.admission()
	if wait := admission.wait(now, b.within(limit), 1); wait > 0 {
		return nil, throttled("", wait, true)
	}
	admission.take(now, limit, 1)
	return b, nil
}

// admission is the bucket that one is taken from before anything is asked, and given back to unless
// it came to nothing. So a thousand at once cost no more than one after the other.
func (b *Budget) admission() (*bucket, limit) {
	if b.purpose == Act {
		return &b.person.wastedActs, b.limiter.limits.wastedActs
	}
	return &b.person.wasted, b.limiter.limits.wasted
}

// own is the bucket of the person's calls for this purpose.
func (b *Budget) own() *bucket {
	if b.purpose.isPage() {
		return &b.person.pages
	}
	return &b.person.acts
}

// within is the limit of this purpose in a bucket of the person: what other sites can open leaves a
// part of it to what they cannot.
func (b *Budget) within(l limit) limit {
	if b.purpose == Link || b.purpose == Foreign {
		l.burst *= 1 - partLeftByLinks
	}
	return l
}

// Purpose is what the budget is for.
func (b *Budget) Purpose() Purpose { return b.purpose }

// End gives back what was reserved and not used. What came to nothing (nothing on the page was the
// person's, or the act came to nothing by their doing) is charged to what they have for that.
func (b *Budget) End(wasted bool) {
	if b == nil {
		return
	}
	l := b.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	if b.ended {
		return
	}
	b.ended = true
	now := l.clock()
	for s := range services {
		b.giveBack(s, b.reserved[s])
		b.own().giveBack(float64(b.reserved[s].pages + b.reserved[s].reserve))
		b.giveBackToShare(s, b.ordered[s])
		b.reserved[s], b.ordered[s] = reservation{}, reservation{}
	}
	admission, _ := b.admission()
	charged := float64(b.spent)
	switch {
	case !wasted && b.purpose != Link:
		admission.giveBack(1)
		return
	case !wasted:
		return
	case b.purpose.isPage():
		charged = max(0, charged-1) // the admission was one
	case b.purpose == Act:
		b.person.pages.take(now, l.limits.calls, charged)
	}
	b.person.wasted.take(now, l.limits.wasted, charged)
}

func (b *Budget) giveBack(s Service, r reservation) {
	part := &b.person.parts[s]
	part.pages.giveBack(float64(r.pages))
	part.reserve.giveBack(float64(r.reserve))
	b.giveBackToShare(s, r)
}

func (b *Budget) giveBackToShare(s Service, r reservation) {
	share := &b.limiter.shares[s]
	share.pages.giveBack(float64(r.pages))
	share.reserve.giveBack(float64(r.reserve))
}

type contextKey struct{}

// With returns a context whose calls are counted against a budget.
func With(ctx context.Context, b *Budget) context.Context {
	return context.WithValue(ctx, contextKey{}, b)
}

// Shared returns a context whose calls are nobody's: for what all pages share. They are counted
// against the share of the instance alone, and never refused.
func Shared(ctx context.Context) context.Context { return With(ctx, nil) }

func budgetOf(ctx context.Context) *Budget {
	b, _ := ctx.Value(contextKey{}).(*Budget)
	return b
}

// Reserve sets n calls of a service aside for the budget of the context, all or none, before the
// first of them is made. The error is an [*upstream.Throttled]. What is not used goes back at the
// end of the page. Without a budget it does nothing.
func Reserve(ctx context.Context, s Service, n int) error {
	b := budgetOf(ctx)
	if b == nil || n <= 0 {
		return nil
	}
	b.limiter.mu.Lock()
	defer b.limiter.mu.Unlock()
	r, err := b.take(s, n, false)
	b.reserved[s].pages += r.pages
	b.reserved[s].reserve += r.reserve
	return err
}

// CheckRoom looks whether a page could make n more calls of a service now, and takes none. The
// error is an [*upstream.Throttled]. Acts and links, which have a reserve, always have room.
func CheckRoom(ctx context.Context, s Service, n int) error {
	b := budgetOf(ctx)
	if b == nil || !b.purpose.isPage() {
		return nil
	}
	b.limiter.mu.Lock()
	defer b.limiter.mu.Unlock()
	now, calls := b.limiter.clock(), float64(n)
	if wait := b.own().wait(now, b.within(b.limiter.limits.calls), calls); wait > 0 {
		return throttled(s.String(), wait, true)
	}
	if wait, personal := b.waitForPages(s, now, calls); wait > 0 {
		return throttled(s.String(), wait, personal)
	}
	return nil
}

// waitForPages is how long it takes until calls can be taken of what pages may use. The mutex is
// held.
func (b *Budget) waitForPages(s Service, now time.Time, calls float64) (wait time.Duration, personal bool) {
	limits, share, part := b.limiter.limitsOf(s, now), &b.limiter.shares[s], &b.person.parts[s]
	own := b.within(limits.pages.times(partOfPerson))
	return longer(part.pages.wait(now, own, calls), share.pages.wait(now, limits.pages, calls))
}

// Charge takes n calls that somebody else makes for the budget of the context: the writer of a
// batch. The person has spent them, of their part of the share too; the share, against which the
// writer counts, gets them back at the end.
func Charge(ctx context.Context, s Service, n int) error {
	b := budgetOf(ctx)
	if b == nil {
		return nil
	}
	b.limiter.mu.Lock()
	defer b.limiter.mu.Unlock()
	r, err := b.take(s, n, false)
	if err != nil {
		return err
	}
	b.spent += n
	if b.ended {
		b.giveBackToShare(s, r)
		return nil
	}
	b.ordered[s].pages += r.pages
	b.ordered[s].reserve += r.reserve
	return nil
}

// draw counts one call: of what is reserved, or one more. A look-up that others wait for as well is
// never refused, because this budget is not theirs, nor is one that outlives its page.
func (b *Budget) draw(ctx context.Context, s Service) error {
	b.limiter.mu.Lock()
	defer b.limiter.mu.Unlock()
	switch r := &b.reserved[s]; {
	case r.pages > 0:
		r.pages--
	case r.reserve > 0:
		r.reserve--
	default:
		if _, err := b.take(s, 1, b.ended || memo.Joined(ctx)); err != nil {
			return err
		}
	}
	b.spent++
	return nil
}

// take takes n calls from the person's bucket and from the share, all or none; where it must, the
// buckets owe them. The mutex is held.
func (b *Budget) take(s Service, n int, must bool) (reservation, error) {
	l, now := b.limiter, b.limiter.clock()
	calls := float64(n)
	if wait := b.own().wait(now, b.within(l.limits.calls), calls); wait > 0 && !must {
		return reservation{}, throttled(s.String(), wait, true)
	}
	limits, share, part := l.limitsOf(s, now), &l.shares[s], &b.person.parts[s]
	own := limits.pages.times(partOfPerson)
	wait, personal := b.waitForPages(s, now, calls)
	if wait == 0 || must {
		part.pages.take(now, own, calls)
		share.pages.take(now, limits.pages, calls)
		b.own().take(now, l.limits.calls, calls)
		return reservation{pages: n}, nil
	}
	if b.purpose.isPage() {
		return reservation{}, throttled(s.String(), wait, personal)
	}
	own = limits.reserve.times(partOfReserve)
	wait, personal = longer(part.reserve.wait(now, b.within(own), calls), share.reserve.wait(now, limits.reserve, calls))
	if wait > 0 {
		return reservation{}, throttled(s.String(), wait, personal)
	}
	part.reserve.take(now, own, calls)
	share.reserve.take(now, limits.reserve, calls)
	b.own().take(now, l.limits.calls, calls)
	return reservation{reserve: n}, nil
}

// longer is the longer of two waits, and whether it is the person's own.
func longer(person, instance time.Duration) (time.Duration, bool) {
	return max(person, instance), person >= instance
}
