package activation

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing/synctest"
	"time"

	"google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// kind is what a gated call does.
type kind string

const (
	begins  kind = "begins"  // an actor sends a form; no call of Google's yet
	reads   kind = "reads"   // Upstream.Get, also the Confirmer's
	writes  kind = "writes"  // Upstream.Set
	arrives kind = "arrives" // a late write arrives
	passes  kind = "passes"  // time passes
)

// Faults of a call. The zero value is none.
const (
	lost    byte = '!' // the connection broke after the write
	dropped byte = '?' // the connection broke before the write
	late    byte = '~' // the connection broke, and the write arrives later
	stormy  byte = '#' // 409 without a reason
	failed  byte = '5' // 503 after the write
	denied  byte = '4' // 403
)

// gatedCall waits at the gate until the schedule releases it.
type gatedCall struct {
	who      byte // an instance, an actor, the foreign writer, the clock or the network
	does     kind
	instance byte           // that the write comes from
	next     *policy.Policy // to write
	wait     time.Duration  // to pass
	since    int            // the step in which it came to the gate
	open     chan struct{}  // closed when it is released; nil when nobody waits for it
	result   *policy.Policy
	err      error
}

// version is one state of the policy.
type version struct {
	step   int
	by     byte // the instance that wrote it, or the foreign writer
	at     time.Time
	policy *policy.Policy
}

// simulation is the policy of a project as Resource Manager keeps it, under an etag, behind a gate
// that one call passes at a time. It lives in a synctest bubble.
type simulation struct {
	scenario     *scenario
	ignoresEtags bool // it accepts every write, whatever its etag

	mu            sync.Mutex
	pending       []*gatedCall
	step          int
	now           time.Time
	policy        *policy.Policy
	history       []version
	faults        []fault
	operations    []*operation
	confirmed     map[byte][]time.Time // when eligibility was confirmed, by actor
	actorsRunning int                  // that have not finished
	backingOff    bool                 // an instance may be backing off
}

// fault is a response that left an instance in doubt.
type fault struct {
	step     int
	instance byte
}

func (w *simulation) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// waitForRelease waits at the gate.
func (w *simulation) waitForRelease(ctx context.Context, c *gatedCall) (*policy.Policy, error) {
	c.open = make(chan struct{})
	w.enqueue(c)
	select {
	case <-c.open:
		return c.result, c.err
	case <-ctx.Done():
		w.mu.Lock()
		defer w.mu.Unlock()
		w.pending = slices.DeleteFunc(w.pending, func(p *gatedCall) bool { return p == c })
		return nil, ctx.Err()
	}
}

func (w *simulation) enqueue(c *gatedCall) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.since = w.step
	w.pending = append(w.pending, c)
}

// waiting returns the calls at the gate once every goroutine waits for something. The calls that
// came during the last step are first.
func (w *simulation) waiting() []*gatedCall {
	synctest.Wait()
	if w.backingOff {
		w.backingOff = false
		time.Sleep(time.Second) // longer than any back-off
		synctest.Wait()
	}
	if len(w.pending) == 0 && w.actorsRunning > 0 {
		time.Sleep(24 * time.Hour) // longer than any deadline
		synctest.Wait()
	}
	slices.SortFunc(w.pending, func(a, b *gatedCall) int {
		return cmp.Or(cmp.Compare(b.since, a.since), cmp.Compare(a.who, b.who))
	})
	return w.pending
}

// release lets one call pass the gate.
func (w *simulation) release(c *gatedCall, how byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending = slices.DeleteFunc(w.pending, func(p *gatedCall) bool { return p == c })
	w.step++
	w.now = w.now.Add(w.scenario.tick + c.wait)
	switch c.does {
	case reads:
		c.result = w.policy
	case writes, arrives:
		w.applyWrite(c, how)
	}
	if how != 0 {
		c.result, c.err = nil, faultErrors[how]
		w.backingOff = true
		w.faults = append(w.faults, fault{w.step, c.instance})
	}
	if c.open != nil {
		close(c.open)
	}
}

var (
	errBroken   = errors.New("the connection broke")
	faultErrors = map[byte]error{
		lost: errBroken, dropped: errBroken, late: errBroken, stormy: conflicted,
		failed: &googleapi.Error{Code: 503}, denied: &googleapi.Error{Code: 403},
	}
)

// applyWrite writes the policy, unless a fault prevents it.
func (w *simulation) applyWrite(c *gatedCall, how byte) {
	switch how {
	case 0, lost, failed:
		c.result, c.err = w.store(c)
		w.backingOff = w.backingOff || c.err != nil
	case late:
		w.pending = append(w.pending, &gatedCall{who: network(c.who), does: arrives, instance: c.instance, next: c.next, since: w.step})
	}
}

// network is the actor that delivers the late writes of an instance.
func network(instance byte) byte { return instance - 'A' + 'm' }

func (w *simulation) store(c *gatedCall) (*policy.Policy, error) {
	if c.next.Etag != w.policy.Etag && !w.ignoresEtags {
		return nil, conflicted
	}
	stored := *c.next
	stored.Etag = strconv.Itoa(len(w.history))
	w.policy = &stored
	w.history = append(w.history, version{w.step, c.instance, w.now, w.policy})
	return w.policy, nil
}

// gatedUpstream is the policy.Upstream of one caller.
type gatedUpstream struct {
	*simulation
	who byte
}

func (d gatedUpstream) Get(ctx context.Context, _ string) (*policy.Policy, error) {
	return d.waitForRelease(ctx, &gatedCall{who: d.who, instance: d.who, does: reads})
}

func (d gatedUpstream) Set(ctx context.Context, _ string, p *policy.Policy, _ string) (*policy.Policy, error) {
	return d.waitForRelease(ctx, &gatedCall{who: d.who, instance: d.who, does: writes, next: p})
}

// actorKey is the context key of the actor.
type actorKey struct{}

// Confirm reads the policy through the gate, as a call of the actor.
func (w *simulation) Confirm(ctx context.Context, _ string, lookups []eligibility.Lookup) (eligibility.Confirmation, *policy.Policy, error) {
	who := ctx.Value(actorKey{}).(byte)
	c := eligibility.Confirmation{People: map[string]eligibility.Person{}, Standing: eligibility.InsideScope, At: w.clock()}
	w.mu.Lock()
	w.confirmed[who] = append(w.confirmed[who], c.At)
	w.mu.Unlock()
	for _, l := range lookups {
		c.People[l.Email] = eligibility.Person{Email: l.Email}
	}
	read, err := gatedUpstream{w, who}.Get(ctx, "")
	return c, read, err
}

// Locate reads the policy through the gate, as a call of the actor.
func (w *simulation) Locate(ctx context.Context, _ string) (eligibility.Standing, *policy.Policy, error) {
	read, err := gatedUpstream{w, ctx.Value(actorKey{}).(byte)}.Get(ctx, "")
	return eligibility.InsideScope, read, err
}
