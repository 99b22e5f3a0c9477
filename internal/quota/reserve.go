package quota

import (
	"context"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/memo"
)

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
