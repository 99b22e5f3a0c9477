package eligibility

import (
	"errors"
	"fmt"
	"slices"
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
	hasTerms            = "This role comes with terms that this version cannot apply, so it cannot be activated."
	unmarkedTerms       = "The terms of this role are not marked as they should be, so the role cannot be activated."
	unreadableCondition = "The resource condition of this role cannot be read, so the role cannot be activated."
	tooLongCondition    = "The resource condition of this role is too long, so the role cannot be activated."
	tooComplexCondition = "The resource condition of this role has too many operators, so the role cannot be activated."
	ambiguousCondition  = "The resource condition of this role has strings that JIT Access 1.8.1 would misread in an activation, so the role cannot be activated."
	neverTrueCondition  = "The resource condition of this role is never true, so activating the role would grant nothing."
)

// ReadEligible reads the condition of a binding; the bool says whether the binding is eligible. It
// is if a marker is a top-level clause of the tree, and the rule of JIT Access 1.8.1 finds the same
// marker and the same other clauses. The findings say what is wrong with a condition that comes
// close.
func ReadEligible(c Condition) (Eligible, bool, []Finding) {
	terms := hasTermsTrailer(c.Description)
	if constraint, ok := bareMarker(c.Expression); ok {
		return interpret(c.Expression, terms, treeReading{constraint: constraint}), true, nil
	}
	readings := eligibleReadings
	if terms {
		readings = eligibleReadingsWithTerms
	}
	r := readings.of(c.Expression)
	return r.eligible, r.ok, slices.Clone(r.findings)
}

// eligibleReading is what ReadEligible returns.
type eligibleReading struct {
	eligible Eligible
	ok       bool
	findings []Finding
}

// What was read of the expressions of conditions, by whether the description has a trailer of
// terms.
var (
	eligibleReadings = &remembered[eligibleReading]{
		read: func(expression string) eligibleReading { return readEligible(expression, false) },
	}
	eligibleReadingsWithTerms = &remembered[eligibleReading]{
		read: func(expression string) eligibleReading { return readEligible(expression, true) },
	}
)

func readEligible(expression string, terms bool) eligibleReading {
	text, inText := readText(expression)
	if !inText && !mentionsMarker(expression) {
		return eligibleReading{}
	}
	root, err := parseTree(expression)
	if err != nil {
		return eligibleReading{findings: []Finding{unparsableCondition(err)}}
	}
	tree, inTree := readTree(root)
	if !inText || !inTree || !readingsAgree(text, tree) {
		return eligibleReading{findings: []Finding{nearMiss(expression, root)}}
	}
	e := interpret(expression, terms, tree)
	return eligibleReading{eligible: e, ok: true, findings: remarks(tree, e.Unusable)}
}

func hasTermsTrailer(description string) bool {
	return strings.Contains(strings.ToLower(description), "[jitaccess")
}

// bareMarker tells whether an expression is nothing but a marker as we write it. Most are, and both
// readings are known to agree on them, so that a policy with hundreds of them is read without a
// parser.
func bareMarker(expression string) (Constraint, bool) {
	for _, c := range []Constraint{SelfApproval, MultiPartyApproval} {
		if expression == c.Marker() {
			return c, true
		}
	}
	return "", false
}

// readingsAgree is true if both readings say the same.
func readingsAgree(text textReading, tree treeReading) bool {
	return text.constraint == tree.constraint && sameClauses(text.rest, tree.rest)
}

// isEligible is ReadEligible without its reasons.
func isEligible(expression string) bool {
	_, ok := bareMarker(expression)
	return ok || eligibleReadings.of(expression).ok
}

// wouldBeEligible is isEligible for a text that nobody has written yet.
func wouldBeEligible(expression string) bool {
	text, inText := readText(expression)
	if !inText {
		return false
	}
	root, err := parseTree(expression)
	if err != nil {
		return false
	}
	tree, inTree := readTree(root)
	return inTree && readingsAgree(text, tree)
}

// sameClauses is true if what JIT Access 1.8.1 would parse is the tree.
func sameClauses(written []string, parsed []ast.Expr) bool {
	if len(written) == 0 || len(parsed) == 0 {
		return len(written) == len(parsed)
	}
	return sameTree(joined(written), conjunction(parsed))
}

// interpret returns what an eligible binding says, once both readings agree on it.
func interpret(expression string, terms bool, tree treeReading) Eligible {
	e := Eligible{Constraint: tree.constraint, Terms: terms}
	var conditionClauses []ast.Expr
	for _, clause := range tree.rest {
		if termsMarker(clause) {
			e.Terms = true
			continue
		}
		conditionClauses = append(conditionClauses, clause)
	}
	e.ResourceCondition, e.Unusable = readResourceCondition(expression, conditionClauses)
	if e.Unusable == "" && len(conditionClauses) < len(tree.rest) {
		// To JIT Access 1.8.1, the marker of terms is part of the resource condition.
		all := conjunction(tree.rest)
		if text, err := canonical(all); err != nil || !survivesUnescaped(text, all) {
			e.Unusable = ambiguousCondition
		}
	}
	if e.Terms && e.Unusable == "" {
		e.Unusable = hasTerms
	}
	return e
}

// readResourceCondition returns the canonical text of the clauses, and why they cannot be used.
func readResourceCondition(expression string, clauses []ast.Expr) (text, unusable string) {
	if len(clauses) == 0 {
		return "", ""
	}
	root := conjunction(clauses)
	text, err := canonical(root)
	switch {
	case err != nil:
		return strings.TrimSpace(expression), unreadableCondition
	case len(text) > maxResourceCondition:
		return text, tooLongCondition
	case strings.Contains(strings.ToLower(text), strings.ToLower(termsField)):
		// Whoever wrote this meant terms, and would not want the role to be open without them.
		return text, unmarkedTerms
	case countOperators(root)+ActivationOperators > MaxOperators:
		return text, tooComplexCondition
	case !readsBack(text), !survivesUnescaped(text, root):
		return text, ambiguousCondition
	}
	for _, clause := range clauses {
		if _, ok := emptyMapField(clause); ok {
			return text, neverTrueCondition
		}
	}
	return text, ""
}

// readsBack is true if a resource condition comes back from the condition of an activation as it
// is. It does unless the rule of JIT Access 1.8.1 takes the clause apart.
func readsBack(condition string) bool {
	if len(clauses("("+condition+")")) == 1 {
		return true
	}
	back, _, err := readWindow(writeWindow(Window{}, condition))
	return err == nil && back == condition
}

// WriteEligible is the expression of an eligible binding: the marker, and the resource condition in
// canonical text. ReadEligible and JIT Access 1.8.1 read both back as they are. The error names
// what does not compile, what leaves too few of IAM's operators for the activation, and what 1.8.1
// could not read back.
func WriteEligible(c Constraint, resourceCondition string) (string, error) {
	if c.Marker() == "" {
		return "", fmt.Errorf("writing an eligible binding: unknown constraint %q", c)
	}
	condition, err := Canonical(resourceCondition)
	if err != nil {
		return "", err
	}
	if condition == "" {
		return c.Marker(), nil
	}
	expression, err := withMarker(c, condition)
	if err != nil {
		return "", fmt.Errorf("writing an eligible binding: %w", err)
	}
	back, ok, findings := ReadEligible(Condition{Expression: expression})
	switch {
	case back.Unusable == ambiguousCondition:
		return "", errors.New("the resource condition has quotes, backslashes or parentheses in strings that JIT Access 1.8.1 would misread in an activation")
	case len(findings) > 0:
		return "", fmt.Errorf("the resource condition cannot stand beside a marker: %s", findings[0].Seen)
	case back.Unusable == tooComplexCondition:
		return "", fmt.Errorf("the resource condition has more than %d logical operators, and IAM allows %d in an activation, which needs %d itself",
			MaxOperators-ActivationOperators, MaxOperators, ActivationOperators)
	case back.Unusable == tooLongCondition:
		return "", fmt.Errorf("the resource condition has more than %d characters", maxResourceCondition)
	case back.Terms || back.Unusable == neverTrueCondition:
		return "", errors.New("the resource condition holds a clause of the form has({}.name), which is never true")
	case !ok || back != Eligible{Constraint: c, ResourceCondition: condition}:
		return "", errors.New("JIT Access 1.8.1 would read the resource condition differently")
	}
	return expression, nil
}

// withMarker is a marker and a resource condition, which must be canonical.
func withMarker(c Constraint, condition string) (string, error) {
	root, err := parseTree(c.Marker() + " && (" + condition + ")")
	if err != nil {
		return "", err
	}
	return canonical(root)
}
