package view

import "time"

// ProjectPage lists the roles of one project, to choose from.
type ProjectPage struct {
	Now          time.Time
	Project      string
	Roles        []Entitlement
	Unlisted     []Activation // active on the project, but not among Roles
	Choose       string       // address of the form that activates the chosen roles, sent as FieldRole
	Ask          string       // address of the form that requests the chosen role, sent as FieldRole; empty: no control
	HoldingsLink string       // address of the list of who has access; empty: no link
	Faults       []Fault      // why the form was refused
	Gaps         Gaps
}

// lead says how many roles there are, and what it means to choose several where that is possible.
func (m ProjectPage) lead() string {
	switch {
	case len(m.Roles) == 0 && m.Gaps.Groups > 0:
		return "No role on this project was found that you are eligible for, but not every group could be read."
	case len(m.Roles) == 0:
		return "No role on this project was found that you are eligible for."
	}
	size := sizeOf(m.Roles, m.Now) + "."
	if countIf(m.Roles, Entitlement.selectable) < 2 {
		return size
	}
	return size + " Roles that you select together share one justification and one duration."
}

// unchanged says what a refused form has not done.
func (m ProjectPage) unchanged() string {
	if faultOn(m.Faults, FieldAsk).Field != "" {
		return "Nobody was asked."
	}
	return "Nothing was activated."
}
