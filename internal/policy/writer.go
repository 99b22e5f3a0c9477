package policy

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Options bound and extend a Writer.
type Options struct {
	// Retry bounds the reads before writing.
	Retry Retry
	// Timeout bounds one batch: its reads, writes and waits together.
	Timeout time.Duration
	// Sweep, if not nil, removes what has expired, as one more change beside those of the callers.
	// It is never a reason to write, and is left out where Google refuses it or every change says
	// so.
	Sweep func(*Policy)
}

// Writer changes policies. It is safe for concurrent use, lives as long as the process and needs no
// closing: a resource that nobody changes costs nothing.
type Writer struct {
	upstream Upstream
	reader   *Reader
	options  Options
	refusals *refusals

	mu     sync.Mutex
	queues map[string]*queue
}

// queue holds the changes to one resource that wait for the next batch. It exists only while a
// goroutine serves it.
type queue struct {
	waiting    []*entry
	servedMost bool // the last batch was one of those of whom nothing was refused
}

// NewWriter writes through u.
func NewWriter(u Upstream, o Options) *Writer {
	return &Writer{upstream: u, reader: NewReader(u, o.Retry), options: o, refusals: newRefusals(), queues: map[string]*queue{}}
}

// Modify applies a change to the policy of a resource and returns what became of it. Changes that
// arrive while another batch is being written, or until their own batch has read the policy, are
// written together, but none with one of somebody of whose changes Google has just refused one.
//
// The write runs under a deadline of its own: a caller whose context ends before its batch is
// sealed takes its change along, one whose context ends later gets ErrUnsettled and the context's
// error, and the change may be written all the same.
//
// Errors: the change's own, as it is, but with ErrUnsettled where an earlier write of the change
// may still arrive; ErrConflict; ErrVersion; ErrNoEtag; ErrNullBinding; ErrUnsettled; otherwise
// Google's refusal, wrapped, with ErrUnread where it is that of a read; *PanicError.
func (w *Writer) Modify(ctx context.Context, resource string, c Change) (Outcome, error) {
	if err := ctx.Err(); err != nil {
		return Outcome{}, err
	}
	e := &entry{change: c, done: make(chan struct{})}
	w.join(resource, e)
	if e.wait(ctx) {
		return e.outcome, e.err
	}
	if w.leave(resource, e) {
		return Outcome{}, ctx.Err()
	}
	return Outcome{}, fmt.Errorf("%w: %w", ErrUnsettled, ctx.Err())
}

// join adds a change to the queue of its resource and sees that it is served.
func (w *Writer) join(resource string, e *entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if q := w.queues[resource]; q != nil {
		q.waiting = append(q.waiting, e)
		return
	}
	w.queues[resource] = &queue{waiting: []*entry{e}}
	go w.writeBatches(resource, e.change.Base)
}

// leave takes a change out of its queue. It is false when the batch of the change has been sealed
// already.
func (w *Writer) leave(resource string, e *entry) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := w.queues[resource]
	if q == nil {
		return false
	}
	i := slices.Index(q.waiting, e)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	return true
}

// writeBatches writes one batch after the other until nobody waits. The first may start from a read
// that its first caller made.
func (w *Writer) writeBatches(resource string, base *Policy) {
	for w.hasWaiting(resource) {
		w.writeBatch(resource, base)
		base = nil
	}
}

// hasWaiting tells whether a change waits, and closes the queue where none does.
func (w *Writer) hasWaiting(resource string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queues[resource].waiting) > 0 {
		return true
	}
	delete(w.queues, resource)
	return false
}

// seal takes what waits: the batch is closed, later changes make the next one. People of whose
// changes Google has just refused one take turns with all others, who are first: apart tells that
// the batch is theirs.
func (w *Writer) seal(resource string) (sealed []*entry, apart bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := w.queues[resource]
	var most, suspects []*entry
	for _, e := range q.waiting {
		if w.refusals.isSuspect(e.change.Owner) {
			suspects = append(suspects, e)
		} else {
			most = append(most, e)
		}
	}
	q.servedMost = len(suspects) == 0 || len(most) > 0 && !q.servedMost
	if q.servedMost {
		q.waiting = suspects
		return most, false
	}
	sealed, rest := firstOfItsContent(suspects)
	q.waiting = append(most, rest...)
	return sealed, true
}

// sealAll takes everything that waits.
func (w *Writer) sealAll(resource string) []*entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := w.queues[resource]
	sealed := q.waiting
	q.waiting = nil
	return sealed
}

func (w *Writer) writeBatch(resource string, base *Policy) {
	ctx, cancel := context.WithTimeout(context.Background(), w.options.Timeout)
	defer cancel()
	var entries []*entry
	sealed := false
	defer func() {
		if v := recover(); v != nil {
			if !sealed {
				entries = w.sealAll(resource)
			}
			answerAll(v, entries, sealed)
		}
	}()
	var err error
	if base == nil {
		base, err = w.read(ctx, resource)
	}
	if err != nil {
		entries, sealed = w.sealAll(resource), true
		for _, e := range entries {
			e.finish(Outcome{}, err)
		}
		return
	}
	b := &batch{writer: w, resource: resource, base: base, sweep: w.options.Sweep}
	var apart bool
	entries, apart = w.seal(resource)
	sealed = true
	if apart {
		b.writeFirst(ctx, entries)
	} else {
		b.write(ctx, entries)
	}
	for _, e := range b.aside {
		w.join(resource, e)
	}
}

func (w *Writer) read(ctx context.Context, resource string) (*Policy, error) {
	base, err := w.reader.Read(ctx, resource)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnread, err)
	}
	return base, nil
}
