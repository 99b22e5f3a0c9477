package eligibility

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// countedLength remembers the lengths of texts, and counts how often each was measured.
func countedLength() (m *remembered[int], times map[string]int) {
	times = map[string]int{}
	m = &remembered[int]{read: func(text string) int {
		times[text]++
		return len(text)
	}}
	return m, times
}

func TestRemembered_ReadsATextOnce(t *testing.T) {
	t.Parallel()
	m, times := countedLength()
	for range 3 {
		for _, text := range []string{"", "a", "bb", strings.Repeat("c", maxRemembered)} {
			if got := m.of(text); got != len(text) {
				t.Errorf("%.10q has the length %d", text, got)
			}
		}
	}
	for text, n := range times {
		if n != 1 {
			t.Errorf("%.10q was read %d times", text, n)
		}
	}
}

func TestRemembered_KeepsNoLongTexts(t *testing.T) {
	t.Parallel()
	m, times := countedLength()
	long := strings.Repeat("c", maxRemembered+1)
	m.of(long)
	m.of(long)
	if times[long] != 2 || len(m.young)+len(m.old) != 0 {
		t.Errorf("read %d times and kept %d, want 2 and none", times[long], len(m.young)+len(m.old))
	}
}

// However many texts somebody writes, memory is bounded, and what others go on asking for stays.
func TestRemembered_AFloodDrivesOutOnlyWhatNobodyAsksFor(t *testing.T) {
	t.Parallel()
	m, times := countedLength()
	honest := make([]string, 200)
	for i := range honest {
		honest[i] = fmt.Sprintf("resource.name == 'projects/_/buckets/%d'", i)
	}
	for i := range 50_000 {
		m.of(fmt.Sprintf("%0*d", i%maxRemembered, i))
		if i%100 == 0 {
			for _, text := range honest {
				m.of(text)
			}
		}
		if i%1000 != 0 {
			continue
		}
		bytes := 0
		for _, generation := range []map[string]int{m.young, m.old} {
			for text := range generation {
				bytes += len(text) + entryBytes
			}
		}
		if bytes > 2*generationBytes {
			t.Fatalf("it holds %d bytes", bytes)
		}
	}
	for _, text := range honest {
		if times[text] != 1 {
			t.Errorf("%s was read %d times", text, times[text])
		}
	}
}

func TestRemembered_IsForSeveralAtTheSameTime(t *testing.T) {
	t.Parallel()
	m := &remembered[int]{read: func(text string) int { return len(text) }}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 20_000 {
				if text := strings.Repeat("x", i%700); m.of(text) != len(text) {
					t.Errorf("%d is %d", len(text), m.of(text))
				}
			}
		})
	}
	all.Wait()
}

// What is remembered of a condition depends on all that its reading depends on, and nobody can
// change it.
func TestReadEligible_ReadsTheSameTheSecondTime(t *testing.T) {
	t.Parallel()
	for _, expression := range []string{selfMarker + " && " + disksOnly, "has({}.jitAccesConstraint) && true", "jitAccessConstraint ==", disksOnly} {
		for _, description := range []string{"", "Own text [jitaccess max=4h]", "", "[JITACCESS max=4h]"} {
			c := Condition{Title: "x", Description: description, Expression: expression}
			first, firstOK, findings := ReadEligible(c)
			want := readEligible(expression, description != "")
			for i := range findings {
				findings[i].Seen = "changed"
			}
			second, secondOK, again := ReadEligible(c)
			if first != want.eligible || second != first || firstOK != want.ok || secondOK != firstOK || !cmp.Equal(again, want.findings) {
				t.Errorf("%+v: got %+v %v, then %+v %v %+v; want %+v", c, first, firstOK, second, secondOK, again, want)
			}
		}
	}
}
