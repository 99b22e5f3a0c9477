package eligibility

import "time"

// Lookup is a person, and what they are said to be eligible for on one resource.
type Lookup struct {
	Email  string
	Wanted []Reference
}

// Confirmation is what decides about some people beside a resource's own policy: give a person,
// Ancestors and any version of that policy to Entitlements. It is as old as At, which is before the
// first question was asked.
type Confirmation struct {
	// People are by lower-case e-mail, with the groups that were asked.
	People map[string]Person
	// Ancestors are the bindings of folders and the organization, live where they could be read.
	Ancestors []BindingAt
	// Standing is where the resource stands.
	Standing Standing
	At       time.Time
}

// Standing says whether a project stands in the scope that the portal manages.
type Standing int

const (
	StandingUnknown Standing = iota // it could not be asked
	InsideScope
	OutsideScope
)
