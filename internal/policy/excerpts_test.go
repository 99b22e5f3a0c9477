package policy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// reads is an ExcerptUpstream whose policies hold a binding named for the edition that a read began
// with. Each read takes trip.
type reads struct {
	mu        sync.Mutex
	edition   int
	begun     int
	underWay  int
	most      int // under way at the same time
	cancelled int
	trip      time.Duration
	err       error
}

func (r *reads) GetExcerpt(ctx context.Context, _ string) ([]eligibility.Binding, error) {
	r.mu.Lock()
	r.begun++
	r.underWay++
	r.most = max(r.most, r.underWay)
	edition, err := r.edition, r.err
	r.mu.Unlock()
	late := travel(ctx, r.trip)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.underWay--
	if late != nil {
		r.cancelled++
		return nil, late
	}
	return []eligibility.Binding{{Role: fmt.Sprint(edition)}}, err
}

func (r *reads) edit() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.edition++
}

func newReads() *reads { return &reads{trip: 300 * time.Millisecond} }

func (r *reads) excerpts() *Excerpts {
	return NewExcerpts(r, Retry{Tries: 1, Within: 5 * time.Second, Base: 1, Cap: 1})
}

func free(context.Context, int) error { return nil }

func read(ctx context.Context, e *Excerpts, resource string) ([]eligibility.Binding, error) {
	reading, err := e.Begin(ctx, free, resource)
	if err != nil {
		return nil, err
	}
	return reading.Wait(ctx, 0)
}

// Once eighty homes read each of their policies eighty times.
func TestExcerpts_ThoseWhoAskWhileOneIsReadShareTheNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReads()
		e := r.excerpts()
		var all sync.WaitGroup
		for range 80 {
			all.Go(func() {
				if _, err := read(t.Context(), e, project); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if r.begun != 2 {
			t.Errorf("%d reads, want 2", r.begun)
		}
		if len(e.resources) != 0 {
			t.Errorf("%d resources are remembered", len(e.resources))
		}
	})
}

// Whoever has just changed something sees it, whoever else is reading.
func TestExcerpts_NobodyJoinsAReadThatBeganBeforeTheyAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReads()
		e := r.excerpts()
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				<-time.After(time.Duration(i) * 7 * time.Millisecond)
				r.edit()
				r.mu.Lock()
				want := r.edition
				r.mu.Unlock()
				got, err := read(t.Context(), e, project)
				var edition int
				if err == nil {
					_, err = fmt.Sscan(got[0].Role, &edition)
				}
				if err != nil || edition < want {
					t.Errorf("reader %d sees edition %d, want %d or later: %v", i, edition, want, err)
				}
			})
		}
		all.Wait()
		if r.begun >= 100 {
			t.Errorf("%d reads for 200 readers", r.begun)
		}
	})
}

func TestExcerpts_AReadThatHangsHoldsUpTheOthersForAMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReads()
		r.trip = time.Second
		e := r.excerpts()
		var all sync.WaitGroup
		began := time.Now()
		for range 10 {
			all.Go(func() {
				if _, err := read(t.Context(), e, project); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took > time.Second+gathering {
			t.Errorf("took %v", took)
		}
	})
}

// The page of a request asks for the access of two people on one project: one read, as before.
func TestExcerpts_OnePageReadsAResourceOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReads()
		e := r.excerpts()
		page := OnePage(t.Context())
		began := time.Now()
		var all sync.WaitGroup
		all.Go(func() { _, _ = read(page, e, project) })
		synctest.Wait()
		all.Go(func() { _, _ = read(page, e, project) })
		synctest.Wait()
		all.Go(func() { _, _ = read(OnePage(t.Context()), e, project) })
		all.Wait()
		if took := time.Since(began); r.begun != 2 || took != 300*time.Millisecond+gathering {
			t.Errorf("%d reads in %v, want 2: one for each page", r.begun, took)
		}
	})
}

func TestExcerpts_AReadIsCancelledWhenTheLastReaderLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReads()
		e := r.excerpts()
		first, leaveFirst := context.WithCancel(t.Context())
		second, leaveSecond := context.WithCancel(t.Context())
		var all sync.WaitGroup
		var errs [3]error
		all.Go(func() { _, errs[0] = read(first, e, project) })
		synctest.Wait()
		all.Go(func() { _, errs[1] = read(second, e, project) })
		all.Go(func() { _, errs[2] = read(t.Context(), e, project) })
		synctest.Wait()
		leaveFirst()
		leaveSecond()
		all.Wait()
		if !errors.Is(errs[0], context.Canceled) || !errors.Is(errs[1], context.Canceled) || errs[2] != nil {
			t.Errorf("errors %v, want only those who left to have one", errs)
		}
		synctest.Wait()
		if r.cancelled != 1 || r.begun != 2 || len(e.resources) != 0 {
			t.Errorf("%d of %d reads were cancelled, want 1 of 2; %d resources are remembered", r.cancelled, r.begun, len(e.resources))
		}
		over, leave := context.WithCancel(t.Context())
		all.Go(func() { _, _ = read(t.Context(), e, project) })
		synctest.Wait()
		all.Go(func() { _, _ = read(over, e, project) })
		synctest.Wait()
		leave() // the only one who waits for the next read
		all.Wait()
		if r.begun != 3 || len(e.resources) != 0 {
			t.Errorf("%d reads, want 3: the last was not needed", r.begun)
		}
	})
}

func TestExcerpts_AnErrorIsThatOfAllWhoSharedTheRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReads()
		r.err = statusError(http.StatusForbidden)
		e := r.excerpts()
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if _, err := read(t.Context(), e, project); !errors.Is(err, r.err) {
					t.Errorf("err = %v", err)
				}
			})
		}
		all.Wait()
		r.err = nil
		if _, err := read(t.Context(), e, project); err != nil {
			t.Errorf("the next read: %v", err)
		}
	})
}

// However many policies are asked for, only so many are being decoded.
func TestExcerpts_BoundTheReadsOfAllResources(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReads()
		e := r.excerpts()
		var all sync.WaitGroup
		for i := range 1000 {
			all.Go(func() { _, _ = read(t.Context(), e, fmt.Sprintf("projects/p-%d", i)) })
		}
		all.Wait()
		if r.most != maxReading || r.begun != 1000 {
			t.Errorf("%d reads, %d at the same time, want 1000 and %d", r.begun, r.most, maxReading)
		}
	})
}

// What others read already costs nothing, and of what is left all is read or nothing.
func TestExcerpts_ReserveOnlyTheReadsThatHaveToBeMade(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReads()
		e := r.excerpts()
		var reserved []int
		count := func(_ context.Context, n int) error {
			reserved = append(reserved, n)
			if n > 3 {
				return errBroken
			}
			return nil
		}
		begin := func(resources ...string) (*Reading, error) { return e.Begin(t.Context(), count, resources...) }
		var all []*Reading
		for _, resources := range [][]string{{"projects/a", "projects/b"}, {"projects/a"}, {"projects/a", "projects/b", "projects/c"}, {"projects/a"}} {
			reading, err := begin(resources...)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, reading)
		}
		if _, err := begin("projects/a", "projects/d", "projects/e", "projects/f", "projects/g"); !errors.Is(err, errBroken) {
			t.Errorf("err = %v, want that of the reservation", err)
		}
		for _, reading := range all {
			for i := range reading.reads {
				if _, err := reading.Wait(t.Context(), i); err != nil {
					t.Error(err)
				}
			}
		}
		if fmt.Sprint(reserved) != "[2 1 2 4]" || r.begun != 5 || len(e.resources) != 0 {
			t.Errorf("reserved %v, read %d times, remember %d; want [2 1 2 4], 5 and 0", reserved, r.begun, len(e.resources))
		}
	})
}
