package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// figure is one line of a table: what was measured several times, its lower bound and its goal.
type figure struct {
	name    string
	unit    string
	samples []float64
	floor   float64 // in the same unit; 0 where there is none
	goal    float64 // in the same unit; 0 where there is none
	counts  string  // what the journal counted
}

func (f *figure) add(sample float64) { f.samples = append(f.samples, sample) }

// median is the middle sample, or the mean of the two in the middle.
func (f *figure) median() float64 {
	sorted := slices.Sorted(slices.Values(f.samples))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// printTable writes figures as a table. It judges nothing.
func printTable(w io.Writer, title string, figures []*figure) error {
	fmt.Fprintf(w, "\n%s\n\n", title)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\tunit\tmin\tmedian\tmax\truns\tfloor\ttimes the floor\tgoal\tcounted")
	for _, f := range figures {
		if len(f.samples) == 0 {
			continue
		}
		ratio := "-"
		if f.floor > 0 {
			ratio = fmt.Sprintf("%.2f", f.median()/f.floor)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", f.name, f.unit, number(slices.Min(f.samples)), number(f.median()),
			number(slices.Max(f.samples)), len(f.samples), number(f.floor), ratio, number(f.goal), f.counts)
	}
	return t.Flush()
}

// number writes a figure with three significant digits; 0 means that there is none.
func number(x float64) string {
	switch {
	case x == 0:
		return "-"
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	case x < 100:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}
