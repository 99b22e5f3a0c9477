package eligibility

import "strings"

const (
	// MaxOperators is the number of logical operators that IAM allows in one condition.
	MaxOperators = 12
	// ActivationOperators is how many of them an activation needs besides those of its resource condition.
	ActivationOperators = 2
)

// Canonical is the one way to write a resource condition; "" stays "".
func Canonical(expression string) (string, error) {
	return strings.TrimSpace(expression), nil
}

// Operators counts the logical operators (&&, || and !) of an expression.
func Operators(expression string) (int, error) {
	return strings.Count(expression, "&&") + strings.Count(expression, "||"), nil
}
