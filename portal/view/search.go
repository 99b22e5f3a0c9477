package view

import "strings"

// matches reports whether a search finds a role: each word of the search is in the role's title,
// name, resource condition or project, in any order and case, and the constraint is the one that is
// searched for.
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

// isSet reports whether anything is searched for.
func (s Search) isSet() bool {
	return strings.TrimSpace(s.Words) != "" || s.Constraint != ""
}

// filter returns the projects and roles that a search finds. It leaves out projects without any.
func (s Search) filter(projects []ProjectRoles) []ProjectRoles {
	if !s.isSet() {
		return projects
	}
	var found []ProjectRoles
	for _, p := range projects {
		p.Roles = filtered(p.Roles, s.matches)
		if len(p.Roles) > 0 {
			found = append(found, p)
		}
	}
	return found
}

// filtered returns the entitlements that pass, in a slice of its own.
func filtered(all []Entitlement, passes func(Entitlement) bool) []Entitlement {
	n := countIf(all, passes)
	if n == 0 {
		return nil
	}
	found := make([]Entitlement, 0, n)
	for _, e := range all {
		if passes(e) {
			found = append(found, e)
		}
	}
	return found
}

// countIf is how many entitlements pass.
func countIf(all []Entitlement, passes func(Entitlement) bool) int {
	n := 0
	for _, e := range all {
		if passes(e) {
			n++
		}
	}
	return n
}
