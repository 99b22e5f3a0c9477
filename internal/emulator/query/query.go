// Package query reads the search queries of Resource Manager and Cloud Asset:
// terms such as name:pay*, policy:"alice@example.com" or project=p, joined by
// juxtaposition, AND, OR, NOT and parentheses.
//
// It knows the shape of a query and nothing of its fields: whether a term
// matches is for the caller to say. It refuses what is not a query, and never
// panics.
package query

import (
	"errors"
	"fmt"
	"strings"
)

// Term is one condition of a query. Field is empty for free text; Operator is
// ":" or "=" (or empty for free text).
type Term struct{ Field, Operator, Value string }

// Query is a parsed query. The zero value matches everything.
type Query struct {
	terms []Term
	root  node
}

// node tells whether a part of a query holds, given which terms do.
type node func(holds func(Term) bool) bool

// Match tells whether the query holds, given which of its terms do.
func (q Query) Match(holds func(Term) bool) bool { return q.root == nil || q.root(holds) }

// Terms returns all terms in the order in which they stand.
func (q Query) Terms() []Term { return q.terms }

// maxDepth bounds the nesting of parentheses.
const maxDepth = 50

// Parse reads a query.
func Parse(text string) (Query, error) {
	words, err := split(text)
	if err != nil {
		return Query{}, err
	}
	if len(words) == 0 {
		return Query{}, nil
	}
	p := parser{words: words}
	root, err := p.either(0)
	if err != nil {
		return Query{}, err
	}
	if len(p.words) > 0 {
		return Query{}, fmt.Errorf("unexpected %q", p.words[0].text)
	}
	return Query{p.terms, root}, nil
}

// word is a term, an operator or a parenthesis; quoted ones are never the
// latter two.
type word struct {
	text   string
	quoted bool
}

func (w word) is(s string) bool { return !w.quoted && w.text == s }

// split cuts a text into words. Quotes keep blanks and parentheses together
// and are dropped; \ takes the next character as it is.
func split(text string) ([]word, error) {
	var words []word
	var current strings.Builder
	quoted, open, escaped := false, false, false
	flush := func() {
		if current.Len() > 0 || quoted {
			words = append(words, word{current.String(), quoted})
		}
		current.Reset()
		quoted = false
	}
	for _, c := range text {
		switch {
		case escaped:
			current.WriteRune(c)
			escaped = false
		case c == '\\':
			escaped = true
		case c == '"':
			open, quoted = !open, true
		case open:
			current.WriteRune(c)
		case c == ' ' || c == '\t' || c == '\n':
			flush()
		case c == '(' || c == ')':
			flush()
			words = append(words, word{text: string(c)})
		default:
			current.WriteRune(c)
		}
	}
	flush()
	if open || escaped {
		return nil, errors.New("the query ends in the middle of a text")
	}
	return words, nil
}

// parser reads words from the front. In a group that stands under a field,
// such as resource:(a OR b), terms without one belong to that field.
type parser struct {
	words []word
	group Term
	terms []Term
}

func (p *parser) next(s string) bool {
	if len(p.words) == 0 || !p.words[0].is(s) {
		return false
	}
	p.words = p.words[1:]
	return true
}

func (p *parser) either(depth int) (node, error) {
	left, err := p.every(depth)
	for err == nil && p.next("OR") {
		var right node
		one := left
		right, err = p.every(depth)
		left = func(holds func(Term) bool) bool { return one(holds) || right(holds) }
	}
	return left, err
}

func (p *parser) every(depth int) (node, error) {
	left, err := p.one(depth)
	for err == nil && len(p.words) > 0 && !p.words[0].is("OR") && !p.words[0].is(")") {
		p.next("AND")
		var right node
		one := left
		right, err = p.one(depth)
		left = func(holds func(Term) bool) bool { return one(holds) && right(holds) }
	}
	return left, err
}

func (p *parser) one(depth int) (node, error) {
	switch {
	case depth > maxDepth:
		return nil, errors.New("the query is nested too deeply")
	case p.next("NOT"):
		inner, err := p.one(depth + 1)
		return func(holds func(Term) bool) bool { return !inner(holds) }, err
	case p.next("("):
		inner, err := p.either(depth + 1)
		if err == nil && !p.next(")") {
			err = errors.New("a parenthesis is not closed")
		}
		return inner, err
	case len(p.words) == 0 || p.words[0].is("AND") || p.words[0].is("OR") || p.words[0].is(")"):
		return nil, errors.New("a term is missing")
	}
	return p.term(depth)
}

func (p *parser) term(depth int) (node, error) {
	text := p.words[0].text
	p.words = p.words[1:]
	term := Term{p.group.Field, p.group.Operator, text}
	if at := strings.IndexAny(text, ":="); at > 0 && p.group.Field == "" {
		term = Term{text[:at], text[at : at+1], text[at+1:]}
	}
	if term.Value == "" && len(p.words) > 0 && p.words[0].is("(") {
		p.group = term
		defer func() { p.group = Term{} }()
		return p.one(depth + 1)
	}
	p.terms = append(p.terms, term)
	return func(holds func(Term) bool) bool { return holds(term) }, nil
}
