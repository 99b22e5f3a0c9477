package view

import (
	"strconv"
	"strings"
	"time"
)

// HomePage is what a person has active and what they could activate. It gets everything that is
// known, and leaves out what the search does not match.
type HomePage struct {
	Now      time.Time
	Active   []Activation // any order; shown first to end first
	Projects []ProjectRoles
	Search   Search
	Gaps     Gaps
}

// ProjectRoles is one project and the roles on it that the person is eligible for.
type ProjectRoles struct {
	Project string
	Link    string // address of the project's page
	Roles   []Entitlement
}

// Search is what the person searches for, from the parameters SearchWords and SearchConstraint of
// the address.
type Search struct {
	Words      string
	Constraint Constraint // empty: any
}

// The names of the search's parameters.
const (
	SearchWords      = "q"
	SearchConstraint = "constraint"
)

const (
	openUpTo   = 60 // roles; with more, projects are folded unless somebody searches
	searchFrom = 8  // roles; with fewer, there is no search
)

// eligible is how many roles the projects have together.
func eligible(projects []ProjectRoles) int {
	n := 0
	for _, p := range projects {
		n += len(p.Roles)
	}
	return n
}

// searchable reports whether the page offers to search.
func (m HomePage) searchable() bool {
	return m.Search.isSet() || eligible(m.Projects) >= searchFrom
}

// unfolded reports whether the list of each project is open.
func (m HomePage) unfolded() bool {
	return m.Search.isSet() || eligible(m.Projects) <= openUpTo
}

// heading says what the page is. Somebody who has nothing on it reads that nothing was found,
// because the index may be behind.
func (m HomePage) heading(person string) string {
	if eligible(m.Projects) == 0 && len(stillActive(m.Active, m.Now)) == 0 {
		return "No eligible role was found for " + person
	}
	return "Your access"
}

// nothingActive is the sentence for somebody who has nothing active.
func (m HomePage) nothingActive() string {
	n := eligible(m.Projects)
	switch {
	case n == 0 && m.Gaps.Groups > 0:
		return "Nothing is active. No role was found that you are eligible for, but not every group could be read."
	case n == 0:
		return "If you joined a group or were added to an eligible binding only just now, wait a few minutes and reload: Google’s index is behind."
	case len(m.Projects) == 1:
		return "Nothing is active. You are eligible for " + count(n, "role") + " on " + m.Projects[0].Project + "."
	}
	return "Nothing is active. You are eligible for " + count(n, "role") + " on " + count(len(m.Projects), "project") + "."
}

// activeCount is the first sentence for somebody who has n roles active; firstEnds begins the
// second.
func activeCount(n int) string {
	if n == 1 {
		return "1 role is active."
	}
	return count(n, "role") + " are active."
}

func firstEnds(n int) string {
	if n == 1 {
		return " It ends in "
	}
	return " The first ends in "
}

// found says how many roles a search has found.
func (m HomePage) found(found []ProjectRoles) string {
	all := count(eligible(m.Projects), "role")
	matches := " match"
	if eligible(found) == 1 {
		matches = " matches"
	}
	sentence := strconv.Itoa(eligible(found)) + " of " + all + matches
	if words := strings.TrimSpace(m.Search.Words); words != "" {
		return sentence + " “" + words + "”."
	}
	return sentence + "."
}

// size says how many roles a project has, and how many of them are active.
func (p ProjectRoles) size(now time.Time) string {
	return sizeOf(p.Roles, now)
}

func sizeOf(roles []Entitlement, now time.Time) string {
	active := countIf(roles, func(e Entitlement) bool { return e.active(now) })
	if active == 0 {
		return count(len(roles), "role")
	}
	return count(len(roles), "role") + ", " + strconv.Itoa(active) + " active"
}

// several reports whether more than one role of the project can be activated at once.
func (p ProjectRoles) several() bool {
	return countIf(p.Roles, Entitlement.selectable) > 1
}
