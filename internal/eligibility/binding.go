package eligibility

// Binding is one entry of an allow policy: who has which role, under which condition.
type Binding struct {
	Role    string
	Members []string
	// Condition is nil for a binding that is unconditional.
	Condition *Condition
}

// FromParts is a binding as Google's types for an allow policy hold it. Without title, description
// and expression there is no condition, since IAM takes none without an expression.
func FromParts(role string, members []string, title, description, expression string) Binding {
	b := Binding{Role: role, Members: members}
	if c := (Condition{Title: title, Description: description, Expression: expression}); c != (Condition{}) {
		b.Condition = &c
	}
	return b
}

// Condition is the condition of a binding as it stands in the policy.
type Condition struct{ Title, Description, Expression string }

// BindingAt is a binding and the resource that it stands on: "projects/ID", "folders/N" or
// "organizations/N".
type BindingAt struct {
	Resource string
	Binding  Binding
}

// BasicRole is true for the roles that predate IAM: they cannot carry a condition, so they can be
// neither eligible nor activated.
func BasicRole(role string) bool {
	switch role {
	case "roles/owner", "roles/editor", "roles/viewer":
		return true
	}
	return false
}
