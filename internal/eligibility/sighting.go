package eligibility

import (
	"regexp"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// sighting is a place where a marker was meant, as far as one can tell.
type sighting struct {
	// name is what stands there, field the marker's field that it resembles, "" for none.
	name, field string
	// where is "" for a clause of its own.
	where string
	// bare is true for a name that is no field of has({}).
	bare bool
}

func (s sighting) finding() Finding {
	field := s.field
	if field == "" {
		field = selfApprovalField
	}
	f := Finding{Write: wellFormed(field)}
	switch {
	case s.field == "":
		f.Seen = "The clause has({}." + s.name + ") is not a marker, and is never true."
	case !strings.EqualFold(s.name, s.field):
		f.Seen = "The marker " + s.field + " is misspelt: " + s.name + "."
	case s.where == "" || s.bare:
		f.Seen = "The name " + s.name + " is not written as has({}." + s.field + ")."
	default:
		f.Seen = "The marker " + s.name + " stands " + s.where + ", where it does not count."
	}
	return f
}

// sight finds the first place in a tree where a marker seems to be meant.
func sight(root ast.Expr) (sighting, bool) {
	return look(root, "")
}

func look(e ast.Expr, where string) (sighting, bool) {
	if name, ok := absent(e); ok {
		return sighting{name: name, field: resembled(name), where: where}, true
	}
	switch e.Kind() {
	case ast.IdentKind:
		return named(e.AsIdent(), where)
	case ast.SelectKind:
		if s, ok := named(e.AsSelect().FieldName(), where); ok {
			return s, true
		}
		return look(e.AsSelect().Operand(), where)
	case ast.LiteralKind:
		if text, ok := e.AsLiteral().(types.String); ok {
			name, field, ok := mentioned(string(text))
			return sighting{name: name, field: field, where: "in a string"}, ok
		}
	case ast.CallKind:
		return lookInCall(e.AsCall(), where)
	case ast.ListKind:
		return lookAtAll(e.AsList().Elements(), "in a list")
	case ast.MapKind:
		return lookAtAll(entries(e.AsMap()), "in a map")
	}
	return sighting{}, false
}

func lookInCall(call ast.CallExpr, where string) (sighting, bool) {
	if s, ok := named(call.FunctionName(), where); ok {
		return s, true
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
		if s, ok := look(call.Target(), where); ok {
			return s, true
		}
	}
	return lookAtAll(call.Args(), where)
}

func lookAtAll(all []ast.Expr, where string) (sighting, bool) {
	for _, e := range all {
		if s, ok := look(e, where); ok {
			return s, true
		}
	}
	return sighting{}, false
}

func entries(m ast.MapExpr) []ast.Expr {
	var all []ast.Expr
	for _, entry := range m.Entries() {
		all = append(all, entry.AsMapEntry().Key(), entry.AsMapEntry().Value())
	}
	return all
}

func named(name, where string) (sighting, bool) {
	field := resembled(name)
	return sighting{name: name, field: field, where: where, bare: true}, field != ""
}

var (
	ofNothing    = regexp.MustCompile(`(?i)has\s*\(\s*\{\s*\}`)
	knownMarkers = [...]string{selfApprovalField, multiPartyApprovalField, termsField}
)

// mentionsMarker is true if a marker may have been meant anywhere in the text, comments and strings
// included.
func mentionsMarker(text string) bool {
	if _, _, ok := mentioned(text); ok {
		return true
	}
	return strings.Contains(text, "{") && ofNothing.MatchString(text)
}

// mentioned is the first identifier in the text that resembles the field of a marker.
func mentioned(text string) (name, field string, ok bool) {
	for start := 0; start < len(text); start++ {
		end := start
		for end < len(text) && inIdentifier(text[end]) {
			end++
		}
		if field = resembled(text[start:end]); field != "" {
			return text[start:end], field, true
		}
		start = end
	}
	return "", "", false
}

func inIdentifier(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

// resembled is the field of the marker that a name is, or is nearly: in any case, with one slip in
// five letters.
func resembled(name string) string {
	for _, field := range knownMarkers {
		slips := len(field) / 5
		if diff := len(name) - len(field); diff < -slips || diff > slips {
			continue
		}
		if distance(strings.ToLower(name), strings.ToLower(field)) <= slips {
			return field
		}
	}
	return ""
}

// distance is the number of letters to insert, remove or replace to get from a to b.
func distance(a, b string) int {
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
