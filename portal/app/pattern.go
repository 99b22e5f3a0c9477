package app

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// justificationPattern compiles a pattern made for JIT Access 1.8.1, which is
// Java's, to match as a whole. What Go's RE2 cannot express is an error that
// names it; so is what it would accept with another meaning.
func justificationPattern(pattern string) (*regexp.Regexp, error) {
	if pattern == "" || pattern == ".*" {
		return nil, nil
	}
	if construct := javaOnly(pattern); construct != "" {
		return nil, fmt.Errorf("has %s, which RE2 reads otherwise than Java; write the class without it", construct)
	}
	_, err := regexp.Compile(pattern) // alone: what surrounds it must not complete it
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

// javaOnly finds what stands inside a character class and means an intersection
// or a union in Java, and plain characters in RE2.
func javaOnly(pattern string) string {
	inside, start := false, 0
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\':
			i++
		case !inside:
			inside, start = c == '[', i
		case c == ']':
			inside = first(pattern[start:i])
		case c == '[':
			return "a class inside a class"
		case strings.HasPrefix(pattern[i:], "&&"):
			return "an intersection of classes (&&)"
		}
	}
	return ""
}

// first tells whether what comes next is the first character of a class that
// begins so: there a closing bracket stands for itself.
func first(class string) bool { return class == "[" || class == "[^" }
