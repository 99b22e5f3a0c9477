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

// What a call before the gate does.
type kind string

const (
	begins  kind = "begins"  // a person sends a form; nothing upstream happens
	reads   kind = "reads"   // Upstream.Get, also the Confirmer's
	writes  kind = "writes"  // Upstream.Set
	arrives kind = "arrives" // a write whose answer was lost long ago
	passes  kind = "passes"  // time, without anybody doing anything
)

// How a call is answered. The zero value is: as it should be.
const (
	lost    byte = '!' // it was carried out, then the connection broke
	dropped byte = '?' // the connection broke before
	late    byte = '~' // the connection broke, and it will arrive later
	stormy  byte = '#' // 409 without any reason
	failed  byte = '5' // it was carried out, then answered with 503
	denied  byte = '4' // 403
)

// call waits before the gate until the schedule releases it.
type call struct {
	who      byte // whose turn it is: an instance, a person, the foreign writer, the clock, the network
	does     kind
	instance byte           // that wrote what arrives
	next     *policy.Policy // to write
	jump     time.Duration  // to pass
	since    int            // the step during which it came to the gate
	open     chan struct{}  // closed when it is released; nil when nobody waits for it
	answer   *policy.Policy
	err      error
}

// version is one state of the policy.
type version struct {
	step   int
	by     byte // the instance that wrote it, or the foreign writer
	at     time.Time
	policy *policy.Policy
}

// world is the policy of a project as Resource Manager keeps it, under an etag,
// behind a gate that one call passes at a time. It lives in a synctest bubble.
type world struct {
	scenario *scenario
	careless bool // it takes every write, whatever its etag

	mu        sync.Mutex
	parked    []*call
	step      int
	now       time.Time
	policy    *policy.Policy
	history   []version
	faults    []fault
	deeds     []*deed
	confirmed map[byte][]time.Time // when people's eligibility was asked for
	acting    int                  // people who have not finished
	backing   bool                 // somebody may be backing off
}

// fault is an answer that left an instance in doubt.
type fault struct {
	step     int
	instance byte
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// pass waits before the gate.
func (w *world) pass(ctx context.Context, c *call) (*policy.Policy, error) {
	c.open = make(chan struct{})
	w.park(c)
	select {
	case <-c.open:
		return c.answer, c.err
	case <-ctx.Done():
		w.mu.Lock()
		defer w.mu.Unlock()
		w.parked = slices.DeleteFunc(w.parked, func(p *call) bool { return p == c })
		return nil, ctx.Err()
	}
}

func (w *world) park(c *call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.since = w.step
	w.parked = append(w.parked, c)
}

// waiting returns the calls before the gate once everybody waits for something,
// those that the last one brought there first.
func (w *world) waiting() []*call {
	synctest.Wait()
	if w.backing {
		w.backing = false
		time.Sleep(time.Second) // longer than any back-off
		synctest.Wait()
	}
	if len(w.parked) == 0 && w.acting > 0 {
		time.Sleep(24 * time.Hour) // longer than any deadline
		synctest.Wait()
	}
	slices.SortFunc(w.parked, func(a, b *call) int {
		return cmp.Or(cmp.Compare(b.since, a.since), cmp.Compare(a.who, b.who))
	})
	return w.parked
}

// release lets one call pass.
func (w *world) release(c *call, how byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parked = slices.DeleteFunc(w.parked, func(p *call) bool { return p == c })
	w.step++
	w.now = w.now.Add(w.scenario.tick + c.jump)
	switch c.does {
	case reads:
		c.answer = w.policy
	case writes, arrives:
		w.receive(c, how)
	}
	if how != 0 {
		c.answer, c.err = nil, answers[how]
		w.backing = true
		w.faults = append(w.faults, fault{w.step, c.instance})
	}
	if c.open != nil {
		close(c.open)
	}
}

var (
	errBroken = errors.New("the connection broke")
	answers   = map[byte]error{
		lost: errBroken, dropped: errBroken, late: errBroken, stormy: conflicted,
		failed: &googleapi.Error{Code: 503}, denied: &googleapi.Error{Code: 403},
	}
)

// receive carries a write out, unless something happens to it on the way.
func (w *world) receive(c *call, how byte) {
	switch how {
	case 0, lost, failed:
		c.answer, c.err = w.store(c)
		w.backing = w.backing || c.err != nil
	case late:
		w.parked = append(w.parked, &call{who: network(c.who), does: arrives, instance: c.instance, next: c.next, since: w.step})
	}
}

// network is who brings the late writes of an instance.
func network(instance byte) byte { return instance - 'A' + 'm' }

func (w *world) store(c *call) (*policy.Policy, error) {
	if c.next.Etag != w.policy.Etag && !w.careless {
		return nil, conflicted
	}
	stored := *c.next
	stored.Etag = strconv.Itoa(len(w.history))
	w.policy = &stored
	w.history = append(w.history, version{w.step, c.instance, w.now, w.policy})
	return w.policy, nil
}

// door is how one caller reaches the gate.
type door struct {
	*world
	who byte
}

func (d door) Get(ctx context.Context, _ string) (*policy.Policy, error) {
	return d.pass(ctx, &call{who: d.who, instance: d.who, does: reads})
}

func (d door) Set(ctx context.Context, _ string, p *policy.Policy, _ string) (*policy.Policy, error) {
	return d.pass(ctx, &call{who: d.who, instance: d.who, does: writes, next: p})
}

// actorKey is the key of who acts in a context.
type actorKey struct{}

// Confirm reads the policy through the gate, in the turn of whoever acts.
func (w *world) Confirm(ctx context.Context, _ string, lookups []eligibility.Lookup) (eligibility.Confirmation, *policy.Policy, error) {
	who := ctx.Value(actorKey{}).(byte)
	c := eligibility.Confirmation{People: map[string]eligibility.Person{}, At: w.clock()}
	w.mu.Lock()
	w.confirmed[who] = append(w.confirmed[who], c.At)
	w.mu.Unlock()
	for _, l := range lookups {
		c.People[l.Email] = eligibility.Person{Email: l.Email}
	}
	read, err := door{w, who}.Get(ctx, "")
	return c, read, err
}
