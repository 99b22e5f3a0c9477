package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestReport_ShowsFailuresAndSkippedTests(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		events string
		want   string
		totals Totals
	}{
		"a package that passes is its closing line": {
			events: `{"Action":"start","Package":"p"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}
`,
			want:   "ok  \tp\t0.1s\n\n1 passed, 0 failed, 0 skipped\n",
			totals: Totals{Passed: 1},
		},
		"a failed test shows all that it said": {
			events: `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: got 1, want 2\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- FAIL: TestA (0.00s)\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
`,
			want:   "    a_test.go:1: got 1, want 2\n--- FAIL: TestA (0.00s)\nFAIL\tp\t0.1s\n\n0 passed, 1 failed, 0 skipped\n",
			totals: Totals{Failed: 1},
		},
		"a skipped test shows its reason": {
			events: `{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: no terraform\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- SKIP: TestA (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}
`,
			want:   "ok  \tp\t0.1s\n\nSKIP p TestA: a_test.go:1: no terraform\n0 passed, 0 failed, 1 skipped\n",
			totals: Totals{Skipped: 1},
		},
		"a package that does not compile is a failure": {
			events: `{"ImportPath":"p","Action":"build-output","Output":"p/a.go:1: syntax error\n"}
{"ImportPath":"p","Action":"build-fail"}
{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
{"Action":"fail","Package":"p","FailedBuild":"p"}
`,
			want:   "p/a.go:1: syntax error\nFAIL\tp [build failed]\n\n0 passed, 1 failed, 0 skipped\n",
			totals: Totals{Failed: 1},
		},
		"a test that never ended shows what it said": {
			events: `{"Action":"output","Package":"p","Test":"TestA","Output":"panic: at the disco\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
`,
			want:   "panic: at the disco\nFAIL\tp\t0.1s\n\n0 passed, 1 failed, 0 skipped\n",
			totals: Totals{Failed: 1},
		},
		"what is no event is copied": {
			events: "# p\nunexpected",
			want:   "# p\nunexpected\n0 passed, 0 failed, 0 skipped\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			totals, err := report(strings.NewReader(c.events), &out)
			if err != nil {
				t.Fatalf("report(%q) = %v", c.events, err)
			}
			if diff := cmp.Diff(c.want, out.String()); diff != "" {
				t.Errorf("output of %q (-want +got):\n%s", c.events, diff)
			}
			if diff := cmp.Diff(c.totals, totals); diff != "" {
				t.Errorf("totals of %q (-want +got):\n%s", c.events, diff)
			}
		})
	}
}

func TestReport_FailsWhenEventsBreakOff(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	if _, err := report(iotest.ErrReader(broken), io.Discard); !errors.Is(err, broken) {
		t.Errorf("report of a broken reader = %v, want %v", err, broken)
	}
}
