package view

import "time"

// EndPage asks whether to end an activation now.
type EndPage struct {
	Now       time.Time
	Role      Role
	End       time.Time // when it would end by itself
	Lapsed    bool      // no eligible binding of the person was found for it
	Action    string    // address that the form is sent to
	KeepLink  string    // where somebody goes who keeps it
	Reference string    // what names the activation, sent as FieldRole
	ID        string    // of the activation that is ended, sent as FieldID; may be empty
}

// EndedPage is what has ended.
type EndedPage struct {
	Now       time.Time
	Role      Role
	At        time.Time // when it ended
	Until     time.Time // when it would have ended by itself; zero: not known
	AgainLink string    // address of the form that activates it again; empty: no control
	Untold    string    // a sentence: what could not be told or recorded, although the role has ended; may be empty
}

// early is how long before its own end the activation was ended, as words; empty if that is not known.
func (m EndedPage) early() string {
	if d := m.Until.Sub(m.At); !m.Until.IsZero() && d > 0 {
		return ", " + left(d) + " early"
	}
	return ""
}

func (m EndedPage) heading() string {
	return "Ended: " + m.Role.onProject()
}

func (m EndPage) heading() string {
	return "End " + m.Role.onProject() + " now?"
}
