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

// everyFault are the faults in random schedules. Those that are tried systematically have only some
// of them.
const everyFault, someFaults = "!?~#54", "!?~#"

// budget is how many schedules of each scenario are tried: all with at most two pre-emptions up to
// a maximum, and then random ones.
func budget() (systematic, random int) {
	if raceDetector || testing.Short() {
		return 60, 120
	}
	return 1 << 20, 4000
}

// minSchedules is how many schedules a run of all scenarios must try, so that a scenario that has
// shrunk is noticed.
func minSchedules() int64 {
	if raceDetector || testing.Short() {
		return 2_000
	}
	return 100_000
}

// TestExplore runs every scenario under every schedule of its calls with at most two pre-emptions,
// and then under random ones. A failure prints how to replay it. Add it to pastFailures when it is
// fixed.
func TestExplore(t *testing.T) {
	t.Parallel()
	var total, inOrder, played atomic.Int64
	all := scenarios()
	began := time.Now()
	t.Cleanup(func() {
		took := time.Since(began)
		t.Logf("%d schedules, %d of them in order, in %v: %.0f a second", total.Load(), inOrder.Load(), took.Round(time.Millisecond), float64(total.Load())/took.Seconds())
		if played.Load() == int64(len(all)) && total.Load() < minSchedules() && !t.Failed() {
			t.Errorf("%d schedules were tried, want at least %d", total.Load(), minSchedules())
		}
	})
	systematic, random := budget()
	for _, s := range all {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			n := tryAllSchedules(t, &s, bounds{2, s.faults}, systematic)
			t.Logf("%d in order, %.0f a second", n, float64(n)/time.Since(began).Seconds())
			inOrder.Add(int64(n))
			total.Add(int64(n + tryRandomSchedules(t, &s, random)))
			played.Add(1)
		})
	}
}

// tryAllSchedules tries the schedules within bounds, those with the fewest pre-emptions and faults
// first, and returns how many it tried.
func tryAllSchedules(t *testing.T, s *scenario, within bounds, most int) (tried int) {
	synctest.Test(t, func(t *testing.T) {
		todo := make([][]schedule, within.preemptions+within.faults+1)
		todo[0] = []schedule{nil}
		for cost := 0; cost < len(todo); cost++ {
			for len(todo[cost]) > 0 && tried < most {
				last := len(todo[cost]) - 1
				o := todo[cost][last]
				todo[cost] = todo[cost][:last]
				_, moments, err := runScenario(s, false, someFaults, replayChoices(o))
				if tried++; err != nil {
					t.Error(replay(s, moments, err))
					return
				}
				for c, branches := range branchesOf(moments, len(o), within) {
					todo[c] = append(todo[c], branches...)
				}
			}
		}
	})
	return tried
}

// tryRandomSchedules tries random schedules, the same ones each time.
func tryRandomSchedules(t *testing.T, s *scenario, most int) (tried int) {
	synctest.Test(t, func(t *testing.T) {
		for tried < most {
			r := rand.New(rand.NewPCG(uint64(tried), 4))
			_, moments, err := runScenario(s, false, everyFault, randomChoices(r, r.IntN(5)))
			if tried++; err != nil {
				t.Error(replay(s, moments, err))
				return
			}
		}
	})
	return tried
}

// replayVariable is the environment variable with a scenario and a schedule to replay.
const replayVariable = "JITACCESS_SCHEDULE"

func replay(s *scenario, moments []branchPoint, err error) string {
	return fmt.Sprintf("%v\nTo replay: %s='%s %s' go test ./portal/activation -v -run TestExplore_Replay",
		err, replayVariable, s.name, scheduleOf(moments))
}

// pastFailures are schedules that have failed once.
var pastFailures = []string{
	// Another decision was reported as one's own after a write that never arrived.
	"responses-lost-twice bA?AcBAA",
	"responses-lost bA?AccBAA",
	// A refusal was reported, and then the write arrived that had been lost.
	"two-approve fcB4B~BB4nfffb",
	"storm bA~AA#AmAaa",
	// No operation was reported as the one that wrote the decision.
	"responses-lost-twice cB~BB#BnBBb",
	"older-and-newer fddcfB~bnBB5ABAc",
	// A window that ran out was reported as revoked.
	"time-passes cBfbbftbtA?A",
	// An approval and its revocation in one write.
	"one-instance aacfbfddA4A~AmA4AA#AA",
	// A request that was made in the second of a revocation granted access after it.
	"ended-and-revoked bAbabcAAaa",
	// A revocation that came after the beneficiary's own end was reported as the end.
	"ended-and-revoked bAbbaaaBcAAAA",
}

// TestExplore_Replay runs single schedules: those that have failed once, and the one in the
// environment.
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
				p, _, err := runScenario(&all[i], false, "", replayChoices(parseSchedule(choices)))
				t.Log(p.trace())
				if err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// The explorer has to find the failures of a store that checks no etags.
func TestExplore_FindsWritesThatOverwriteOthers(t *testing.T) {
	for _, s := range scenarios()[:1] {
		synctest.Test(t, func(t *testing.T) {
			for seed := range uint64(200) {
				r := rand.New(rand.NewPCG(seed, 4))
				if _, _, err := runScenario(&s, true, "", randomChoices(r, 0)); err != nil {
					return
				}
			}
			t.Errorf("%s: every schedule passed although no etag was checked", s.name)
		})
	}
}
