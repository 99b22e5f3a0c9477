package eligibility

import (
	"regexp"
	"strings"
)

// The rule of JIT Access 1.8.1, which reads conditions as text. It is kept with its weaknesses (it
// knows neither trailing comments, nor escapes, nor that a string may hold a parenthesis), because
// the bindings in the field were written for it; reading the tree beside it makes up for them.

// clauses splits a condition at every && that 1.8.1 takes for a top-level one: outside parentheses,
// and with an even number of quotes of each kind before it. Lines that start with // are dropped
// first.
func clauses(expression string) []string {
	text := dropCommentLines(expression)
	var all []string
	var depth, start int
	var single, double bool
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '\'':
			single = !single
		case '"':
			double = !double
		case '&':
			if depth == 0 && !single && !double && strings.HasPrefix(text[i:], "&&") {
				all = append(all, text[start:i])
				i++
				start = i + 1
			}
		}
	}
	if start < len(text) {
		all = append(all, text[start:])
	}
	return all
}

func dropCommentLines(expression string) string {
	if !strings.Contains(expression, "//") {
		return expression
	}
	var lines []string
	for line := range strings.SplitSeq(expression, "\n") {
		if !strings.HasPrefix(strings.TrimLeft(line, asciiBlanks), "//") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// asciiBlanks are what 1.8.1 trims from a line: everything up to the blank.
var asciiBlanks = func() string {
	var b strings.Builder
	for r := rune(0); r <= ' '; r++ {
		b.WriteRune(r)
	}
	return b.String()
}()

// joined puts clauses back together the way 1.8.1 does before it parses them.
func joined(clauses []string) string {
	if len(clauses) == 0 {
		return ""
	}
	return "(" + strings.Join(clauses, ") && (") + ")"
}

// The patterns see a clause in lower case and without blanks. The dot before the field is any
// character, as in 1.8.1.
var (
	selfApprovalPattern       = markerPattern(selfApprovalField)
	multiPartyApprovalPattern = markerPattern(multiPartyApprovalField)
)

func markerPattern(field string) *regexp.Regexp {
	return regexp.MustCompile(`^[\s\v]*has\([\s\v]*\{[\s\v]*\}.` + strings.ToLower(field) + `[\s\v]*\)[\s\v]*$`)
}

// textReading is what 1.8.1 makes of a condition.
type textReading struct {
	constraint Constraint
	// rest are the clauses that are no marker, in order.
	rest []string
}

// readText applies the rule of 1.8.1; the bool says whether it takes the condition for that of an
// eligible binding. Both markers together mean self-approval.
func readText(expression string) (textReading, bool) {
	var r textReading
	for _, clause := range clauses(expression) {
		c := textMarker(clause)
		switch {
		case c == "":
			r.rest = append(r.rest, clause)
		case r.constraint != SelfApproval:
			r.constraint = c
		}
	}
	return r, r.constraint != ""
}

func textMarker(clause string) Constraint {
	folded := strings.ReplaceAll(strings.ToLower(clause), " ", "")
	switch {
	case !strings.Contains(folded, "constraint"):
		return ""
	case selfApprovalPattern.MatchString(folded):
		return SelfApproval
	case multiPartyApprovalPattern.MatchString(folded):
		return MultiPartyApproval
	}
	return ""
}
