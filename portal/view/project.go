package view

import "time"

// ProjectPage is the roles of one project, to choose from.
type ProjectPage struct {
	Now     time.Time
	Project string
	Roles   []Entitlement
	Orphans []Activation // active here although no role in Roles stands for it
	Choose  string       // address that gets the chosen roles, each as FieldRole
	Faults  []Fault      // why the form was refused
	Gaps    Gaps
}
