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

// quick is the parser for reading, ten times faster than the reference, which checks everything
// that is written. What the lenient one does not parse, IAM does not either.
var (
	quick     = sync.OnceValues(func() (*parser.Parser, error) { return newParser(parser.EnablePrattParser(true)) })
	reference = sync.OnceValues(func() (*parser.Parser, error) { return newParser() })
	lenient   = sync.OnceValues(func() (*parser.Parser, error) {
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
	p, err := quick()
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
		return nil, problem(problems[0])
	}
	root := tree.Expr()
	ast.PostOrderVisit(root, ast.NewExprVisitor(straighten))
	return root, nil
}

// problem is the parser's first complaint in one line.
func problem(e *common.Error) error {
	message, _, _ := strings.Cut(e.Message, "\n")
	message = strings.TrimSuffix(message, " (in container '')")
	if e.Location.Line() < 1 {
		return errors.New(message)
	}
	return fmt.Errorf("%s (line %d, column %d)", message, e.Location.Line(), e.Location.Column()+1)
}

// straighten turns a chain of && or || that was grouped in any way into the one that groups from
// the left. Both operators are associative in CEL, errors included.
func straighten(e ast.Expr) {
	op, ok := logical(e)
	if !ok {
		return
	}
	if operands := chain(e, op, nil); len(operands) > 2 {
		e.SetKindCase(fromLeft(op, operands))
	}
}

// logical is the operator of an expression that is a && b or a || b.
func logical(e ast.Expr) (string, bool) {
	if e.Kind() != ast.CallKind {
		return "", false
	}
	op := e.AsCall().FunctionName()
	return op, op == operators.LogicalAnd || op == operators.LogicalOr
}

// chain collects the operands of a chain of one operator, from left to right.
func chain(e ast.Expr, op string, found []ast.Expr) []ast.Expr {
	if own, ok := logical(e); !ok || own != op {
		return append(found, e)
	}
	for _, arg := range e.AsCall().Args() {
		found = chain(arg, op, found)
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
	return chain(e, operators.LogicalAnd, nil)
}

// conjunction is the opposite of conjuncts. There must be at least one.
func conjunction(clauses []ast.Expr) ast.Expr {
	return fromLeft(operators.LogicalAnd, clauses)
}

// absent is the field of an expression of the form has({}.field), which is false for every request.
// With entries in the map it may be true, and is none.
func absent(e ast.Expr) (string, bool) {
	if e.Kind() != ast.CallKind {
		return "", false
	}
	call := e.AsCall()
	if call.IsMemberFunction() || !strings.EqualFold(call.FunctionName(), "has") || len(call.Args()) != 1 {
		return "", false
	}
	return fieldOfNothing(call.Args()[0])
}

// fieldOfNothing is the field of an expression of the form {}.field.
func fieldOfNothing(e ast.Expr) (string, bool) {
	if e.Kind() != ast.SelectKind || e.AsSelect().Operand().Kind() != ast.MapKind || e.AsSelect().Operand().AsMap().Size() > 0 {
		return "", false
	}
	return e.AsSelect().FieldName(), true
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
	field, _ := absent(clause)
	switch {
	case strings.EqualFold(field, selfApprovalField):
		return SelfApproval
	case strings.EqualFold(field, multiPartyApprovalField):
		return MultiPartyApproval
	}
	return ""
}

func termsMarker(clause ast.Expr) bool {
	field, _ := absent(clause)
	return strings.EqualFold(field, termsField)
}

// sameTree is true if the text, once parsed, is the tree.
func sameTree(text string, tree ast.Expr) bool {
	other, err := parseTree(text)
	return err == nil && ast.EquivExpr(other, tree)
}
