package eligibility

import (
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"
)

// JIT Access 1.8.1 puts a resource condition between parentheses into the activations that it
// writes, with all strings in double quotes and nothing in them escaped. A quote in a string ends
// it there, and what follows is read as part of the condition.

// maxLenient bounds what the lenient parser is asked to read, in bytes: it is slow, and a longer
// condition that has quotes in its strings is none that people write.
const maxLenient = 100

// survivesUnescaped is true if a resource condition, given as canonical text and tree, is the same
// tree once 1.8.1 has written it, or none that IAM takes.
func survivesUnescaped(text string, root ast.Expr) bool {
	if !strings.Contains(text, `\`) {
		return true
	}
	text, intact, ok := unescaped(text)
	switch {
	case !ok:
		return false
	case intact:
		other, err := parseTree(text)
		return err != nil || ast.EquivExpr(other, root) // an error is that of a string, which nobody takes
	}
	text = "(" + text + ")"
	if other, err := parseTree(text); err == nil {
		return ast.EquivExpr(other, root)
	}
	p, err := lenientParser()
	if err != nil || len(text) > maxLenient {
		return false
	}
	_, err = parseWith(p, text)
	return err != nil
}

// unescaped is canonical text with what its strings stand for between their quotes. Bytes stay as
// they are. Intact says that each string still ends where it did.
func unescaped(text string) (raw string, intact, ok bool) {
	var b strings.Builder
	intact = true
	for {
		before, _, found := strings.Cut(text, `"`)
		b.WriteString(before)
		if !found {
			return b.String(), intact, true
		}
		quoted, err := strconv.QuotedPrefix(text[len(before):])
		if err != nil {
			return "", false, false
		}
		text = text[len(before)+len(quoted):]
		if strings.HasSuffix(before, "b") {
			b.WriteString(quoted)
			continue
		}
		value, err := strconv.Unquote(quoted)
		if err != nil {
			return "", false, false
		}
		b.WriteString(`"` + value + `"`)
		intact = intact && !strings.Contains(value, `"`) && !strings.HasSuffix(value, `\`)
	}
}
