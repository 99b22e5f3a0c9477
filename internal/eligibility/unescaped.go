package eligibility

import (
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"
)

// JIT Access 1.8.1 puts a resource condition between parentheses into the activations that it
// writes, with all strings in double quotes and nothing in them escaped. A quote in a string ends
// it there, and what follows is read as part of the condition.

// survivesUnescaped is true if a resource condition, given as canonical text and tree, is the same
// tree once 1.8.1 has written it, or none that IAM takes.
func survivesUnescaped(text string, root ast.Expr) bool {
	if !strings.Contains(text, `\`) {
		return true
	}
	text, ok := unescaped(text)
	if !ok {
		return false
	}
	p, err := lenientParser()
	if err != nil {
		return false
	}
	other, err := parseWith(p, "("+text+")")
	return err != nil || ast.EquivExpr(other, root)
}

// unescaped is canonical text with what its strings stand for between their quotes. Bytes stay as
// they are.
func unescaped(text string) (string, bool) {
	var b strings.Builder
	for {
		before, _, found := strings.Cut(text, `"`)
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		quoted, err := strconv.QuotedPrefix(text[len(before):])
		if err != nil {
			return "", false
		}
		text = text[len(before)+len(quoted):]
		if strings.HasSuffix(before, "b") {
			b.WriteString(quoted)
			continue
		}
		value, err := strconv.Unquote(quoted)
		if err != nil {
			return "", false
		}
		b.WriteString(`"` + value + `"`)
	}
}
