package eligibility

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"cel.dev/cel-go/common/ast"
)

// Window is the time in which an activation grants its role: half open, [Start, End), in UTC and
// whole seconds.
type Window struct{ Start, End time.Time }

// Contains is true from Start on, until just before End, as IAM evaluates the condition.
func (w Window) Contains(t time.Time) bool {
	return !t.Before(w.Start) && t.Before(w.End)
}

// Duration is the length of the window; an activation that was ended at once has none.
func (w Window) Duration() time.Duration {
	return w.End.Sub(w.Start)
}

// wholeSeconds is the window in UTC and whole seconds.
func (w Window) wholeSeconds() Window {
	return Window{Start: w.Start.UTC().Truncate(time.Second), End: w.End.UTC().Truncate(time.Second)}
}

// windowPattern is how JIT Access 1.8.1 recognises the clause with the window: exactly these blanks
// and quotes, and at least one pair of parentheses around it.
var windowPattern = regexp.MustCompile(
	`^[\s\v]*\(+request\.time >= timestamp\("(.*)"\) && request\.time < timestamp\("(.*)"\)\)+[\s\v]*$`)

var (
	errMarked   = errors.New("it carries a marker")
	errNoWindow = errors.New("its condition has no window of the form (request.time >= timestamp(\"START\") && request.time < timestamp(\"END\"))")
	errUnclear  = errors.New("its condition can be read in two ways")
)

// windowReading is what readWindow returns.
type windowReading struct {
	condition string
	window    Window
	err       error
}

var windowReadings = &remembered[windowReading]{read: func(expression string) (r windowReading) {
	r.condition, r.window, r.err = readNewWindow(expression)
	return r
}}

// readWindow reads the condition of an activation: its resource condition in canonical text, and
// its window.
func readWindow(expression string) (condition string, w Window, err error) {
	r := windowReadings.of(expression)
	return r.condition, r.window, r.err
}

func readNewWindow(expression string) (condition string, w Window, err error) {
	all := clauses(expression)
	times, rest, err := splitWindow(all)
	if err != nil {
		return "", w, err
	}
	if w, err = parseWindow(times); err != nil {
		return "", w, err
	}
	condition, err = readWindowRest(rest)
	// What is written as we write it has only one tree, and the text has just said the same.
	if err == nil && writeWindow(w, condition) == expression {
		return condition, w, nil
	}
	root, unparsed := parseTree(expression)
	switch {
	case err != nil:
		return "", w, err
	case unparsed != nil:
		return "", w, fmt.Errorf("its condition cannot be read: %w", unparsed)
	case !sameTree(joined(all), root):
		return "", w, errUnclear
	}
	return condition, w, nil
}

// splitWindow separates the first clause with a window, of which it returns what windowPattern
// found, from the others.
func splitWindow(all []string) (times, rest []string, err error) {
	for _, clause := range all {
		if textMarker(clause) != "" {
			return nil, nil, errMarked
		}
		if times == nil {
			if times = windowPattern.FindStringSubmatch(clause); times != nil {
				continue
			}
		}
		rest = append(rest, clause)
	}
	if times == nil {
		return nil, nil, errNoWindow
	}
	return times, rest, nil
}

func parseWindow(times []string) (Window, error) {
	start, err := time.Parse(time.RFC3339, times[1])
	if err != nil {
		return Window{}, errors.New("the start of its window is not a time")
	}
	end, err := time.Parse(time.RFC3339, times[2])
	if err != nil {
		return Window{}, errors.New("the end of its window is not a time")
	}
	w := Window{Start: start, End: end}.wholeSeconds()
	if w.Duration() < 0 {
		return Window{}, errors.New("its window ends before it starts")
	}
	return w, nil
}

// readWindowRest is the canonical text of the clauses beside the window.
func readWindowRest(rest []string) (string, error) {
	if len(rest) == 0 {
		return "", nil
	}
	root, err := parseTree(joined(rest))
	if err != nil {
		return "", fmt.Errorf("its resource condition cannot be read: %w", err)
	}
	if hasMarker(root) {
		return "", errMarked
	}
	text, err := canonical(root)
	if err != nil {
		return "", fmt.Errorf("its resource condition cannot be read: %w", err)
	}
	return text, nil
}

// hasMarker is true for any marker of ours among the clauses, terms included.
func hasMarker(root ast.Expr) bool {
	for _, clause := range conjuncts(root) {
		if treeMarker(clause) != "" || termsMarker(clause) {
			return true
		}
	}
	return false
}

// writeWindow is the condition of an activation. The parentheses are those of JIT Access 1.8.1.
func writeWindow(w Window, condition string) string {
	w = w.wholeSeconds()
	var b strings.Builder
	fmt.Fprintf(&b, `(request.time >= timestamp("%s") && request.time < timestamp("%s"))`,
		w.Start.Format(time.RFC3339), w.End.Format(time.RFC3339))
	if condition == "" {
		return b.String()
	}
	return "(" + b.String() + ") && (" + condition + ")"
}
