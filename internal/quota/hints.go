package quota

import (
	"context"
	"time"
)

// Whoever gave so many wrong hints within a while is not believed until that while is over.
const (
	maxWrongHints    = 3
	wrongHintsWindow = 10 * time.Minute
)

// TrustsHints reports whether what a form says about where to look may be followed before anything
// was read: not for people who gave three wrong hints within ten minutes, nor where another site
// may have written it.
func TrustsHints(ctx context.Context) bool {
	b := budgetOf(ctx)
	if b == nil {
		return true
	}
	b.limiter.mu.Lock()
	defer b.limiter.mu.Unlock()
	return b.purpose != Foreign && !b.person.gaveWrongHints(b.limiter.clock())
}

// NoteWrongHints notes that so many of a person's hints were wrong.
func NoteWrongHints(ctx context.Context, n int) {
	b := budgetOf(ctx)
	if b == nil {
		return
	}
	b.limiter.mu.Lock()
	defer b.limiter.mu.Unlock()
	for range min(n, maxWrongHints) {
		copy(b.person.wrongHints[1:], b.person.wrongHints[:])
		b.person.wrongHints[0] = b.limiter.clock()
	}
}

// gaveWrongHints reports whether the oldest of the last three wrong hints is within the window.
func (p *person) gaveWrongHints(now time.Time) bool {
	return now.Sub(p.wrongHints[maxWrongHints-1]) < wrongHintsWindow
}
