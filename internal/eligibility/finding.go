package eligibility

// Finding is a near miss: a binding that looks as if it were meant for just-in-time access but does not count.
type Finding struct {
	// Seen says what stands there.
	Seen string
	// Write says what to write instead.
	Write string
	// Grants is true if the condition, as written, may grant access by itself.
	Grants bool
}

// Findings are those of all bindings that stand on one resource; each names the resource and the role.
func Findings(resource string, bindings []Binding) []Finding {
	var all []Finding
	for _, b := range bindings {
		if b.Condition == nil {
			continue
		}
		_, _, found := ReadEligible(*b.Condition)
		for _, f := range found {
			f.Seen = "The binding of " + b.Role + " on " + resource + ": " + f.Seen
			all = append(all, f)
		}
	}
	return all
}
