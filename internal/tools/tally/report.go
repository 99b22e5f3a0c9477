package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// An event is one line of go test -json, see go doc test2json.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// Totals counts tests, subtests among them. A package that fails without a failing test (it does
// not compile, it panics) is one failure.
type Totals struct{ Passed, Failed, Skipped int }

func (t Totals) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", t.Passed, t.Failed, t.Skipped)
}

type test struct{ pkg, name string }

type reporter struct {
	out     io.Writer
	totals  Totals
	output  map[test][]string // of tests that have not ended, and of packages under the empty name
	failed  map[string]bool   // packages with a failed test
	skipped []string
}

// report copies what matters of go test's events to out and closes with the totals alone on a line.
// Lines that are no events are copied as they are. An error means that events could not be read to
// the end.
func report(events io.Reader, out io.Writer) (Totals, error) {
	r := &reporter{out: out, output: map[test][]string{}, failed: map[string]bool{}}
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			r.line(line)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return r.totals, fmt.Errorf("reading go test's events: %w", err)
		}
	}
	r.close()
	return r.totals, nil
}

func (r *reporter) line(line string) {
	var e event
	if err := json.Unmarshal([]byte(line), &e); err != nil || e.Action == "" {
		fmt.Fprint(r.out, line)
		return
	}
	t := test{e.Package, e.Test}
	switch e.Action {
	case "output":
		r.output[t] = append(r.output[t], e.Output)
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.endPackage(t, e.Action)
		} else {
			r.endTest(t, e.Action)
		}
		delete(r.output, t)
	}
}

func (r *reporter) endTest(t test, action string) {
	switch action {
	case "pass":
		r.totals.Passed++
	case "skip":
		r.totals.Skipped++
		r.skipped = append(r.skipped, "SKIP "+t.pkg+" "+t.name+": "+reason(r.output[t]))
	case "fail":
		r.totals.Failed++
		r.failed[t.pkg] = true
		r.print(r.output[t])
	}
}

// endPackage prints go test's closing line, preceded by everything that is not accounted for if the
// package failed.
func (r *reporter) endPackage(t test, action string) {
	lines := r.output[t]
	if action != "fail" {
		r.print(lines[max(0, len(lines)-1):])
		return
	}
	if !r.failed[t.pkg] {
		r.totals.Failed++
	}
	for unfinished, output := range r.output {
		if unfinished.pkg == t.pkg && unfinished.name != "" {
			r.print(output)
			delete(r.output, unfinished)
		}
	}
	r.print(lines)
}

func (r *reporter) print(lines []string) {
	for _, line := range lines {
		fmt.Fprint(r.out, line)
	}
}

func (r *reporter) close() {
	slices.Sort(r.skipped)
	fmt.Fprintln(r.out)
	for _, line := range r.skipped {
		fmt.Fprintln(r.out, line)
	}
	fmt.Fprintln(r.out, r.totals)
}

// reason is what a skipped test said, without go test's own lines.
func reason(output []string) string {
	var said []string
	for _, line := range output {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			said = append(said, line)
		}
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return strings.Join(said, " ")
}
