package eligibility

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/parser"
)

const (
	// maxExpression bounds what is parsed, in bytes. Google's policies are a few tens of kilobytes
	// as a whole.
	maxExpression = 12 << 10
	// maxNesting bounds how deep expressions may nest.
	maxNesting = 100
)

// Trees are parsed without macros: has(), exists() and the like stay the calls that were written.
// So a tree can be written back, two trees are equal only if they were written alike, and operators
// count as written.

// fastParser reads, ten times faster than referenceParser, which checks everything that is written.
// What lenientParser does not parse, IAM does not either.
var (
	fastParser      = sync.OnceValues(func() (*parser.Parser, error) { return newParser(parser.EnablePrattParser(true)) })
	referenceParser = sync.OnceValues(func() (*parser.Parser, error) { return newParser() })
	lenientParser   = sync.OnceValues(func() (*parser.Parser, error) {
		return newParser(parser.MaxRecursionDepth(-1), parser.EnableIdentEscapeSyntax(true), parser.EnableOptionalSyntax(true))
	})
)

func newParser(more ...parser.Option) (*parser.Parser, error) {
	return parser.NewParser(append([]parser.Option{
		parser.MaxRecursionDepth(maxNesting),
		parser.ExpressionSizeCodePointLimit(maxExpression),
		parser.MaxExpressionNodeCount(maxExpression),
		parser.EnableIdentEscapeSyntax(false),
	}, more...)...)
}

// parseTree reads an expression. Chains of && and of || come out in one shape, however they were
// grouped.
func parseTree(text string) (ast.Expr, error) {
	p, err := fastParser()
	if err != nil {
		return nil, err
	}
	return parseWith(p, text)
}

func parseWith(p *parser.Parser, text string) (ast.Expr, error) {
	if len(text) > maxExpression {
		return nil, fmt.Errorf("it has more than %d bytes", maxExpression)
	}
	if !utf8.ValidString(text) {
		return nil, errors.New("it is not valid UTF-8")
	}
	tree, errs := p.Parse(common.NewTextSource(text))
	if problems := errs.GetErrors(); len(problems) > 0 {
		return nil, parseError(problems[0])
	}
	root := tree.Expr()
	ast.PostOrderVisit(root, ast.NewExprVisitor(groupFromLeft))
	return root, nil
}

// parseError is the parser's error in one line.
func parseError(e *common.Error) error {
	message, _, _ := strings.Cut(e.Message, "\n")
	message = strings.TrimSuffix(message, " (in container '')")
	if e.Location.Line() < 1 {
		return errors.New(message)
	}
	return fmt.Errorf("%s (line %d, column %d)", message, e.Location.Line(), e.Location.Column()+1)
}

// groupFromLeft turns a chain of && or || that was grouped in any way into the one that groups from
// the left. Both operators are associative in CEL, errors included.
func groupFromLeft(e ast.Expr) {
	op, ok := logicalOperator(e)
	if !ok {
		return
	}
	if operands := operandsOf(e, op, nil); len(operands) > 2 {
		e.SetKindCase(fromLeft(op, operands))
	}
}

// logicalOperator is the operator of an expression that is a && b or a || b.
func logicalOperator(e ast.Expr) (string, bool) {
	if e.Kind() != ast.CallKind {
		return "", false
	}
	op := e.AsCall().FunctionName()
	return op, op == operators.LogicalAnd || op == operators.LogicalOr
}

// operandsOf collects the operands of a chain of one operator, from left to right.
func operandsOf(e ast.Expr, op string, found []ast.Expr) []ast.Expr {
	if own, ok := logicalOperator(e); !ok || own != op {
		return append(found, e)
	}
	for _, arg := range e.AsCall().Args() {
		found = operandsOf(arg, op, found)
	}
	return found
}

func fromLeft(op string, operands []ast.Expr) ast.Expr {
	factory := ast.NewExprFactory()
	left := operands[0]
	for _, right := range operands[1:] {
		left = factory.NewCall(0, op, left, right)
	}
	return left
}

// conjuncts are the clauses of a tree that must all be true.
func conjuncts(e ast.Expr) []ast.Expr {
	return operandsOf(e, operators.LogicalAnd, nil)
}

// conjunction is the opposite of conjuncts. There must be at least one.
func conjunction(clauses []ast.Expr) ast.Expr {
	return fromLeft(operators.LogicalAnd, clauses)
}

// emptyMapField is the field of an expression of the form has({}.field), which is false for every
// request. With entries in the map it may be true, and is none.
func emptyMapField(e ast.Expr) (string, bool) {
	if e.Kind() != ast.CallKind {
		return "", false
	}
	call := e.AsCall()
	if call.IsMemberFunction() || !strings.EqualFold(call.FunctionName(), "has") || len(call.Args()) != 1 {
		return "", false
	}
	field := call.Args()[0]
	if field.Kind() != ast.SelectKind || field.AsSelect().Operand().Kind() != ast.MapKind || field.AsSelect().Operand().AsMap().Size() > 0 {
		return "", false
	}
	return field.AsSelect().FieldName(), true
}

// treeReading is what the tree of a condition says.
type treeReading struct {
	constraint Constraint
	// both is true if both markers stand there.
	both bool
	// rest are the clauses that are no marker of a constraint, in order.
	rest []ast.Expr
}

// readTree looks for markers among the top-level clauses; the bool says whether there is one.
func readTree(root ast.Expr) (treeReading, bool) {
	var r treeReading
	for _, clause := range conjuncts(root) {
		c := treeMarker(clause)
		switch {
		case c == "":
			r.rest = append(r.rest, clause)
		case r.constraint == "":
			r.constraint = c
		case r.constraint != c:
			r.both, r.constraint = true, SelfApproval
		}
	}
	return r, r.constraint != ""
}

func treeMarker(clause ast.Expr) Constraint {
	field, _ := emptyMapField(clause)
	switch {
	case strings.EqualFold(field, selfApprovalField):
		return SelfApproval
	case strings.EqualFold(field, multiPartyApprovalField):
		return MultiPartyApproval
	}
	return ""
}

func termsMarker(clause ast.Expr) bool {
	field, _ := emptyMapField(clause)
	return strings.EqualFold(field, termsField)
}

// sameTree is true if the text, once parsed, is the tree.
func sameTree(text string, tree ast.Expr) bool {
	other, err := parseTree(text)
	return err == nil && ast.EquivExpr(other, tree)
}
