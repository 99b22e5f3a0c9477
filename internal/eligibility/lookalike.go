package eligibility

import (
	"regexp"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// lookalike is a name in a condition that was probably meant as a marker.
type lookalike struct {
	// name is what stands there; field is the marker's field that it resembles, "" for none.
	name, field string
	// where is "" for a clause of its own.
	where string
	// nameOnly is true for a name that is no field of has({}).
	nameOnly bool
}

func (l lookalike) finding() Finding {
	field := l.field
	if field == "" {
		field = selfApprovalField
	}
	f := Finding{Write: howToWrite(field)}
	switch {
	case l.field == "":
		f.Seen = "The clause has({}." + l.name + ") is not a marker, and is never true."
	case !strings.EqualFold(l.name, l.field):
		f.Seen = "The marker " + l.field + " is misspelt: " + l.name + "."
	case l.where == "" || l.nameOnly:
		f.Seen = "The name " + l.name + " is not written as has({}." + l.field + ")."
	default:
		f.Seen = "The marker " + l.name + " stands " + l.where + ", where it does not count."
	}
	return f
}

// findLookalike returns the first name in a tree that was probably meant as a marker. The tree
// stands where it says, which is "" for a clause of its own.
func findLookalike(e ast.Expr, where string) (lookalike, bool) {
	if name, ok := emptyMapField(e); ok {
		return lookalike{name: name, field: resembledField(name), where: where}, true
	}
	switch e.Kind() {
	case ast.IdentKind:
		return lookalikeNamed(e.AsIdent(), where)
	case ast.SelectKind:
		if found, ok := lookalikeNamed(e.AsSelect().FieldName(), where); ok {
			return found, true
		}
		return findLookalike(e.AsSelect().Operand(), where)
	case ast.LiteralKind:
		if text, ok := e.AsLiteral().(types.String); ok {
			name, field, ok := firstMention(string(text))
			return lookalike{name: name, field: field, where: "in a string"}, ok
		}
	case ast.CallKind:
		return findInCall(e.AsCall(), where)
	case ast.ListKind:
		return findInAll(e.AsList().Elements(), "in a list")
	case ast.MapKind:
		return findInAll(mapEntries(e.AsMap()), "in a map")
	}
	return lookalike{}, false
}

func findInCall(call ast.CallExpr, where string) (lookalike, bool) {
	if found, ok := lookalikeNamed(call.FunctionName(), where); ok {
		return found, true
	}
	switch call.FunctionName() {
	case operators.LogicalAnd:
	case operators.LogicalOr:
		where = "beside || or inside it"
	case operators.LogicalNot:
		where = "behind ! (a negation)"
	case operators.Equals, operators.NotEquals:
		where = "in a comparison"
	case operators.Conditional:
		where = "in a choice (? :)"
	default:
		if !strings.EqualFold(call.FunctionName(), "has") {
			where = "inside another expression"
		}
	}
	if call.IsMemberFunction() {
		if found, ok := findLookalike(call.Target(), where); ok {
			return found, true
		}
	}
	return findInAll(call.Args(), where)
}

func findInAll(all []ast.Expr, where string) (lookalike, bool) {
	for _, e := range all {
		if found, ok := findLookalike(e, where); ok {
			return found, true
		}
	}
	return lookalike{}, false
}

func mapEntries(m ast.MapExpr) []ast.Expr {
	var all []ast.Expr
	for _, entry := range m.Entries() {
		all = append(all, entry.AsMapEntry().Key(), entry.AsMapEntry().Value())
	}
	return all
}

func lookalikeNamed(name, where string) (lookalike, bool) {
	field := resembledField(name)
	return lookalike{name: name, field: field, where: where, nameOnly: true}, field != ""
}

var (
	hasOfEmptyMap = regexp.MustCompile(`(?i)has\s*\(\s*\{\s*\}`)
	knownMarkers  = [...]string{selfApprovalField, multiPartyApprovalField, termsField}
)

// mentionsMarker is true if a marker may have been meant anywhere in the text, comments and strings
// included.
func mentionsMarker(text string) bool {
	if _, _, ok := firstMention(text); ok {
		return true
	}
	return strings.Contains(text, "{") && hasOfEmptyMap.MatchString(text)
}

// firstMention is the first identifier in the text that resembles the field of a marker.
func firstMention(text string) (name, field string, ok bool) {
	for start := 0; start < len(text); start++ {
		end := start
		for end < len(text) && identifierByte(text[end]) {
			end++
		}
		if field = resembledField(text[start:end]); field != "" {
			return text[start:end], field, true
		}
		start = end
	}
	return "", "", false
}

func identifierByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

// resembledField is the field of a marker that a name spells, in any case and with up to one letter
// in five wrong; "" for none.
func resembledField(name string) string {
	for _, field := range knownMarkers {
		mistakes := len(field) / 5
		if diff := len(name) - len(field); diff < -mistakes || diff > mistakes {
			continue
		}
		if editDistance(strings.ToLower(name), strings.ToLower(field)) <= mistakes {
			return field
		}
	}
	return ""
}

// editDistance is the number of letters to insert, remove or replace to get from a to b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
