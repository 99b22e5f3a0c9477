package view

import (
	"regexp"
	"strings"
)

// clause is one part of a resource condition in words: what it requires of a resource, and the
// value that it requires.
type clause struct{ words, value string }

// quotedString is a string without escapes. A condition with any other string is not put into
// words.
const quotedString = `"([^"\\]*)"`

// clauseForms are the parts of resource conditions that can be put into words.
var clauseForms = []struct {
	form  *regexp.Regexp
	words string
}{
	{regexp.MustCompile(`^resource\.name\.startsWith\(` + quotedString + `\)$`), "whose name begins with"},
	{regexp.MustCompile(`^resource\.name\.endsWith\(` + quotedString + `\)$`), "whose name ends with"},
	{regexp.MustCompile(`^resource\.name == ` + quotedString + `$`), "whose name is"},
	{regexp.MustCompile(`^resource\.type == ` + quotedString + `$`), "whose type is"},
	{regexp.MustCompile(`^resource\.service == ` + quotedString + `$`), "whose service is"},
}

// describeCondition puts a resource condition into words. It is nil unless every part of the
// condition is known: half a condition would mean something else.
func describeCondition(condition string) []clause {
	var all []clause
	for part := range strings.SplitSeq(condition, " && ") {
		read, ok := describeClause(part)
		if !ok {
			return nil
		}
		all = append(all, read)
	}
	return all
}

func describeClause(part string) (clause, bool) {
	for _, r := range clauseForms {
		if found := r.form.FindStringSubmatch(part); found != nil {
			return clause{r.words, found[1]}, true
		}
	}
	return clause{}, false
}
