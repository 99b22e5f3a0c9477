package activation

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// everyFault is what may happen to a write in orders chosen at random; in every
// order that is tried one after the other, fewer.
const everyFault, someFaults = "!?~#54", "!?~#"

// budget is how many orders are tried of each scenario: every one with at most
// two pre-emptions unless there are more, and others at random.
func budget() (systematic, random int) {
	if raced || testing.Short() {
		return 60, 120
	}
	return 1 << 20, 4000
}

// fewest is how many schedules a run of all scenarios must have tried, so that a
// scenario that shrinks is seen.
func fewest() int64 {
	if raced || testing.Short() {
		return 2_000
	}
	return 100_000
}

// TestExplore plays every scenario in every order of its calls with at most two
// pre-emptions, then in orders chosen at random. A failure prints how to replay
// it; it belongs into pastFailures when it is mended.
func TestExplore(t *testing.T) {
	t.Parallel()
	var total, inOrder, played atomic.Int64
	all := scenarios()
	began := time.Now()
	t.Cleanup(func() {
		took := time.Since(began)
		t.Logf("%d schedules, %d of them in order, in %v: %.0f a second", total.Load(), inOrder.Load(), took.Round(time.Millisecond), float64(total.Load())/took.Seconds())
		if played.Load() == int64(len(all)) && total.Load() < fewest() && !t.Failed() {
			t.Errorf("%d schedules were tried, want at least %d", total.Load(), fewest())
		}
	})
	systematic, random := budget()
	for _, s := range all {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			n := everyOrder(t, &s, bounds{2, s.faults}, systematic)
			t.Logf("%d in order, %.0f a second", n, float64(n)/time.Since(began).Seconds())
			inOrder.Add(int64(n))
			total.Add(int64(n + someOrders(t, &s, random)))
			played.Add(1)
		})
	}
}

// everyOrder tries the orders within bounds, those with the fewest pre-emptions
// and faults first, and returns how many it tried.
func everyOrder(t *testing.T, s *scenario, within bounds, most int) (tried int) {
	synctest.Test(t, func(t *testing.T) {
		todo := make([][]schedule, within.preemptions+within.faults+1)
		todo[0] = []schedule{nil}
		for cost := 0; cost < len(todo); cost++ {
			for len(todo[cost]) > 0 && tried < most {
				last := len(todo[cost]) - 1
				o := todo[cost][last]
				todo[cost] = todo[cost][:last]
				_, moments, err := run(s, false, someFaults, following(o))
				if tried++; err != nil {
					t.Error(replay(s, moments, err))
					return
				}
				for c, branches := range beside(moments, len(o), within) {
					todo[c] = append(todo[c], branches...)
				}
			}
		}
	})
	return tried
}

// someOrders tries orders that are chosen at random, the same ones each time.
func someOrders(t *testing.T, s *scenario, most int) (tried int) {
	synctest.Test(t, func(t *testing.T) {
		for tried < most {
			r := rand.New(rand.NewPCG(uint64(tried), 4))
			_, moments, err := run(s, false, everyFault, wandering(r, r.IntN(5)))
			if tried++; err != nil {
				t.Error(replay(s, moments, err))
				return
			}
		}
	})
	return tried
}

// replayVariable holds a scenario and an order to replay.
const replayVariable = "JITACCESS_SCHEDULE"

func replay(s *scenario, moments []moment, err error) string {
	return fmt.Sprintf("%v\nTo replay: %s='%s %s' go test ./portal/activation -v -run TestExplore_Replay",
		err, replayVariable, s.name, scheduleOf(moments))
}

// pastFailures are schedules that have failed once.
var pastFailures = []string{
	// Another decision was told as one's own after a write that never arrived.
	"answers-lost-twice bA?AcBAA",
	"answers-lost bA?AcBBAA",
	// A refusal was told, and then the write arrived that had been lost.
	"two-approve fcB4B~BB4nfffb",
	"storm bA~AA#AmAaB",
	// Nobody was told who won.
	"answers-lost-twice cB~BB#BnBBb",
	"older-and-newer fdcfB~bnBB5ABAc",
	// A window that ran out was told as revoked.
	"time-passes cBfbbftAtA?A",
	// An approval and its revocation in one write.
	"one-instance aAcfbfdA4A~AmA4AA#AA",
	// A request that was asked for in the second of a revocation granted after it.
	"ended-and-revoked bAbacAAaB",
	// A revocation that came after the beneficiary's own end was told as the end.
	"ended-and-revoked bAbAaaBBcAAAA",
}

// TestExplore_Replay plays single schedules: those that have failed once, and
// the one in the environment.
func TestExplore_Replay(t *testing.T) {
	schedules := slices.Clone(pastFailures)
	if text := os.Getenv(replayVariable); text != "" {
		schedules = append(schedules, text)
	}
	for _, text := range schedules {
		t.Run(text, func(t *testing.T) {
			name, choices, _ := strings.Cut(text, " ")
			all := scenarios()
			i := slices.IndexFunc(all, func(s scenario) bool { return s.name == name })
			if i < 0 {
				t.Fatalf("there is no scenario %q", name)
			}
			synctest.Test(t, func(t *testing.T) {
				p, _, err := run(&all[i], false, "", following(parseSchedule(choices)))
				t.Log(p.story())
				if err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// An explorer that finds nothing proves nothing: a store without etags must not
// pass it.
func TestExplore_FindsWritesThatOverwriteOthers(t *testing.T) {
	for _, s := range scenarios()[:1] {
		synctest.Test(t, func(t *testing.T) {
			for seed := range uint64(200) {
				r := rand.New(rand.NewPCG(seed, 4))
				if _, _, err := run(&s, true, "", wandering(r, 0)); err != nil {
					return
				}
			}
			t.Errorf("%s: every schedule passed although no etag was checked", s.name)
		})
	}
}
