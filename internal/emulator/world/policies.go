package world

import (
	"encoding/binary"
	"fmt"
	"slices"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/protobuf/proto"
)

// neverSet is the etag of a policy that nobody has written.
var neverSet = []byte{0x00, 0x20, 0x01}

// Policy is a copy of the current policy of a resource; false if the resource does not exist. A
// policy that was never set has an etag and nothing else.
func (w *World) Policy(name string) (*iampb.Policy, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name, ok := w.resolve(name)
	if !ok {
		return nil, false
	}
	return w.current(name), true
}

// IndexedPolicy is the policy as the search index shows it, IndexLag behind.
func (w *World) IndexedPolicy(name string) (*iampb.Policy, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name, ok := w.resolve(name)
	if !ok {
		return nil, false
	}
	policy, ok := w.resources[name].policy.at(w.Now().Add(-w.options.IndexLag))
	if !ok {
		return nil, false
	}
	return clone(policy), true
}

// UpdatePolicy replaces the policy by what decide returns for a copy of the current one, and
// returns it as stored. No other write happens in between, so decide must not call methods that
// lock the world. An error of decide is returned, and changes nothing.
func (w *World) UpdatePolicy(name string, decide func(*iampb.Policy) (*iampb.Policy, error)) (*iampb.Policy, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	known, ok := w.resolve(name)
	if !ok {
		return nil, fmt.Errorf("writing the policy of %s: no such resource", name)
	}
	next, err := decide(w.current(known))
	if err != nil {
		return nil, err
	}
	return w.store(known, next), nil
}

// Edit changes a policy as a foreign writer would: at once, with a new etag, and without the checks
// that the API makes.
func (w *World) Edit(name string, change func(*iampb.Policy)) error {
	_, err := w.UpdatePolicy(name, func(p *iampb.Policy) (*iampb.Policy, error) {
		change(p)
		return p, nil
	})
	return err
}

// SetPolicy replaces a policy whatever it was before; its etag is ignored.
func (w *World) SetPolicy(name string, policy *iampb.Policy) error {
	_, err := w.UpdatePolicy(name, func(*iampb.Policy) (*iampb.Policy, error) { return policy, nil })
	return err
}

func (w *World) current(name string) *iampb.Policy {
	policy := w.resources[name].policy.latest()
	if policy == nil {
		return &iampb.Policy{Etag: slices.Clone(neverSet)}
	}
	return clone(policy)
}

func (w *World) store(name string, policy *iampb.Policy) *iampb.Policy {
	now := w.Now()
	stored := clone(policy)
	stored.Etag = w.nextEtag()
	stored.Version = 1
	for _, b := range stored.GetBindings() {
		if b.GetCondition() != nil {
			stored.Version = 3
		}
	}
	w.resources[name].policy.put(now, now.Add(-w.options.IndexLag), stored)
	return clone(stored)
}

// nextEtag is 0x07 and seven bytes of the clock in microseconds, or one more than the last where
// the clock stands still.
func (w *World) nextEtag() []byte {
	w.lastEtag = max(w.lastEtag+1, uint64(w.Now().UnixMicro()))
	etag := make([]byte, 8)
	binary.BigEndian.PutUint64(etag, w.lastEtag)
	etag[0] = 0x07
	return etag
}

func clone(p *iampb.Policy) *iampb.Policy { return proto.Clone(p).(*iampb.Policy) }
