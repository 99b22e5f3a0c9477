package notify

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// How much of an input reaches a mail; more is cut, with an ellipsis.
const (
	maxName      = 320  // an address, a project, a role
	maxText      = 1000 // a justification, a reason
	maxCondition = 2000
	maxLink      = 2048
	maxPeople    = 100
)

const ellipsis = "..."

// prose is free text as one line: control characters, line ends, invisible characters and those
// that change the direction of writing become blanks, and runs of blanks become one.
func prose(s string, most int) string {
	// Cut first, so that the work is bounded too. Each rune has at most four bytes.
	if len(s) > 8*most {
		s = s[:8*most]
	}
	s = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsGraphic(r) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-len(ellipsis)]) + ellipsis
	}
	return s
}

// ascii is code as one line of printable ASCII. What is not ASCII is written as its code point, so
// that it cannot be taken for another character.
func ascii(s string, most int) string { return escape(s, most, ' ') }

// name is an identifier: as ascii, but blanks are written as code points too, so that it stays one
// word.
func name(s string) string { return escape(s, maxName, '!') }

func escape(s string, most int, from rune) string {
	var b strings.Builder
	for _, r := range prose(s, most) {
		if from <= r && r <= '~' {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, "\\u{%x}", r)
	}
	return prose(b.String(), most)
}

// subject is a name that mail clients do not decode when it stands in a subject (RFC 2047).
func subject(s string) string { return strings.ReplaceAll(name(s), "=?", `=\u{3f}`) }

// parseLink parses an address that a mail may link to.
func parseLink(s string) (*url.URL, error) {
	if len(s) > maxLink {
		return nil, fmt.Errorf("an address of %d characters is too long", len(s))
	}
	if s != ascii(s, maxLink) || strings.ContainsAny(s, " \"<>\\^`{|}") {
		return nil, errors.New("an address holds characters that it must not hold")
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, errors.New("an address cannot be read")
	}
	if u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return nil, errors.New("an address does not begin with https://HOST or http://HOST")
	}
	return u, nil
}
