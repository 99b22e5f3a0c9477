package eligibility

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// verdict is what can be said about a condition before there is a request.
type verdict int

const (
	undecided verdict = iota
	never
	always
)

// mayGrant is false only for a condition that is false for every request.
func mayGrant(root ast.Expr) bool {
	return judge(root) != never
}

// judge knows markers, literals and logic, and is undecided about everything else.
func judge(e ast.Expr) verdict {
	if _, ok := emptyMapField(e); ok {
		return never
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return verdictOf(e.AsLiteral() == types.True, e.AsLiteral() == types.False)
	case ast.CallKind:
		return judgeCall(e.AsCall())
	}
	return undecided
}

func judgeCall(call ast.CallExpr) verdict {
	var given []verdict
	for _, arg := range call.Args() {
		given = append(given, judge(arg))
	}
	switch call.FunctionName() {
	case operators.LogicalAnd:
		return verdictOf(given[0] == always && given[1] == always, given[0] == never || given[1] == never)
	case operators.LogicalOr:
		return verdictOf(given[0] == always || given[1] == always, given[0] == never && given[1] == never)
	case operators.LogicalNot:
		return verdictOf(given[0] == never, given[0] == always)
	case operators.Equals:
		return judgeEqual(given[0], given[1])
	case operators.NotEquals:
		equal := judgeEqual(given[0], given[1])
		return verdictOf(equal == never, equal == always)
	}
	return undecided
}

func judgeEqual(a, b verdict) verdict {
	if a == undecided || b == undecided {
		return undecided
	}
	return verdictOf(a == b, a != b)
}

func verdictOf(isAlways, isNever bool) verdict {
	switch {
	case isAlways:
		return always
	case isNever:
		return never
	}
	return undecided
}
