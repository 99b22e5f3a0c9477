package eligibility

import "strings"

// Eligible is what the condition of an eligible binding says.
type Eligible struct {
	Constraint Constraint
	// ResourceCondition is canonical text, "" for none.
	ResourceCondition string
	// Terms is true if the binding carries the terms marker or a [jitaccess ...] trailer.
	Terms bool
	// Unusable is "" or a sentence: why the binding cannot be activated.
	Unusable string
}

// ReadEligible reads the condition of an eligible binding; the bool says whether it is one.
func ReadEligible(c Condition) (Eligible, bool, []Finding) {
	for _, constraint := range []Constraint{SelfApproval, MultiPartyApproval} {
		rest, ok := strings.CutPrefix(c.Expression, constraint.Marker())
		if !ok {
			continue
		}
		rest = strings.TrimSpace(rest)
		if rest == "" {
			return Eligible{Constraint: constraint}, true, nil
		}
		if rest, ok = strings.CutPrefix(rest, "&& "); ok {
			return Eligible{Constraint: constraint, ResourceCondition: strings.TrimSpace(rest)}, true, nil
		}
	}
	return Eligible{}, false, nil
}

// WriteEligible is the expression of an eligible binding.
func WriteEligible(c Constraint, resourceCondition string) (string, error) {
	text, err := Canonical(resourceCondition)
	if err != nil || text == "" {
		return c.Marker(), err
	}
	return c.Marker() + " && " + text, nil
}
