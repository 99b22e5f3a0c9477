package quota

import "context"

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
