package eligibility

// Constraint says which approval an eligible binding needs before its role can be activated.
type Constraint string

const (
	// SelfApproval lets the members activate the role on their own.
	SelfApproval Constraint = "self-approval"
	// MultiPartyApproval requires a peer to approve.
	MultiPartyApproval Constraint = "multi-party-approval"
)

// Names of the fields whose absence marks a condition. They are compared without regard to case.
const (
	selfApprovalField       = "jitAccessConstraint"
	multiPartyApprovalField = "multiPartyApprovalConstraint"
	termsField              = "jitAccessTerms"
)

// Marker is the clause that makes a condition the condition of an eligible binding. It is false for
// every request, so that the binding grants nothing. A constraint that is not one of the constants
// has the marker "".
func (c Constraint) Marker() string {
	switch c {
	case SelfApproval:
		return marker(selfApprovalField)
	case MultiPartyApproval:
		return marker(multiPartyApprovalField)
	}
	return ""
}

func marker(field string) string {
	return "has({}." + field + ")"
}
