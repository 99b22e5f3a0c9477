package view

import (
	"slices"
	"time"
)

// ActivatePage is the form that activates one or several roles of one project, or extends one that is active.
// It extends when its only role is active. Refused, it comes again as it was sent, with its faults.
type ActivatePage struct {
	Now           time.Time
	Project       string
	ProjectLink   string // address of the project's page
	Action        string // address that the form is sent to
	CancelLink    string // where somebody goes who changes their mind
	ID            string // of the activation that the form makes, so that sending it twice makes one
	Roles         []ChosenRole
	Justification Justification
	Duration      Duration
	Faults        []Fault
}

// ChosenRole is a role that the form activates.
type ChosenRole struct {
	Role
	Reference   string
	Max         time.Duration
	ActiveUntil time.Time // zero: not active now
}

// Justification is the field that asks why.
type Justification struct {
	Value     string // as it was written, or the last one to start from
	Hint      string // what to write, from the portal's configuration; empty: a sentence of the page's own
	MaxLength int    // in characters; 0: none
	Repeated  bool   // the value is that of the last activation
}

// Duration is the field that asks how long. The page offers presets up to the shortest maximum of its roles, none of
// which ends before what is active already.
type Duration struct {
	Chosen time.Duration // 0: the page's default
	Other  string        // minutes as they were written; when set, this is what was chosen
}

// faults is the page's, with those of the duration moved to the minutes when these are what was written.
func (m ActivatePage) faults() []Fault {
	faults := slices.Clone(m.Faults)
	for i := range faults {
		if faults[i].Field == FieldDuration && m.Duration.Other != "" {
			faults[i].Field = FieldMinutes
		}
	}
	return faults
}

// latest is when the last of the roles ends that are active already; zero: none is.
func (m ActivatePage) latest() time.Time {
	var latest time.Time
	for _, r := range m.Roles {
		if r.ActiveUntil.After(m.Now) && r.ActiveUntil.After(latest) {
			latest = r.ActiveUntil
		}
	}
	return latest
}

// extends says whether the form extends one role rather than activates.
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

// possible says whether any duration can be chosen.
func (m ActivatePage) possible() bool {
	return len(m.presets()) > 0
}

// shortest is the fewest minutes that can be written: those that end after what is active already.
func (m ActivatePage) shortest() int {
	return int(m.remaining()/time.Minute) + 1
}

// preset is the one that is chosen, 0 if minutes are. The longest is the default of an extension.
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
