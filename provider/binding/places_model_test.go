package binding_test

import "slices"

// text is what tells two bindings of one key apart. A binding with terms has another expression.
type text struct {
	title, description string
	terms              bool
}

// owner is a resource of ours: in a configuration, or in a state.
type owner struct {
	text
	members []string
}

// model is who stands under each text of one key. It says what resources of ours do to a policy; a
// text without members is not in it.
type model map[text][]string

// current is the text under which an owner's members stand: its own, or, the one exception, that of
// a binding which looks like ours renamed. No binding has our text any more, and exactly one holds
// all our members and nobody else.
func (m model) current(o owner) text {
	var renamed []text
	for t, members := range m {
		if len(without(members, o.members)) == 0 && len(without(o.members, members)) == 0 {
			renamed = append(renamed, t)
		}
	}
	if len(m[o.text]) == 0 && len(renamed) == 1 {
		return renamed[0]
	}
	return o.text
}

// elsewhere are those of some members who stand under other texts than this.
func (m model) elsewhere(at text, members []string) (all []string) {
	for t, there := range m {
		if t != at {
			all = append(all, without(there, without(there, members))...)
		}
	}
	return all
}

// refresh is what a state shows after a read. It is nil where the next plan is a create: nobody is
// left, and nobody is known who stands elsewhere.
func (m model) refresh(o owner) *owner {
	at := m.current(o)
	here := without(m[at], without(m[at], o.members))
	forgotten := len(o.members) == 0 && slices.ContainsFunc(m.texts(), func(t text) bool { return t != at })
	if len(here) == 0 && len(m.elsewhere(at, o.members)) == 0 && !forgotten {
		return nil
	}
	return &owner{at, here}
}

// apply leads from a state, or nil, to a configuration, or nil for a destroy. It is refused for a
// create whose members stand under other texts alone.
func (m model) apply(state, want *owner) (refused bool) {
	if state == nil {
		if len(m.elsewhere(want.text, without(want.members, m[want.text]))) > 0 {
			return true
		}
	} else {
		m.remove(m.current(*state), state.members...)
	}
	if want != nil {
		m.add(want.text, want.members...)
	}
	return false
}

// The rest is what a policy is.

func (m model) add(t text, members ...string) {
	if len(members) == 0 {
		return
	}
	m[t] = slices.Sorted(slices.Values(append(without(m[t], members), members...)))
}

func (m model) remove(t text, members ...string) {
	if m[t] = without(m[t], members); len(m[t]) == 0 {
		delete(m, t)
	}
}

// texts are those under which anybody stands, in order.
func (m model) texts() (all []text) {
	for _, t := range texts {
		if len(m[t]) > 0 {
			all = append(all, t)
		}
	}
	return all
}

func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(some, s) })
}
