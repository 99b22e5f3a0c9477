package policy

import (
	"context"
	"sync"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/memo"
)

const (
	// gathering bounds how long a read that others can join waits for the one under way.
	gathering = 20 * time.Millisecond
	// maxReading bounds the reads of all resources that are under way.
	maxReading = 128
)

// Excerpts reads what policies say about just-in-time access, for those who show it and change
// nothing: an excerpt is no policy, and cannot become the base of a write.
//
// Reads of one resource are joined, but never with a read that began before its reader asked:
// whoever has just changed something sees it. While a read is under way, those who ask gather for
// the next one, which begins when the first has ended, or soon.
type Excerpts struct {
	upstream ExcerptUpstream
	retry    Retry
	reading  chan struct{} // a slot for each read under way

	mu        sync.Mutex
	resources map[string]*resourceReads
}

// resourceReads are the reads of one resource: the last one that has begun, and the one that has
// not begun yet. Either may be nil.
type resourceReads struct{ underWay, next *sharedRead }

// sharedRead is a read with those who wait for it. It is cancelled when the last of them leaves.
type sharedRead struct {
	page    any // of the one who asked first; see OnePage
	ctx     context.Context
	cancel  context.CancelFunc
	begin   *time.Timer // begins it at the latest, unless it began at once
	waiting int
	done    chan struct{}
	result  []eligibility.Binding // to be read when done is closed, as is err
	err     error
}

// NewExcerpts reads through u within the bounds of r.
func NewExcerpts(u ExcerptUpstream, r Retry) *Excerpts {
	return &Excerpts{upstream: u, retry: r, reading: make(chan struct{}, maxReading), resources: map[string]*resourceReads{}}
}

// pageKey is the key of a page in a context.
type pageKey struct{}

// OnePage makes what is read under its context one page's: a resource that the page asks for twice
// at the same time is read once.
func OnePage(ctx context.Context) context.Context {
	return context.WithValue(ctx, pageKey{}, new(byte))
}

// Reading is the reads of some resources that somebody asked for.
type Reading struct {
	excerpts  *Excerpts
	resources []string
	reads     []*sharedRead
}

// Begin asks for the excerpts of some resources, all or none. Reserve is called once, with the
// number of reads that cannot be joined with others and so have to be made; its error is returned.
// Wait has to be called for each.
func (e *Excerpts) Begin(ctx context.Context, reserve func(ctx context.Context, reads int) error, resources ...string) (*Reading, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	page, alone := ctx.Value(pageKey{}), 0
	for _, resource := range resources {
		if e.joinable(page, resource) == nil {
			alone++
		}
	}
	if alone > 0 {
		if err := reserve(ctx, alone); err != nil {
			return nil, err
		}
	}
	g := &Reading{excerpts: e, resources: resources}
	for _, resource := range resources {
		r := e.joinable(page, resource)
		if r == nil {
			r = e.make(ctx, page, resource)
		}
		r.waiting++
		g.reads = append(g.reads, r)
	}
	return g, nil
}

// Wait returns the relevant bindings of the i-th resource's policy as it is now, in their order;
// see eligibility.Relevant. They are shared: never modify them. Reads are repeated and bounded as
// those of a Reader, and the errors are the same.
func (g *Reading) Wait(ctx context.Context, i int) ([]eligibility.Binding, error) {
	r := g.reads[i]
	select {
	case <-r.done:
		return r.result, r.err
	case <-ctx.Done():
		g.excerpts.leave(g.resources[i], r)
		return nil, ctx.Err()
	}
}

// joinable is a read of a resource that a page may share, or nil. The mutex is held.
func (e *Excerpts) joinable(page any, resource string) *sharedRead {
	reads := e.resources[resource]
	switch {
	case reads == nil:
		return nil
	case page != nil && reads.underWay != nil && reads.underWay.page == page:
		return reads.underWay
	}
	return reads.next
}

// make begins a read, or has it gather readers while another is under way. The mutex is held.
func (e *Excerpts) make(ctx context.Context, page any, resource string) *sharedRead {
	reads := e.resources[resource]
	if reads == nil {
		reads = &resourceReads{}
		e.resources[resource] = reads
	}
	r := &sharedRead{page: page, done: make(chan struct{})}
	r.ctx, r.cancel = memo.Join(ctx)
	if reads.underWay == nil {
		e.start(resource, reads, r)
		return r
	}
	reads.next = r
	r.begin = time.AfterFunc(gathering, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if reads.next == r {
			e.start(resource, reads, r)
		}
	})
	return r
}

// start begins a read. The mutex is held.
func (e *Excerpts) start(resource string, reads *resourceReads, r *sharedRead) {
	if r.begin != nil {
		r.begin.Stop()
	}
	if reads.next == r {
		reads.next = nil
	}
	reads.underWay = r
	go func() {
		defer r.cancel()
		r.result, r.err = e.read(r.ctx, resource)
		e.mu.Lock()
		e.end(resource, reads, r)
		e.mu.Unlock()
		close(r.done)
	}()
}

// end makes way for the next read. The mutex is held.
func (e *Excerpts) end(resource string, reads *resourceReads, r *sharedRead) {
	if reads.underWay == r {
		reads.underWay = nil
	}
	switch {
	case reads.underWay != nil:
	case reads.next != nil:
		e.start(resource, reads, reads.next)
	case e.resources[resource] == reads:
		delete(e.resources, resource)
	}
}

// leave takes one reader away, and with the last one the read, so that nobody joins one that is
// being cancelled.
func (e *Excerpts) leave(resource string, r *sharedRead) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r.waiting--; r.waiting > 0 {
		return
	}
	r.cancel()
	reads := e.resources[resource]
	if reads == nil {
		return
	}
	if reads.next == r {
		r.begin.Stop()
		reads.next = nil
	}
	e.end(resource, reads, r)
}

func (e *Excerpts) read(ctx context.Context, resource string) ([]eligibility.Binding, error) {
	select {
	case e.reading <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-e.reading }()
	return readRepeatedly(ctx, e.retry, resource, e.upstream.GetExcerpt)
}
