package eligibility

import (
	"strings"

	"cel.dev/cel-go/common/ast"
)

// Finding is a near miss: a binding that looks as if it were meant for just-in-time access, but
// does not count as written, or counts in a way that is easily misunderstood.
type Finding struct {
	// Seen is a sentence about what stands there.
	Seen string
	// Write is a sentence about what to write instead.
	Write string
	// Grants is true if the condition, as written, may grant access by itself.
	Grants bool
}

// Findings are those of all bindings that stand on one resource; each names the role and the
// resource.
func Findings(resource string, bindings []Binding) []Finding {
	var all []Finding
	for _, b := range bindings {
		for _, f := range bindingFindings(resource, b) {
			f.Seen = "The binding of " + b.Role + " on " + resource + ": " + f.Seen
			all = append(all, f)
		}
	}
	return all
}

// bindingFindings takes activations into account on projects only: nobody writes them elsewhere.
func bindingFindings(resource string, b Binding) []Finding {
	if b.Condition == nil {
		return nil
	}
	_, eligible, found := ReadEligible(*b.Condition)
	if eligible || len(found) > 0 || !strings.HasPrefix(resource, "projects/") {
		return found
	}
	_, _, found = ReadActivation(resource, b)
	return found
}

func unparsableCondition(err error) Finding {
	return Finding{
		Seen:   "The condition mentions just-in-time access but cannot be read: " + err.Error() + ".",
		Write:  howToWrite(selfApprovalField),
		Grants: true,
	}
}

func howToWrite(field string) string {
	return "Write " + marker(field) + " as a clause of its own, joined to others with &&."
}

// nearMiss says why a condition that mentions a marker is not that of an eligible binding.
func nearMiss(expression string, root ast.Expr) Finding {
	if tree, ok := readTree(root); ok {
		return hiddenMarker(expression, tree)
	}
	found, ok := findLookalike(root, "")
	if !ok {
		found = lookalike{where: "in a comment"}
		found.name, found.field, _ = firstMention(expression)
	}
	f := found.finding()
	f.Grants = mayGrant(root)
	if corrected := strings.ReplaceAll(expression, found.name, found.field); found.field != "" && wouldBeEligible(corrected) {
		f.Write = "Write " + corrected
	}
	return f
}

// hiddenMarker is a marker that the tree has and the rule of JIT Access 1.8.1 does not find, or
// finds beside other clauses.
func hiddenMarker(expression string, tree treeReading) Finding {
	f := Finding{
		Seen:  "The marker is hidden from JIT Access 1.8.1 by parentheses around it, or by quotes or parentheses in a string before it.",
		Write: howToWrite(selfApprovalField),
	}
	if strings.Contains(expression, "//") {
		f.Seen = "The marker or another clause is followed by a comment on the same line, which JIT Access 1.8.1 does not understand."
	}
	if text, err := markerInFront(tree); err == nil {
		f.Write = "Write " + text
	}
	return f
}

// markerInFront is the condition that the tree says, with the marker in front.
func markerInFront(tree treeReading) (string, error) {
	root, err := parseTree(tree.constraint.Marker())
	if err != nil {
		return "", err
	}
	return canonical(conjunction(append([]ast.Expr{root}, tree.rest...)))
}

// remarks are the findings about a condition that is eligible all the same, and perhaps unusable.
func remarks(tree treeReading, unusable string) []Finding {
	var found []Finding
	if tree.both {
		found = append(found, Finding{
			Seen:  "Both markers stand here, which means self-approval.",
			Write: "Keep only the one that is meant: " + SelfApproval.Marker() + " or " + MultiPartyApproval.Marker() + ".",
		})
	}
	termsSeen := false
	for _, clause := range tree.rest {
		if s, ok := findLookalike(clause, ""); ok && !termsMarker(clause) {
			termsSeen = true
			found = append(found, s.finding())
		}
	}
	if unusable == ambiguousCondition {
		found = append(found, Finding{
			Seen:  "JIT Access 1.8.1 would misread strings of the resource condition in an activation: it writes quotes and backslashes unescaped, and counts parentheses in strings.",
			Write: "Write the strings without quotes, backslashes, control characters and parentheses.",
		})
	}
	if unusable == unmarkedTerms && !termsSeen {
		found = append(found, Finding{Seen: "The name " + termsField + " stands in the resource condition, where it marks nothing.", Write: howToWrite(termsField)})
	}
	return found
}
