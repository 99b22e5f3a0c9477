package view

import (
	"regexp"
	"strings"
)

// clause is one part of a resource condition, read aloud: what it asks of a resource, and the value that it asks for.
type clause struct{ words, value string }

// value is a string without anything that would have to be escaped; a condition with another one is not read aloud.
const value = `"([^"\\]*)"`

// readings are the parts of a resource condition that people know how to say.
var readings = []struct {
	form  *regexp.Regexp
	words string
}{
	{regexp.MustCompile(`^resource\.name\.startsWith\(` + value + `\)$`), "whose name begins with"},
	{regexp.MustCompile(`^resource\.name\.endsWith\(` + value + `\)$`), "whose name ends with"},
	{regexp.MustCompile(`^resource\.name == ` + value + `$`), "whose name is"},
	{regexp.MustCompile(`^resource\.type == ` + value + `$`), "whose type is"},
	{regexp.MustCompile(`^resource\.service == ` + value + `$`), "whose service is"},
}

// aloud reads a resource condition whose parts all have to hold. It is empty for every condition that it does not know in
// full: half a condition would say something else.
func aloud(condition string) []clause {
	var all []clause
	for part := range strings.SplitSeq(condition, " && ") {
		read, ok := aloudPart(part)
		if !ok {
			return nil
		}
		all = append(all, read)
	}
	return all
}

func aloudPart(part string) (clause, bool) {
	for _, r := range readings {
		if found := r.form.FindStringSubmatch(part); found != nil {
			return clause{r.words, found[1]}, true
		}
	}
	return clause{}, false
}
