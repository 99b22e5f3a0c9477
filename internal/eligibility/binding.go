package eligibility

// Binding is one entry of an allow policy: who has which role, under which condition.
type Binding struct {
	Role    string
	Members []string
	// Condition is nil for a binding that is unconditional.
	Condition *Condition
}

// Condition is the condition of a binding as it stands in the policy.
type Condition struct{ Title, Description, Expression string }

// Placed is a binding and the resource that it stands on: "projects/ID", "folders/N" or "organizations/N".
type Placed struct {
	Resource string
	Binding  Binding
}

// BasicRole is true for the roles that predate IAM: they cannot carry a condition, so they can be neither eligible nor
// activated.
func BasicRole(role string) bool {
	switch role {
	case "roles/owner", "roles/editor", "roles/viewer":
		return true
	}
	return false
}
