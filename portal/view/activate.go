package view

import (
	"slices"
	"time"
)

// ActivatePage is the form that activates one or several roles of one project. It extends a role
// that is its only one and is active. A form that was refused comes again as it was sent, with its
// faults.
type ActivatePage struct {
	Now           time.Time
	Project       string
	ProjectLink   string // address of the project's page
	Action        string // address that the form is sent to
	CancelLink    string // where somebody goes who changes their mind
	ID            string // of the activation, so that a form that is sent twice activates once
	Roles         []ChosenRole
	Justification Justification
	Duration      Duration
	Faults        []Fault
}

// ChosenRole is a role that a form activates or requests.
type ChosenRole struct {
	Role
	Reference   string
	Max         time.Duration
	ActiveUntil time.Time // zero: not active now
}

// Justification is the field that asks why.
type Justification struct {
	Value     string // as it was written, or that of the last activation
	Hint      string // what to write, as configured; empty: the page's own sentence
	MaxLength int    // in characters; 0: none
	Repeated  bool   // the value is that of the last activation
}

// Duration is the field that asks how long. The page offers presets up to the shortest maximum of
// its roles, and none that ends before what is active already.
type Duration struct {
	Chosen time.Duration // 0: the page's default
	Other  string        // minutes as they were written, in place of a preset
}

// faults are the page's. Those of the duration move to the minutes if the person wrote minutes.
func (m ActivatePage) faults() []Fault {
	faults := slices.Clone(m.Faults)
	for i := range faults {
		if faults[i].Field == FieldDuration && m.Duration.Other != "" {
			faults[i].Field = FieldMinutes
		}
	}
	return faults
}

// latest is the latest end of the roles that are active already, or zero if none is.
func (m ActivatePage) latest() time.Time {
	var latest time.Time
	for _, r := range m.Roles {
		if r.ActiveUntil.After(m.Now) && r.ActiveUntil.After(latest) {
			latest = r.ActiveUntil
		}
	}
	return latest
}

// extends reports whether the form extends one role rather than activates.
func (m ActivatePage) extends() bool {
	return len(m.Roles) == 1 && !m.latest().IsZero()
}

// longest is the shortest maximum of the roles: what all of them allow.
func (m ActivatePage) longest() time.Duration {
	return m.strictest().Max
}

func (m ActivatePage) strictest() ChosenRole {
	if len(m.Roles) == 0 {
		return ChosenRole{}
	}
	return slices.MinFunc(m.Roles, func(a, b ChosenRole) int { return int(a.Max - b.Max) })
}

// presets are the durations on offer.
func (m ActivatePage) presets() []time.Duration {
	return presets(m.longest(), m.remaining())
}

// remaining is how long the last of the active roles still lasts, 0 if none is active.
func (m ActivatePage) remaining() time.Duration {
	if m.latest().IsZero() {
		return 0
	}
	return m.latest().Sub(m.Now)
}

// possible reports whether any duration can be chosen.
func (m ActivatePage) possible() bool {
	return len(m.presets()) > 0
}

// minMinutes is the fewest minutes that end after what is active already.
func (m ActivatePage) minMinutes() int {
	return int(m.remaining()/time.Minute) + 1
}

// preset is the chosen preset, or 0 if minutes are chosen. An extension starts with the longest,
// since it has to end after what is active.
func (m ActivatePage) preset() time.Duration {
	offered := m.presets()
	switch {
	case m.Duration.Other != "" || len(offered) == 0:
		return 0
	case slices.Contains(offered, m.Duration.Chosen):
		return m.Duration.Chosen
	case !m.extends() && slices.Contains(offered, DefaultDuration):
		return DefaultDuration
	}
	return offered[len(offered)-1]
}
