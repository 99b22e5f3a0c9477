package quota

import "time"

// limit is how many calls a bucket lets through at once, and how many more with each second.
type limit struct{ burst, perSecond float64 }

// perMinute is the limit of so many calls at once and again in each minute.
func perMinute(n float64) limit { return limit{n, n / 60} }

func (l limit) times(factor float64) limit { return limit{l.burst * factor, l.perSecond * factor} }

// bucket counts calls against a limit that its user names. What was taken and not used can be given
// back. It may owe: calls that cannot be refused are taken all the same.
type bucket struct {
	used float64
	at   time.Time
}

// wait is how long it takes until n calls can be taken; zero if they can now. More than the whole
// burst can be taken while half of it is free, and are owed then: no page is too large for ever.
func (b *bucket) wait(now time.Time, l limit, n float64) time.Duration {
	b.refill(now, l)
	most := l.burst - n
	if n > l.burst {
		most = l.burst / 2
	}
	if b.used <= most {
		return 0
	}
	return time.Duration((b.used - most) / l.perSecond * float64(time.Second))
}

func (b *bucket) refill(now time.Time, l limit) {
	if elapsed := now.Sub(b.at); elapsed > 0 {
		b.used = max(0, b.used-elapsed.Seconds()*l.perSecond)
		b.at = now
	}
}

func (b *bucket) take(now time.Time, l limit, n float64) {
	b.refill(now, l)
	b.used += n
}

func (b *bucket) giveBack(n float64) { b.used = max(0, b.used-n) }
