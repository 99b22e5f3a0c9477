// Package query reads the search queries of Resource Manager and Cloud Asset: terms such as
// name:pay*, policy:"alice@example.com" or project=p, joined by juxtaposition and AND, or by OR.
//
// It knows the grammar of a query, and nothing of its fields: callers decide whether a term
// matches. Google documents more: NOT, parentheses, escapes, AND beside OR. They are refused,
// because no client here sends them.
package query

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Term is one condition of a query. Field is empty for free text; Operator is ":" or "=" (or empty
// for free text).
type Term struct{ Field, Operator, Value string }

// Query is a parsed query: all of its terms have to hold, or any. The zero value matches
// everything.
type Query struct {
	Terms []Term
	any   bool
}

// Match tells whether the query holds, given which of its terms do.
func (q Query) Match(holds func(Term) bool) bool {
	if q.any {
		return slices.ContainsFunc(q.Terms, holds)
	}
	return !slices.ContainsFunc(q.Terms, func(t Term) bool { return !holds(t) })
}

// word is a term or an operator. Quotes keep blanks and everything else together.
var word = regexp.MustCompile(`(?:[^\s"()\\]|"[^"\\]*")+`)

// Parse reads a query.
func Parse(text string) (Query, error) {
	if rest := strings.TrimSpace(word.ReplaceAllString(text, "")); rest != "" {
		return Query{}, fmt.Errorf("%q is not understood", rest)
	}
	var q Query
	var operators []string
	termMissing := false
	for _, w := range word.FindAllString(text, -1) {
		isOperator := w == "AND" || w == "OR"
		switch {
		case w == "NOT":
			return Query{}, errors.New("NOT is not understood")
		case isOperator && (termMissing || len(q.Terms) == 0):
			return Query{}, errors.New("a term is missing")
		case isOperator:
			operators, termMissing = append(operators, w), true
		default:
			if !termMissing && len(q.Terms) > 0 {
				operators = append(operators, "AND")
			}
			q.Terms, termMissing = append(q.Terms, parseTerm(w)), false
		}
	}
	q.any = slices.Contains(operators, "OR")
	switch {
	case termMissing:
		return Query{}, errors.New("a term is missing")
	case q.any && slices.Contains(operators, "AND"):
		return Query{}, errors.New("AND beside OR is not understood")
	}
	return q, nil
}

var fielded = regexp.MustCompile(`^([^":=]+)([:=])(.*)$`)

func parseTerm(w string) Term {
	if parts := fielded.FindStringSubmatch(w); parts != nil {
		return Term{parts[1], parts[2], strings.ReplaceAll(parts[3], `"`, "")}
	}
	return Term{Value: strings.ReplaceAll(w, `"`, "")}
}
