package main

import (
	"strings"
	"testing"
)

func TestFigure_MedianIsTheMiddle(t *testing.T) {
	t.Parallel()
	for want, samples := range map[float64][]float64{3: {9, 1, 3}, 2.5: {4, 1, 3, 2}, 7: {7}} {
		f := figure{samples: samples}
		if got := f.median(); got != want {
			t.Errorf("median of %v: got %v, want %v", samples, got, want)
		}
	}
}

func TestPrintTable_PutsAFigureBesideItsFloorAndGoal(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	err := printTable(&b, "Pages", []*figure{
		{name: "never measured", unit: "ms"},
		{name: "roles", unit: "times", samples: []float64{2.5, 2.1, 2.2}, floor: 2, goal: 2.3, counts: "3 calls"},
		{name: "memory", unit: "MiB", samples: []float64{123.4}},
	})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	want := [][]string{
		{"Pages"}, {},
		{"what", "unit", "min", "median", "max", "runs", "floor", "times", "the", "floor", "goal", "counted"},
		{"roles", "times", "2.10", "2.20", "2.50", "3", "2.00", "1.10", "2.30", "3", "calls"},
		{"memory", "MiB", "123", "123", "123", "1", "-", "-", "-"},
	}
	if len(lines) != len(want) {
		t.Fatalf("got %d lines, want %d:\n%s", len(lines), len(want), b.String())
	}
	for i, line := range lines {
		if got := strings.Join(strings.Fields(line), " "); got != strings.Join(want[i], " ") {
			t.Errorf("line %d: got %q, want %q", i, got, want[i])
		}
	}
}
