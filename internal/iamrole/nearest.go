package iamrole

import (
	"cmp"
	"slices"
	"strings"
)

// Nearest returns the names that are spelled most like a role's, the most alike first: three at
// most, and none that differs in more than three characters, or two where the name is short. Case
// does not count.
func Nearest(role string, names []string) []string {
	const most, short = 3, 12
	type near struct {
		name     string
		distance int
	}
	wanted := strings.ToLower(role)
	_, own, _ := strings.Cut(wanted, "roles/")
	limit := 3
	if len(own) < short {
		limit = 2
	}
	var found []near
	for _, name := range names {
		if distance := editDistance(wanted, strings.ToLower(name), limit); distance <= limit && name != role {
			found = append(found, near{name, distance})
		}
	}
	slices.SortFunc(found, func(a, b near) int { return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name)) })
	var nearest []string
	for _, n := range found[:min(most, len(found))] {
		nearest = append(nearest, n.name)
	}
	return nearest
}

// editDistance is how many characters have to be added, removed or changed to make one text of
// another, or any number above the limit.
func editDistance(a, b string, limit int) int {
	if difference := len(a) - len(b); max(difference, -difference) > limit {
		return limit + 1
	}
	previous := make([]int, len(b)+1) // distances of what was read of a to each beginning of b
	for j := range previous {
		previous[j] = j
	}
	for i := range len(a) {
		current := make([]int, len(b)+1)
		current[0] = i + 1
		for j := range len(b) {
			changed := previous[j]
			if a[i] != b[j] {
				changed++
			}
			current[j+1] = min(changed, previous[j+1]+1, current[j]+1)
		}
		previous = current
	}
	return previous[len(b)]
}
