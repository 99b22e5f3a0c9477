package catalog

import (
	"context"
	"errors"
	"regexp"
	"slices"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// maxHints is how many groups, and how many folders and organizations, the hints of one form have
// asked: one of each for each role.
const maxHints = 10

// ancestorPattern matches the resources that a hint may send a read to.
var ancestorPattern = regexp.MustCompile(`^(?:folders|organizations)/[0-9]{1,20}$`)

// hints are what the references of one form say about where to look. They only save a step, and
// anybody can write them.
type hints struct{ groups, ancestors []string }

// addGroup adds a group, and reports whether it is to be asked.
func (h *hints) addGroup(group string) bool {
	return addBounded(&h.groups, group)
}

func (h *hints) addAncestor(resource string) {
	if ancestorPattern.MatchString(resource) {
		addBounded(&h.ancestors, resource)
	}
}

func addBounded(all *[]string, one string) bool {
	if slices.Contains(*all, one) {
		return true
	}
	if len(*all) == maxHints {
		return false
	}
	*all = append(*all, one)
	return true
}

// check counts the hints that were wrong, once the project was read: those that name what neither
// its policy nor its place names. Of a project that is nobody's here, all are; of one that could
// not be read, nothing is known. Where nothing was followed, there is nothing to count.
func (h *hints) check(ctx context.Context, p *project, placed []string, err error) {
	switch {
	case errors.Is(err, upstream.ErrNotYours):
		quota.NoteWrongHints(ctx, len(h.groups)+len(h.ancestors))
		return
	case err != nil || p.unread != nil:
		return
	}
	named, wrong := eligibility.GroupsNamed(p.bindings(), nil), 0
	for _, group := range h.groups {
		if !slices.Contains(named, group) {
			wrong++
		}
	}
	for _, ancestor := range h.ancestors {
		if !slices.Contains(placed, ancestor) {
			wrong++
		}
	}
	quota.NoteWrongHints(ctx, wrong)
}

// hintedGroup is the group that a hint names, or none.
func hintedGroup(w eligibility.Reference) []string {
	m, err := eligibility.ParsePrincipal(w.Hint.Member.String())
	if err != nil || m.Kind != eligibility.Group {
		return nil
	}
	return []string{m.Email}
}
