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
	// It is never a reason to write, and is left out where Google refuses it or every change says so.
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
	queues map[queueKey]*queue
}

// queue holds the changes to one resource that wait for the next batch. It exists only while a
// goroutine serves it.
type queue struct{ waiting []*entry }

// queueKey names a queue: a resource has one for everybody, and one for each person whose change
// Google has just refused.
type queueKey struct{ resource, owner string }

// NewWriter writes through u.
func NewWriter(u Upstream, o Options) *Writer {
	return &Writer{upstream: u, reader: NewReader(u, o.Retry), options: o, refusals: newRefusals(), queues: map[queueKey]*queue{}}
}

// Modify applies a change to the policy of a resource and returns what became of it. Changes that
// arrive while another batch is being written, or until their own batch has read the policy, are
// written together, but not with those of a person of whose changes Google has just refused one.
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
	if w.leave(e) {
		return Outcome{}, ctx.Err()
	}
	return Outcome{}, fmt.Errorf("%w: %w", ErrUnsettled, ctx.Err())
}

// join adds a change to its queue and sees that it is served.
func (w *Writer) join(resource string, e *entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e.queue = queueKey{resource: resource}
	if w.refusals.isSuspect(e.change.Owner) {
		e.queue.owner = e.change.Owner
	}
	if q := w.queues[e.queue]; q != nil {
		q.waiting = append(q.waiting, e)
		return
	}
	w.queues[e.queue] = &queue{waiting: []*entry{e}}
	go w.writeBatches(e.queue, e.change.Base)
}

// leave takes a change out of its queue. It is false when the batch of the change has been sealed
// already.
func (w *Writer) leave(e *entry) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := w.queues[e.queue]
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
func (w *Writer) writeBatches(key queueKey, base *Policy) {
	for w.hasWaiting(key) {
		w.writeBatch(key, base)
		base = nil
	}
}

// hasWaiting tells whether a change waits, and closes the queue where none does.
func (w *Writer) hasWaiting(key queueKey) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queues[key].waiting) > 0 {
		return true
	}
	delete(w.queues, key)
	return false
}

// seal takes what waits: the batch is closed, later changes make the next one.
func (w *Writer) seal(key queueKey) []*entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := w.queues[key]
	sealed := q.waiting
	q.waiting = nil
	return sealed
}

func (w *Writer) writeBatch(key queueKey, base *Policy) {
	ctx, cancel := context.WithTimeout(context.Background(), w.options.Timeout)
	defer cancel()
	var entries []*entry
	sealed := false
	defer func() {
		if v := recover(); v != nil {
			if !sealed {
				entries = w.seal(key)
			}
			answerAll(v, entries, sealed)
		}
	}()
	var err error
	if base == nil {
		base, err = w.read(ctx, key.resource)
	}
	b := &batch{writer: w, resource: key.resource, base: base, sweep: w.options.Sweep}
	entries, sealed = w.seal(key), true
	if err != nil {
		for _, e := range entries {
			e.finish(Outcome{}, err)
		}
		return
	}
	if key.owner != "" {
		b.writeEach(ctx, entries)
		return
	}
	b.write(ctx, entries)
	for _, e := range b.aside {
		w.join(key.resource, e)
	}
}

func (w *Writer) read(ctx context.Context, resource string) (*Policy, error) {
	base, err := w.reader.Read(ctx, resource)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnread, err)
	}
	return base, nil
}
