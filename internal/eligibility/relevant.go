package eligibility

// Relevant is false for a binding that nothing here reads: one without a condition, or with one
// that has no marker, nothing like a marker, and not the title of an activation. Whoever only looks
// at a policy need not keep such bindings; whoever changes it keeps all.
func Relevant(b Binding) bool {
	if b.Condition == nil {
		return false
	}
	if b.Condition.Title == ActivationTitle {
		return true
	}
	_, eligible, findings := ReadEligible(*b.Condition)
	return eligible || len(findings) > 0
}
