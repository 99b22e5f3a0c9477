package view

import "time"

// EndPage asks a person to confirm that an activation is to end now.
type EndPage struct {
	Now        time.Time
	Role       Role
	End        time.Time // when it would end by itself
	Lapsed     bool      // no eligible binding of the person was found for it
	NeedsPeer  bool      // a peer has to approve it again
	Action     string    // address that the form is sent to
	CancelLink string    // where somebody goes who changes their mind
	Reference  string    // what names the activation, sent as FieldRole
	ID         string    // of the activation that is ended, sent as FieldID; may be empty
}

// EndedPage is an activation that has ended. The policy does not say who ended it.
type EndedPage struct {
	Now       time.Time
	Role      Role
	At        time.Time // when it ended
	NeedsPeer bool      // a peer has to approve it again
	AgainLink string    // address of the form that activates it again, or asks for it; empty: no control
}

// afterwards says how to activate the role again.
func (m EndPage) afterwards() string {
	if m.NeedsPeer {
		return "You stay eligible; a peer has to approve again."
	}
	return "You stay eligible and can activate it again whenever you need it."
}

func (m EndedPage) again() string {
	if m.NeedsPeer {
		return "Request it again"
	}
	return "Activate it again"
}

func (m EndedPage) heading() string {
	return "Ended: " + m.Role.onProject()
}

func (m EndPage) heading() string {
	return "End " + m.Role.onProject() + " now?"
}
