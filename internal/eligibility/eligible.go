package eligibility

import (
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/common/ast"
)

// Eligible is what the condition of an eligible binding says.
type Eligible struct {
	Constraint Constraint
	// ResourceCondition is canonical text, "" for none. Where it cannot be read, it is what stands
	// there, and Unusable says so.
	ResourceCondition string
	// Terms is true if the binding carries the terms marker or a [jitaccess ...] trailer.
	Terms bool
	// Unusable is "" or a sentence: why the binding cannot be activated.
	Unusable string
}

// Why an eligible binding cannot be activated, in sentences for the user.
const (
	carriesTerms    = "This role comes with terms that this version cannot apply, so it cannot be activated."
	strayTerms      = "The terms of this role are not marked as they should be, so the role cannot be activated."
	unreadableLimit = "The resource condition of this role cannot be read, so the role cannot be activated."
	tooLongLimit    = "The resource condition of this role is too long, so the role cannot be activated."
	tooComplexLimit = "The resource condition of this role has too many operators, so the role cannot be activated."
	ambiguousLimit  = "The resource condition of this role has strings that JIT Access 1.8.1 would misread in an activation, so the role cannot be activated."
	neverTrueLimit  = "The resource condition of this role is never true, so activating the role would grant nothing."
)

// ReadEligible reads the condition of a binding; the bool says whether the binding is eligible. It
// is if a marker is a top-level clause of the tree, and the rule of JIT Access 1.8.1 finds the same
// marker and the same other clauses. The findings say what is wrong with a condition that comes
// close.
func ReadEligible(c Condition) (Eligible, bool, []Finding) {
	if constraint, ok := alone(c.Expression); ok {
		return said(c, treeReading{constraint: constraint}), true, nil
	}
	text, inText := readText(c.Expression)
	if !inText && !mentionsMarker(c.Expression) {
		return Eligible{}, false, nil
	}
	root, err := parseTree(c.Expression)
	if err != nil {
		return Eligible{}, false, []Finding{unparsable(err)}
	}
	tree, inTree := readTree(root)
	if !inText || !inTree || !agree(text, tree) {
		return Eligible{}, false, []Finding{nearMiss(c.Expression, root)}
	}
	e := said(c, tree)
	return e, true, remarks(tree, e.Unusable)
}

// alone tells whether an expression is nothing but a marker as we write it. Most are, and both
// readings are known to agree on them, so that a policy with hundreds of them is read without a
// parser.
func alone(expression string) (Constraint, bool) {
	for _, c := range []Constraint{SelfApproval, MultiPartyApproval} {
		if expression == c.Marker() {
			return c, true
		}
	}
	return "", false
}

// agree is true if both readings say the same.
func agree(text textReading, tree treeReading) bool {
	return text.constraint == tree.constraint && sameClauses(text.rest, tree.rest)
}

// marksEligible is ReadEligible without its reasons.
func marksEligible(expression string) bool {
	if _, ok := alone(expression); ok {
		return true
	}
	text, inText := readText(expression)
	if !inText {
		return false
	}
	root, err := parseTree(expression)
	if err != nil {
		return false
	}
	tree, inTree := readTree(root)
	return inTree && agree(text, tree)
}

func sameClauses(texts []string, trees []ast.Expr) bool {
	if len(texts) == 0 || len(trees) == 0 {
		return len(texts) == len(trees)
	}
	return sameTree(joined(texts), conjunction(trees))
}

// said is what an eligible binding says once both readings agree on it.
func said(c Condition, tree treeReading) Eligible {
	e := Eligible{Constraint: tree.constraint}
	e.Terms = strings.Contains(strings.ToLower(c.Description), "[jitaccess")
	var limits []ast.Expr
	for _, clause := range tree.rest {
		if termsMarker(clause) {
			e.Terms = true
			continue
		}
		limits = append(limits, clause)
	}
	e.ResourceCondition, e.Unusable = readLimits(c, limits)
	if e.Unusable == "" && len(limits) < len(tree.rest) {
		// To JIT Access 1.8.1, the marker of terms is part of the resource condition.
		all := conjunction(tree.rest)
		if text, err := canonical(all); err != nil || !survivesUnescaped(text, all) {
			e.Unusable = ambiguousLimit
		}
	}
	if e.Terms && e.Unusable == "" {
		e.Unusable = carriesTerms
	}
	return e
}

// readLimits is the resource condition, and why it cannot be used.
func readLimits(c Condition, limits []ast.Expr) (text, unusable string) {
	if len(limits) == 0 {
		return "", ""
	}
	root := conjunction(limits)
	text, err := canonical(root)
	switch {
	case err != nil:
		return strings.TrimSpace(c.Expression), unreadableLimit
	case len(text) > maxResourceCondition:
		return text, tooLongLimit
	case strings.Contains(strings.ToLower(text), strings.ToLower(termsField)):
		// Whoever wrote this meant terms, and would not want the role to be open without them.
		return text, strayTerms
	case countOperators(root)+ActivationOperators > MaxOperators:
		return text, tooComplexLimit
	case !readsBack(text), !survivesUnescaped(text, root):
		return text, ambiguousLimit
	}
	for _, clause := range limits {
		if _, ok := absent(clause); ok {
			return text, neverTrueLimit
		}
	}
	return text, ""
}

// readsBack is true if a resource condition comes back from the condition of an activation as it
// is. It does unless the rule of JIT Access 1.8.1 takes the clause apart.
func readsBack(limit string) bool {
	if len(clauses("("+limit+")")) == 1 {
		return true
	}
	back, _, err := readWindow(writeWindow(Window{}, limit))
	return err == nil && back == limit
}

// WriteEligible is the expression of an eligible binding: the marker, and the resource condition in
// canonical text. ReadEligible and JIT Access 1.8.1 read both back as they are. The error names
// what does not compile, what leaves too few of IAM's operators for the activation, and what 1.8.1
// could not read back.
func WriteEligible(c Constraint, resourceCondition string) (string, error) {
	if c.Marker() == "" {
		return "", fmt.Errorf("writing an eligible binding: unknown constraint %q", c)
	}
	limit, err := Canonical(resourceCondition)
	if err != nil {
		return "", err
	}
	if limit == "" {
		return c.Marker(), nil
	}
	expression, err := marked(c, limit)
	if err != nil {
		return "", fmt.Errorf("writing an eligible binding: %w", err)
	}
	back, ok, findings := ReadEligible(Condition{Expression: expression})
	switch {
	case back.Unusable == ambiguousLimit:
		return "", errors.New("the resource condition has quotes, backslashes or parentheses in strings that JIT Access 1.8.1 would misread in an activation")
	case len(findings) > 0:
		return "", fmt.Errorf("the resource condition cannot stand beside a marker: %s", findings[0].Seen)
	case back.Unusable == tooComplexLimit:
		return "", fmt.Errorf("the resource condition has more than %d logical operators, and IAM allows %d in an activation, which needs %d itself",
			MaxOperators-ActivationOperators, MaxOperators, ActivationOperators)
	case back.Unusable == tooLongLimit:
		return "", fmt.Errorf("the resource condition has more than %d characters", maxResourceCondition)
	case back.Terms || back.Unusable == neverTrueLimit:
		return "", errors.New("the resource condition holds a clause of the form has({}.name), which is never true")
	case !ok || back != Eligible{Constraint: c, ResourceCondition: limit}:
		return "", errors.New("JIT Access 1.8.1 would read the resource condition differently")
	}
	return expression, nil
}

// marked is a marker and a resource condition, which must be canonical.
func marked(c Constraint, limit string) (string, error) {
	root, err := parseTree(c.Marker() + " && (" + limit + ")")
	if err != nil {
		return "", err
	}
	return canonical(root)
}
