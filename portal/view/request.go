package view

import (
	"strconv"
	"time"
)

// RequestPage is the form that asks peers to approve one role. A form that was refused comes again
// as it was sent, with its faults.
type RequestPage struct {
	Now           time.Time
	Project       string
	ProjectLink   string // address of the project's page
	Action        string // address that the form is sent to
	CancelLink    string // where somebody goes who changes their mind
	ID            string // of the request that the form makes
	Role          ChosenRole
	Peers         []Peer
	MinReviewers  int // how many have to be chosen
	MaxReviewers  int // how many may be chosen; 0: as many as there are
	Justification Justification
	Duration      Duration
	Expires       time.Duration // how long the request can be approved
	Unreadable    int           // how many groups have members that cannot be read
	Faults        []Fault
}

// Peer is somebody who could approve the request.
type Peer struct {
	Email  string
	Value  string // what the form sends as FieldReviewer
	Chosen bool
	Before bool // they were asked before
}

// searchPeersFrom is how many peers there have to be for the page to offer a search.
const searchPeersFrom = 8

// form is the part of an activation's form that a request shares: its duration.
func (m RequestPage) form() ActivatePage {
	return ActivatePage{Now: m.Now, Project: m.Project, Roles: []ChosenRole{m.Role}, Duration: m.Duration, Faults: m.Faults}
}

// faults are the page's. Those of the duration move to the minutes if the person wrote minutes.
func (m RequestPage) faults() []Fault {
	return m.form().faults()
}

// presets are the durations on offer.
func (m RequestPage) presets() []time.Duration {
	return m.form().presets()
}

// possible reports whether the request can be sent: enough peers could approve it, for longer than
// what is active already.
func (m RequestPage) possible() bool {
	return len(m.Peers) >= m.minReviewers() && m.form().possible()
}

// minReviewers is how many reviewers have to be chosen, at least 1.
func (m RequestPage) minReviewers() int {
	return max(m.MinReviewers, 1)
}

// maxReviewers is how many reviewers can be chosen, at most all peers.
func (m RequestPage) maxReviewers() int {
	if m.MaxReviewers <= 0 {
		return len(m.Peers)
	}
	return min(m.MaxReviewers, len(m.Peers))
}

func (m RequestPage) heading() string {
	return "Request " + m.Role.label() + " on " + m.Project
}

// reviewersHint says how many peers there are, and how many of them to choose.
func (m RequestPage) reviewersHint() string {
	hint := count(len(m.Peers), "peer")
	if len(m.Peers) == 1 {
		hint += " is eligible for this role and can approve it. "
	} else {
		hint += " are eligible for this role and can approve it. "
	}
	if m.minReviewers() < m.maxReviewers() {
		return hint + "Choose " + strconv.Itoa(m.minReviewers()) + " to " + strconv.Itoa(m.maxReviewers()) + "; the first decision counts."
	}
	return hint + "Choose " + strconv.Itoa(m.minReviewers()) + "; the first decision counts."
}

// durationHint says the longest duration, and when it starts.
func (m RequestPage) durationHint() string {
	return "At most " + length(m.Role.Max) + ", counted from the approval."
}

// whyImpossible says why the request cannot be sent, and what to do.
func (m RequestPage) whyImpossible() string {
	if len(m.Peers) >= m.minReviewers() {
		return "A new window could last " + length(m.Role.Max) + " at most, and would end before that. Come back later to request more time."
	}
	if m.Unreadable > 0 {
		return "Too few peers could be found who can approve this role, but not every group could be read. Try again in a few minutes."
	}
	return "This role needs " + count(m.minReviewers(), "peer") + " to ask, and too few are eligible for it. Ask an administrator to add one to the eligible binding."
}
