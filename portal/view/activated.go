package view

import "time"

// ActivatedPage is an activation, right after the form was sent and at any time later.
type ActivatedPage struct {
	Now         time.Time
	Project     string
	ProjectLink string // address of the project's page
	Roles       []Role // of the activation, one or several
	Start, End  time.Time
	Description string // as it stands in the policy, justification included; may be empty
	ID          string // of the activation; may be empty
	Unreached   string // a sentence: who was not notified, although the roles are active; may be empty
}

// over reports whether the window has ended.
func (m ActivatedPage) over() bool {
	return !m.End.After(m.Now)
}

// state is the text before the end, in the heading and in the title.
func (m ActivatedPage) state() string {
	if m.over() {
		return "Ended at "
	}
	return "Active until "
}

// lead says which roles are active, and for how long in all.
func (m ActivatedPage) lead() string {
	what := count(len(m.Roles), "role")
	if len(m.Roles) == 1 {
		what = m.Roles[0].label()
	}
	return what + " on " + m.Project + ", for " + length(m.End.Sub(m.Start)) + "."
}
