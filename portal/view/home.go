package view

import "time"

// HomePage is what is active and what could be. Everything that is known goes in; the page itself leaves out what a
// search does not match.
type HomePage struct {
	Now      time.Time
	Active   []Activation // any order; shown first to end first
	Projects []ProjectRoles
	Search   Search
	Gaps     Gaps
}

// ProjectRoles is one project and the roles on it that the person is eligible for.
type ProjectRoles struct {
	Project string
	Link    string // address of the project's page
	Roles   []Entitlement
}

// Search is what the person looks for, as it came in with the address: see SearchWords and SearchConstraint.
type Search struct {
	Words      string
	Constraint Constraint // empty: any
}

// The names of the search's parameters.
const (
	SearchWords      = "q"
	SearchConstraint = "constraint"
)
