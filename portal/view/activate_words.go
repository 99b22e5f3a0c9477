package view

import "strings"

// verb is what the form does.
func (m ActivatePage) verb() string {
	if m.extends() {
		return "Extend"
	}
	return "Activate"
}

// heading says what the form does to what.
func (m ActivatePage) heading() string {
	if len(m.Roles) == 1 {
		return m.verb() + " " + m.Roles[0].label() + " on " + m.Project
	}
	return m.verb() + " " + count(len(m.Roles), "role") + " on " + m.Project
}

// button is the text of the button.
func (m ActivatePage) button() string {
	switch {
	case m.extends():
		return "Extend"
	case len(m.Roles) == 1:
		return "Activate"
	}
	return "Activate " + count(len(m.Roles), "role")
}

// unchanged says what a refused form has not done.
func (m ActivatePage) unchanged() string {
	if m.extends() {
		return "Nothing was changed."
	}
	return "Nothing was activated."
}

// activeUntil is the text before the end of what is active already.
func (m ActivatePage) activeUntil() string {
	if len(m.Roles) == 1 {
		return "Active until "
	}
	var names []string
	for _, r := range m.Roles {
		if r.ActiveUntil.After(m.Now) {
			names = append(names, r.label())
		}
	}
	if len(names) == 1 {
		return names[0] + " is active until "
	}
	return list(names, "role") + " are active, the last until "
}

// replaced says what happens to what is active already.
func (m ActivatePage) replaced() string {
	if !m.possible() {
		return ""
	}
	if m.extends() {
		return "A new window starts now and replaces it."
	}
	return "A new window for all of them starts now and ends later."
}

func (m ActivatePage) rolesHeading() string {
	if len(m.Roles) == 1 {
		return "Role"
	}
	return "Roles"
}

func (m ActivatePage) theRoles() string {
	return "the " + strings.ToLower(m.rolesHeading())
}

func (m ActivatePage) them() string {
	if len(m.Roles) == 1 {
		return "it"
	}
	return "them"
}

func (m ActivatePage) effect() string {
	if len(m.Roles) == 1 {
		return "The role is active at once and ends by itself."
	}
	return "The roles are active at once and end by themselves."
}

// durationHint says the maximum, and which role it is from if the roles differ.
func (m ActivatePage) durationHint() string {
	strictest := m.strictest()
	hint := "At most " + length(strictest.Max)
	for _, r := range m.Roles {
		if r.Max != strictest.Max {
			hint += ", the maximum of " + strictest.label()
			break
		}
	}
	if !m.latest().IsZero() {
		hint += ", counted from now"
	}
	return hint + "."
}

// hint says what to write.
func (j Justification) hint() string {
	switch {
	case j.Repeated && j.Value != "":
		return "From your last activation. Change it if the reason is another one now."
	case j.Hint != "":
		return j.Hint
	}
	return "Why you need it, in a few words."
}
