package view

import "strings"

// matches says whether the search keeps a role: all of its words stand in the role's title, name, resource condition or
// project, in any order and case, and the constraint is the one that was asked for.
func (s Search) matches(e Entitlement) bool {
	if s.Constraint != "" && s.Constraint != e.Constraint {
		return false
	}
	text := strings.ToLower(strings.Join([]string{e.Title, e.Name, e.Project, e.Limit}, "\n"))
	for word := range strings.FieldsSeq(strings.ToLower(s.Words)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// asked says whether anything is looked for.
func (s Search) asked() bool {
	return strings.TrimSpace(s.Words) != "" || s.Constraint != ""
}

// keep is the projects and roles that the search matches; projects without any are left out.
func (s Search) keep(projects []ProjectRoles) []ProjectRoles {
	if !s.asked() {
		return projects
	}
	var kept []ProjectRoles
	for _, p := range projects {
		p.Roles = matching(p.Roles, s.matches)
		if len(p.Roles) > 0 {
			kept = append(kept, p)
		}
	}
	return kept
}

// matching is the entitlements that pass, in a slice of its own.
func matching(all []Entitlement, passes func(Entitlement) bool) []Entitlement {
	n := counting(all, passes)
	if n == 0 {
		return nil
	}
	some := make([]Entitlement, 0, n)
	for _, e := range all {
		if passes(e) {
			some = append(some, e)
		}
	}
	return some
}

// counting is how many entitlements pass.
func counting(all []Entitlement, passes func(Entitlement) bool) int {
	n := 0
	for _, e := range all {
		if passes(e) {
			n++
		}
	}
	return n
}
