package view

import "time"

// EndPage asks whether to end an activation now.
type EndPage struct {
	Now       time.Time
	Role      Role
	End       time.Time // when it would end by itself
	Lapsed    bool      // no eligible binding of the person was found for it
	Peers     bool      // a peer has to approve it
	Action    string    // address that the form is sent to
	KeepLink  string    // where somebody goes who keeps it
	Reference string    // what names the activation, sent as FieldRole
	ID        string    // of the activation that is ended, sent as FieldID; may be empty
}

// EndedPage is what has ended, by whomever: the policy does not tell.
type EndedPage struct {
	Now       time.Time
	Role      Role
	At        time.Time // when it ended
	Peers     bool      // a peer has to approve it
	AgainLink string    // address of the form that activates it again, or asks for it; empty: no control
}

// afterwards says how the role can be had again.
func (m EndPage) afterwards() string {
	if m.Peers {
		return "You stay eligible; a peer has to approve again."
	}
	return "You stay eligible and can activate it again whenever you need it."
}

func (m EndedPage) again() string {
	if m.Peers {
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
