package policy

import (
	"sync"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
)

const (
	// refusalMemory is how long a refusal of Google's is remembered.
	refusalMemory = time.Minute
	// maxRefusals bounds the memory of changes, and that of people.
	maxRefusals = 1000
)

// refusals remembers for a minute what Google has just refused. The same change to the same policy
// is refused again without asking; once the policy has changed, it is tried anew. Whose change was
// refused is remembered too, so that their next ones hold up nobody else's.
type refusals struct {
	mu      sync.Mutex
	changes map[refusedKey]refusedChange
	owners  map[string]time.Time // until when
}

type refusedKey struct{ resource, content string }

type refusedChange struct {
	etag  string
	err   error
	until time.Time
}

func newRefusals() *refusals {
	return &refusals{changes: map[refusedKey]refusedChange{}, owners: map[string]time.Time{}}
}

// add remembers that Google refused a change to a policy with this etag.
func (r *refusals) add(resource, etag string, c Change, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addOwner(c.Owner)
	if c.Content == "" || !aboutContent(err) {
		return
	}
	now := time.Now()
	makeRoom(r.changes, func(old refusedChange) bool { return old.until.Before(now) })
	r.changes[refusedKey{resource, c.Content}] = refusedChange{etag, err, now.Add(refusalMemory)}
}

// suspect remembers that one of a person's changes was refused.
func (r *refusals) suspect(owner string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addOwner(owner)
}

func (r *refusals) addOwner(owner string) {
	if owner == "" {
		return
	}
	now := time.Now()
	makeRoom(r.owners, func(old time.Time) bool { return old.Before(now) })
	r.owners[owner] = now.Add(refusalMemory)
}

// find returns why Google has just refused the same change to the same policy, or nil.
func (r *refusals) find(resource, etag string, c Change) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if old, ok := r.changes[refusedKey{resource, c.Content}]; ok && c.Content != "" && old.etag == etag && time.Now().Before(old.until) {
		return old.err
	}
	return nil
}

// isSuspect tells whether a change of this person was refused within the last minute.
func (r *refusals) isSuspect(owner string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return owner != "" && time.Now().Before(r.owners[owner])
}

// aboutContent tells whether Google refuses what a change is about, and not who writes it or how it
// is worded, so that it would refuse the same again.
func aboutContent(err error) bool {
	switch cause.Of(err).Kind {
	case cause.OrganizationPolicy, cause.MemberUnknown, cause.MemberRefused, cause.RoleUnknown, cause.RoleNotGrantable, cause.RoleBasic,
		cause.RoleRefused, cause.ConditionTooComplex, cause.ConditionRefused, cause.BindingRefused, cause.PolicyFull:
		return true
	}
	return false
}

// makeRoom makes room for one more entry: what is over goes first, then anything.
func makeRoom[K comparable, V any](all map[K]V, over func(V) bool) {
	if len(all) < maxRefusals {
		return
	}
	for key, value := range all {
		if over(value) {
			delete(all, key)
		}
	}
	for key := range all {
		if len(all) < maxRefusals {
			return
		}
		delete(all, key)
	}
}
