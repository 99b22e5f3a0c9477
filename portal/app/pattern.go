package app

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// justificationPattern compiles a pattern made for JIT Access 1.8.1, whose syntax is Java's, to
// match a whole text. What Go's RE2 cannot express is an error that names it, and so is what RE2
// would accept with another meaning.
func justificationPattern(pattern string) (*regexp.Regexp, error) {
	if pattern == "" || pattern == ".*" {
		return nil, nil
	}
	if construct := javaOnlyConstruct(pattern); construct != "" {
		return nil, fmt.Errorf("has %s, which RE2 reads otherwise than Java; write the class without it", construct)
	}
	_, err := regexp.Compile(pattern) // by itself, so that the group around it does not complete it
	var compiled *regexp.Regexp
	if err == nil {
		compiled, err = regexp.Compile("^(?:" + pattern + ")$")
	}
	var reason *syntax.Error
	if errors.As(err, &reason) {
		return nil, fmt.Errorf("is no pattern that RE2 can match: %s: %q; see github.com/google/re2/wiki/Syntax", reason.Code, reason.Expr)
	}
	return compiled, err
}

// javaOnlyConstruct names what in a character class is an intersection or a union in Java, but
// plain characters in RE2.
func javaOnlyConstruct(pattern string) string {
	inside, start := false, 0
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\':
			i++
		case !inside:
			inside, start = c == '[', i
		case c == ']':
			begun := pattern[start:i]
			inside = begun == "[" || begun == "[^" // as the first character of a class, a bracket stands for itself
		case c == '[':
			return "a class inside a class"
		case strings.HasPrefix(pattern[i:], "&&"):
			return "an intersection of classes (&&)"
		}
	}
	return ""
}
