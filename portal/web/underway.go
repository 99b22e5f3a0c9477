package web

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
)

// How many pages, and how many acts, are made at the same time, for one person and by an instance.
// It bounds the memory of an instance, and the share of it that one person can take. Acts have
// slots of their own, so that pages never hold one up. The wait is as long as two busy processors
// need for eighty homes at once.
func newPagesUnderWay() *underWay {
	return &underWay{perPerson: 4, inAll: 32, waitingPerPerson: 12, waitingInAll: 400, wait: slotTimeout}
}

func newActsUnderWay() *underWay {
	return &underWay{perPerson: 8, inAll: 64, waitingPerPerson: 40, waitingInAll: 400, wait: slotTimeout}
}

// slotTimeout bounds how long a page or an act waits for a slot.
const slotTimeout = 10 * time.Second

// retryBusy is the Retry-After of a page that could not be made in time.
const retryBusy = "5"

// underWay gives out slots. Whoever finds none free waits, in the order of arrival: only who waits
// for a page of their own is passed by others. Nobody waits longer than the wait, and no more wait
// than the bounds.
type underWay struct {
	perPerson, inAll               int
	waitingPerPerson, waitingInAll int
	wait                           time.Duration

	mu      sync.Mutex
	taken   int
	people  map[string]slotCount // those who have, hold or wait for a slot
	waiting []*slotWaiter        // in the order of arrival
}

// slotCount is what one person has. A held slot is free for all others.
type slotCount struct{ taken, held, waiting int }

type slotWaiter struct {
	email string
	given chan struct{} // closed when the slot is theirs
}

// take takes a slot for a person. It is false if none became free in time; otherwise the slot has
// to be given back with leave.
func (u *underWay) take(ctx context.Context, email string) bool {
	waiter, ok := u.takeOrQueue(email)
	if waiter == nil {
		return ok
	}
	timeout := time.NewTimer(u.wait)
	defer timeout.Stop()
	select {
	case <-waiter.given:
		return true
	case <-timeout.C:
	case <-ctx.Done():
	}
	return !u.giveUp(waiter)
}

// takeOrQueue takes a free slot, or else returns a place in the queue. It returns neither if the
// queue is full.
func (u *underWay) takeOrQueue(email string) (*slotWaiter, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	count := u.people[email]
	switch {
	case u.isFree(email):
		u.grant(email)
		return nil, true
	case count.waiting >= u.waitingPerPerson, len(u.waiting) >= u.waitingInAll:
		return nil, false
	}
	count.waiting++
	u.set(email, count)
	waiter := &slotWaiter{email: email, given: make(chan struct{})}
	u.waiting = append(u.waiting, waiter)
	return waiter, false
}

// giveUp takes a waiter out of the queue. It is false if the waiter has been given a slot.
func (u *underWay) giveUp(waiter *slotWaiter) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	i := slices.Index(u.waiting, waiter)
	if i < 0 {
		return false
	}
	u.dequeue(i)
	return true
}

// leave gives a person's slot back.
func (u *underWay) leave(email string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	count := u.people[email]
	count.taken--
	u.set(email, count)
	u.taken--
	u.grantNext()
}

// freeForOthers gives a person's slot to others. To the person it stays taken until freeForPerson.
func (u *underWay) freeForOthers(email string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	count := u.people[email]
	count.taken--
	count.held++
	u.set(email, count)
	u.taken--
	u.grantNext()
}

// freeForPerson ends what freeForOthers began.
func (u *underWay) freeForPerson(email string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	count := u.people[email]
	count.held--
	u.set(email, count)
	u.grantNext()
}

// grantNext gives a free slot to the first who can have it. The mutex is held, as for all that
// follow.
func (u *underWay) grantNext() {
	i := slices.IndexFunc(u.waiting, func(w *slotWaiter) bool { return u.isFree(w.email) })
	if i < 0 {
		return
	}
	next := u.waiting[i]
	u.dequeue(i)
	u.grant(next.email)
	close(next.given)
}

// isFree reports whether there is a slot for a person.
func (u *underWay) isFree(email string) bool {
	count := u.people[email]
	return u.taken < u.inAll && count.taken+count.held < u.perPerson
}

func (u *underWay) grant(email string) {
	count := u.people[email]
	count.taken++
	u.set(email, count)
	u.taken++
}

func (u *underWay) dequeue(i int) {
	email := u.waiting[i].email
	u.waiting = slices.Delete(u.waiting, i, i+1)
	count := u.people[email]
	count.waiting--
	u.set(email, count)
}

// set keeps no entry for a person who has nothing.
func (u *underWay) set(email string, count slotCount) {
	if count == (slotCount{}) {
		delete(u.people, email)
		return
	}
	if u.people == nil {
		u.people = map[string]slotCount{}
	}
	u.people[email] = count
}

// inSlot calls a handler while a slot is taken. Without one the handler is not called, so nothing
// is asked and nothing changed; what a form sent is kept for the page that offers to send it again.
func (s *site) inSlot(w http.ResponseWriter, r *http.Request, v *visit, p quota.Purpose, h handler) error {
	slots := s.pages
	if p == quota.Act || p == quota.Link {
		slots = s.acts
	}
	if !slots.take(r.Context(), v.Email) {
		_ = r.ParseForm() // what cannot be read is not kept
		return &Error{Kind: KindBusy}
	}
	leave := slots.leave
	defer func() { leave(v.Email) }()
	begun := s.Clock()
	err := h(w, r, v)
	if isHeldBack(r, err) {
		// The person's next page would tell when the work for this one was over, if it began then.
		slots.freeForOthers(v.Email)
		leave = slots.freeForPerson
		s.holdBack(r.Context(), begun)
	}
	return err
}
