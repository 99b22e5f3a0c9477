package policy

import (
	"strings"
	"unicode"
)

// longestReason bounds the reason in bytes, well below what a proxy takes.
const longestReason = 2000

// unfinished returns the entries that have no outcome yet.
func unfinished(entries []*entry) []*entry {
	var all []*entry
	for _, e := range entries {
		if !e.finished() {
			all = append(all, e)
		}
	}
	return all
}

// byOwner groups unfinished entries by who ordered them. Those of nobody in particular are a group
// each.
func byOwner(entries []*entry) (groups [][]*entry) {
	index := map[string]int{}
	for _, e := range unfinished(entries) {
		i, known := index[e.change.Owner]
		if known && e.change.Owner != "" {
			groups[i] = append(groups[i], e)
			continue
		}
		index[e.change.Owner] = len(groups)
		groups = append(groups, []*entry{e})
	}
	return groups
}

// firstOfItsContent are the first entry and those with the same owner and content, which share its
// fate.
func firstOfItsContent(entries []*entry) (alike, rest []*entry) {
	first := entries[0].change
	for i, e := range entries {
		if i == 0 || first.Content != "" && e.change.Content == first.Content && e.change.Owner == first.Owner {
			alike = append(alike, e)
		} else {
			rest = append(rest, e)
		}
	}
	return alike, rest
}

// unfinishedGroups leaves out what has an outcome, and groups without any other entry.
func unfinishedGroups(groups [][]*entry) (left [][]*entry) {
	for _, group := range groups {
		if entries := unfinished(group); len(entries) > 0 {
			left = append(left, entries)
		}
	}
	return left
}

// finishAll finishes entries whose effect the policy holds. A change that was in a write whose
// response was lost, and has nothing left to alter, was written.
func finishAll(entries []*entry, p *Policy) {
	for _, e := range entries {
		e.finish(Outcome{Policy: p, Written: e.altered || e.maybeWritten}, nil)
	}
}

func markMaybeWritten(entries []*entry) {
	for _, e := range entries {
		e.maybeWritten = e.maybeWritten || e.altered
	}
}

// reason is what the audit log says of a write: the reason of a single change, the ids of several.
// Only changes that alter the policy count.
func reason(entries []*entry) string {
	var altering []*entry
	for _, e := range entries {
		if e.altered {
			altering = append(altering, e)
		}
	}
	if len(altering) == 1 {
		return headerText(altering[0].change.Reason)
	}
	ids := make([]string, 0, len(altering))
	for _, e := range altering {
		if e.change.ID != "" {
			ids = append(ids, e.change.ID)
		}
	}
	return headerText(strings.Join(ids, ", "))
}

// headerText makes a text fit for one header line: no control characters, and no more than
// longestReason bytes.
func headerText(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	if len(text) > longestReason {
		text = strings.ToValidUTF8(text[:longestReason], "")
	}
	return strings.TrimSpace(text)
}
