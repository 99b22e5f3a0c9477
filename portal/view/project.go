package view

import "time"

// ProjectPage is the roles of one project, to choose from.
type ProjectPage struct {
	Now          time.Time
	Project      string
	Roles        []Entitlement
	Orphans      []Activation // active here although no role in Roles stands for it
	Choose       string       // address that gets the chosen roles, each as FieldRole
	Ask          string       // address that gets the role to ask a peer for, as FieldRole; empty: no peer can be asked
	HoldingsLink string       // address of who has access to the project; empty: no link
	Faults       []Fault      // why the form was refused
	Gaps         Gaps
}

// lead says how many roles there are, and what choosing several means where that is possible.
func (m ProjectPage) lead() string {
	switch {
	case len(m.Roles) == 0 && m.Gaps.Groups > 0:
		return "No role on this project was found that you are eligible for, but not every group could be read."
	case len(m.Roles) == 0:
		return "No role on this project was found that you are eligible for."
	}
	size := sizeOf(m.Roles, m.Now) + "."
	if counting(m.Roles, Entitlement.selectable) < 2 {
		return size
	}
	return size + " Roles that you select together share one justification and one duration."
}

// unchanged says what a refused form did not do.
func (m ProjectPage) unchanged() string {
	if faultOn(m.Faults, FieldAsk).Field != "" {
		return "Nobody was asked."
	}
	return "Nothing was activated."
}
