package quota_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/memo"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

const (
	alice, mallory = "alice@example.com", "mallory@example.com"
	directory      = "admin.googleapis.com"
	member         = "/admin/directory/v1/groups/g/hasMember/m"
)

// desk is a limiter on a clock of its own.
type desk struct {
	*quota.Limiter
	t   *testing.T
	now time.Time
}

func newDesk(t *testing.T, o quota.Options) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)}
	o.Clock = func() time.Time { return d.now }
	d.Limiter = quota.New(o)
	return d
}

// begin admits a page or an act, and returns the context of its calls.
func (d *desk) begin(email string, p quota.Purpose) (context.Context, *quota.Budget) {
	d.t.Helper()
	b, err := d.Begin(email, p)
	if err != nil {
		d.t.Fatalf("%s is not admitted: %v", email, err)
	}
	return quota.With(d.t.Context(), b), b
}

// calls is how many calls go through, of so many.
func (d *desk) calls(ctx context.Context, n int) int {
	through := 0
	for range n {
		if d.Before(ctx, directory, member) == nil {
			through++
		}
	}
	return through
}

func TestReserve_TakesAllOrNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{Instances: 1})
	ctx, page := d.begin(alice, quota.Page)
	defer page.End(false)
	if err := quota.Reserve(ctx, quota.Directory, 200); err != nil {
		t.Fatal(err)
	}
	err := quota.Reserve(ctx, quota.Directory, 120)
	held := upstream.AsThrottled(err)
	if held == nil || !held.Personal || held.RetryAfter != 4*time.Second {
		t.Fatalf("120 more than 200 of 300: %v, want that alice is held back for 4 s", err)
	}
	if err := quota.Reserve(ctx, quota.Directory, 100); err != nil {
		t.Errorf("after a refusal 100 are left, not: %v", err)
	}
}

func TestBefore_DrawsWhatIsReservedAndOneMoreForWhatIsNot(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{Instances: 1})
	ctx, page := d.begin(alice, quota.Page)
	defer page.End(false)
	if err := quota.Reserve(ctx, quota.Directory, 100); err != nil {
		t.Fatal(err)
	}
	if got := d.calls(ctx, 400); got != 300 {
		t.Errorf("%d calls go through, want 300", got)
	}
	d.now = d.now.Add(2 * time.Second)
	if got := d.calls(ctx, 400); got != 10 {
		t.Errorf("2 s later %d go through, want 10", got)
	}
}

func TestEnd_GivesBackWhatWasNotUsed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{Instances: 1})
	for range 20 { // each reserves two thirds of what there is, and uses one call of it
		ctx, page := d.begin(alice, quota.Page)
		if err := quota.Reserve(ctx, quota.Directory, 200); err != nil {
			t.Fatal(err)
		}
		d.calls(ctx, 1)
		page.End(false)
		page.End(false) // a second time does nothing
	}
}

func TestBegin_PagesInVainAreCountedInCalls(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{Instances: 1})
	for range 3 {
		ctx, page := d.begin(mallory, quota.Page)
		d.calls(ctx, 40)
		page.End(true)
	}
	_, err := d.Begin(mallory, quota.Page)
	if held := upstream.AsThrottled(err); held == nil || !held.Personal {
		t.Fatalf("after 120 calls in vain: %v, want that she is held back", err)
	}
	if _, err := d.Begin(alice, quota.Page); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	d.now = d.now.Add(time.Second)
	d.begin(mallory, quota.Page)
}

func TestBegin_PagesNeverHoldBackActs(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{Instances: 1})
	ctx, page := d.begin(mallory, quota.Page)
	d.calls(ctx, 1000)
	page.End(true)
	if _, err := d.Begin(mallory, quota.Page); upstream.AsThrottled(err) == nil {
		t.Fatal("she may go on with pages")
	}
	ctx, act := d.begin(mallory, quota.Act)
	defer act.End(false)
	if err := quota.Reserve(ctx, quota.Directory, 50); err != nil {
		t.Errorf("her own act: %v", err)
	}
}

func TestBegin_TenActsInVainAMinute(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{Instances: 1})
	for range 50 { // acts that are carried out are not counted
		_, act := d.begin(mallory, quota.Act)
		act.End(false)
	}
	for range 10 {
		_, act := d.begin(mallory, quota.Act)
		act.End(true)
	}
	if _, err := d.Begin(mallory, quota.Act); upstream.AsThrottled(err) == nil {
		t.Errorf("the eleventh: %v", err)
	}
}

func TestActs_InVainAreChargedToPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{Instances: 1})
	ctx, act := d.begin(mallory, quota.Act)
	d.calls(ctx, 130)
	act.End(true)
	if _, err := d.Begin(mallory, quota.Page); upstream.AsThrottled(err) == nil {
		t.Errorf("a page after an act that cost 130 calls in vain: %v", err)
	}
}

// One person alone, by pages and acts together, can neither use up the pages of others nor the
// reserve of acts.
func TestShare_OnePersonLeavesOthersTheirs(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{Instances: 3}) // 400 calls of the Directory, 80 of them for acts alone
	ctx, page := d.begin(mallory, quota.Page)
	defer page.End(false)
	if got := d.calls(ctx, 1000); got != 160 {
		t.Errorf("her pages make %d calls, want 160, the half of 320", got)
	}
	ctx, act := d.begin(mallory, quota.Act)
	defer act.End(false)
	if got := d.calls(ctx, 1000); got != 20 {
		t.Errorf("her acts make %d calls more, want 20, a quarter of the reserve", got)
	}
	ctx, others := d.begin(alice, quota.Page)
	defer others.End(false)
	if got := d.calls(ctx, 1000); got != 160 {
		t.Errorf("somebody else's pages make %d calls, want 160", got)
	}
	ctx, others = d.begin("bob@example.com", quota.Act)
	defer others.End(false)
	if got := d.calls(ctx, 10); got != 10 {
		t.Errorf("when pages are used up, an act makes %d of 10 calls", got)
	}
}

func TestShare_AnInstanceIsHeldBackAsAWhole(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{Instances: 3})
	total := 0
	for i := range 10 {
		ctx, page := d.begin(fmt.Sprintf("person-%d@example.com", i), quota.Page)
		total += d.calls(ctx, 100)
		page.End(false)
	}
	if total != 320 {
		t.Errorf("%d calls go through, want 320", total)
	}
	ctx, page := d.begin(alice, quota.Page)
	defer page.End(false)
	held := upstream.AsThrottled(quota.Reserve(ctx, quota.Directory, 1))
	if held == nil || held.Personal || held.Service != "Directory" {
		t.Errorf("the next one: %v, want that the instance is held back", held)
	}
}

func TestShare_IsHalvedForAMinuteWhereGoogleSaysThatItIsUsedUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{Instances: 3})
	d.After(directory, member, &googleapi.Error{Code: 403, Errors: []googleapi.ErrorItem{{Reason: "quotaExceeded"}}})
	ctx, page := d.begin(alice, quota.Page)
	if got := d.calls(ctx, 1000); got != 80 {
		t.Errorf("%d calls go through, want 80, the half of 160", got)
	}
	page.End(false)
	d.now = d.now.Add(time.Minute)
	ctx, page = d.begin(alice, quota.Page)
	defer page.End(false)
	if got := d.calls(ctx, 1000); got != 160 {
		t.Errorf("a minute later %d go through, want 160", got)
	}
}

// A person in very many groups could never have opened home.
func TestReserve_MoreThanThereEverIsGoesThroughAndIsOwed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{Instances: 3})
	ctx, page := d.begin(alice, quota.Page)
	if err := quota.Reserve(ctx, quota.Directory, 900); err != nil {
		t.Fatal(err)
	}
	if got := d.calls(ctx, 900); got != 900 {
		t.Errorf("%d of 900 calls go through", got)
	}
	page.End(false)
	ctx, page = d.begin(alice, quota.Page)
	defer page.End(false)
	if err := quota.Reserve(ctx, quota.Directory, 1); upstream.AsThrottled(err) == nil {
		t.Errorf("the next one: %v, want that it waits until all are paid", err)
	}
}

// Others wait for a look-up that was joined: what its first caller has left is no reason to refuse
// it.
func TestBefore_AJoinedLookUpIsChargedAndNeverRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{Instances: 1, CallsPerPerson: 1})
	ctx, page := d.begin(alice, quota.Page)
	defer page.End(false)
	cache := memo.New[string, int](time.Now, 1, time.Minute)
	got, err := cache.Get(ctx, "key", func(ctx context.Context) (int, error) { return d.calls(ctx, 5), nil })
	if got != 5 || err != nil {
		t.Errorf("%d of 5 calls go through, %v", got, err)
	}
	if err := quota.Reserve(ctx, quota.Directory, 1); upstream.AsThrottled(err) == nil {
		t.Errorf("they were not charged: %v", err)
	}
}

// Once what one person ordered was limited by the calls of their acts alone, so that two could have
// used up all instances' share of writes.
func TestOrder_IsSpentByThePersonAndNotByTheShare(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{Instances: 3}) // 100 writes, of them 40 by one person, and 5 of the reserve
	ordered := func(email string) (n int) {
		for range 60 {
			ctx, act := d.begin(email, quota.Act)
			if quota.Charge(ctx, quota.PolicyWrites, 1) == nil {
				n++
			}
			act.End(false)
		}
		return n
	}
	if got := ordered(mallory); got != 45 {
		t.Errorf("%d writes of hers go through, want 45", got)
	}
	ctx, act := d.begin(mallory, quota.Act)
	defer act.End(false)
	if held := upstream.AsThrottled(quota.Charge(ctx, quota.PolicyWrites, 1)); held == nil || !held.Personal {
		t.Errorf("the next one: %v, want that she is held back", held)
	}
	if got := ordered(alice); got != 45 { // the writer counts against the share, and here is none
		t.Errorf("%d of somebody else's go through, want 45", got)
	}
}

func TestBefore_WhatIsNobodysIsNeverRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{Instances: 3})
	if got := d.calls(t.Context(), 1000); got != 1000 {
		t.Errorf("%d of 1000 calls go through", got)
	}
	ctx, page := d.begin(alice, quota.Page)
	defer page.End(false)
	if got := d.calls(quota.Shared(ctx), 10); got != 10 {
		t.Errorf("%d of 10 shared calls go through", got)
	}
	if got := d.calls(ctx, 1); got != 0 {
		t.Error("a page goes on although the share is used up")
	}
}

func TestLimiter_ForgetsPeopleWhoUsedNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{Instances: 1})
	ctx, page := d.begin(mallory, quota.Page)
	d.calls(ctx, 200)
	page.End(true)
	for i := range 20_000 {
		_, page := d.begin(fmt.Sprintf("person-%d@example.com", i), quota.Page)
		page.End(false)
	}
	if _, err := d.Begin(mallory, quota.Page); upstream.AsThrottled(err) == nil {
		t.Error("who used up their calls was forgotten before those who used none")
	}
}

// Requests and *Send again* were signed and published as often as somebody sent them.
func TestTakeRequest_TenAtOnceAndOneMoreEveryThreeMinutes(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{})
	ctx, act := d.begin(mallory, quota.Act)
	defer act.End(false)
	sent := func() (n int) {
		for range 150 {
			if quota.CheckRequest(ctx) == nil && quota.TakeRequest(ctx) == nil {
				n++
			}
		}
		return n
	}
	if got := sent(); got != 10 {
		t.Errorf("%d of 150 are sent, want 10", got)
	}
	if held := upstream.AsThrottled(quota.TakeRequest(ctx)); held == nil || held.Service != quota.Requests || held.RetryAfter != 3*time.Minute {
		t.Errorf("the next one: %v, want that it waits for 3 minutes", held)
	}
	d.now = d.now.Add(6 * time.Minute)
	if got := sent(); got != 2 {
		t.Errorf("six minutes later %d are sent, want 2", got)
	}
	ctx, act = d.begin(alice, quota.Act)
	defer act.End(false)
	if err := quota.TakeRequest(ctx); err != nil {
		t.Errorf("somebody else's: %v", err)
	}
}

// Another site can open the page of a request in a loop: that neither uses up what its reader's
// acts need nor counts as acts that came to nothing.
func TestBegin_LinksNeverHoldBackActs(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{Instances: 3})
	for range 30 {
		ctx, page := d.begin(alice, quota.Link)
		d.calls(ctx, 50)
		page.End(true)
	}
	ctx, act := d.begin(alice, quota.Act)
	defer act.End(false)
	for _, s := range []quota.Service{quota.Directory, quota.PolicyReads, quota.PolicyWrites} {
		if err := quota.Reserve(ctx, s, 2); err != nil {
			t.Errorf("%v for an act of hers: %v", s, err)
		}
	}
}

// A site that opens windows in a loop used up what its reader may open, home too.
func TestBegin_WindowsOfOtherSitesLeaveAPersonTheirs(t *testing.T) {
	t.Parallel()
	d := newDesk(t, quota.Options{Instances: 3})
	for i := range 30 {
		ctx, window := d.begin(alice, []quota.Purpose{quota.Foreign, quota.Link}[i%2])
		for _, s := range []quota.Service{quota.Directory, quota.PolicyReads} {
			_ = quota.Reserve(ctx, s, 15) // as many windows as there are calls for
		}
		d.calls(ctx, 15)
		window.End(false)
	}
	ctx, act := d.begin(alice, quota.Act)
	defer act.End(false)
	if err := quota.Reserve(ctx, quota.Directory, 2); err != nil {
		t.Errorf("an act of hers: %v", err)
	}
	ctx, page := d.begin(alice, quota.Page)
	defer page.End(false)
	for _, s := range []quota.Service{quota.Directory, quota.PolicyReads} {
		if err := quota.Reserve(ctx, s, 45); err != nil {
			t.Errorf("%v for a page of hers: %v", s, err)
		}
	}
}
