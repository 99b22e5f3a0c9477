package eligibility

import (
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/parser"
)

const (
	// MaxOperators is the number of logical operators that IAM allows in one condition.
	MaxOperators = 12
	// ActivationOperators is how many of them an activation needs besides those of its resource
	// condition: one inside the window, one between the window and the resource condition.
	ActivationOperators = 2
	// maxResourceCondition bounds a resource condition that can be used, in bytes: it travels in a
	// Reference.
	maxResourceCondition = 2048
)

// Canonical is the one way to write a resource condition: two conditions are the same if and only
// if their canonical texts are equal. It is one line without comments, and quotes strings so that
// they mean the same. Blank text is "". The error says what does not parse, or does not compile for
// IAM.
func Canonical(expression string) (string, error) {
	if strings.TrimSpace(expression) == "" {
		return "", nil
	}
	root, err := parseTree(expression)
	if err != nil {
		return "", fmt.Errorf("parsing the resource condition: %w", err)
	}
	text, err := canonical(root)
	if err != nil {
		return "", fmt.Errorf("writing the resource condition: %w", err)
	}
	if err := compile(expression, text, root); err != nil {
		return "", fmt.Errorf("compiling the resource condition: %w", err)
	}
	return text, nil
}

// canonical writes a tree as text that reads as the same tree, or fails.
func canonical(root ast.Expr) (string, error) {
	text, err := parser.Unparse(root, ast.NewSourceInfo(nil), parser.WrapOnOperators())
	if err != nil {
		return "", err
	}
	if !sameTree(text, root) {
		return "", errors.New("it has no text that means the same")
	}
	return text, nil
}

// Operators counts the logical operators (&&, || and !) of an expression, as IAM's limit of
// MaxOperators does.
func Operators(expression string) (int, error) {
	if strings.TrimSpace(expression) == "" {
		return 0, nil
	}
	root, err := parseTree(expression)
	if err != nil {
		return 0, fmt.Errorf("counting operators: %w", err)
	}
	return countOperators(root), nil
}

func countOperators(root ast.Expr) int {
	n := 0
	ast.PreOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind {
			return
		}
		switch e.AsCall().FunctionName() {
		case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot:
			n++
		}
	}))
	return n
}
