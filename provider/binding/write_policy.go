package binding

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// move is one change to the members' places of one key: those of before leave
// unless they are also in after, those of after end up under the text. Those
// that stood under another key leave that one.
type edit struct {
	key
	text
	before, after []eligibility.Principal
	removal       removal
}

// apply edits the policy. Members that join and already stand under the very
// text are taken over, and returned; a member that joins and stands under
// another text is refused with *elsewhereError, and nothing is changed. Members
// of other people, other bindings and deleted principals stay as they are; a
// binding is removed only if this emptied it.
func (m edit) apply(p *policy.Policy) (taken []eligibility.Principal, err error) {
	taken, err = m.takenOverBy(p)
	if err != nil {
		return nil, err
	}
	m.removal.leave(p)
	placed := m.leave(p)
	m.enter(p, without(m.after, placed))
	return taken, nil
}

// arrivals looks where the members that join stand now.
func (m edit) takenOverBy(p *policy.Policy) (taken []eligibility.Principal, err error) {
	joining := without(m.after, m.before)
	refused := &otherTitleError{key: m.key}
	for _, b := range p.Bindings {
		found, ok := m.read(b)
		if !ok {
			continue
		}
		foundMembers := among(b.Members, joining)
		if found == m.text {
			taken = append(taken, without(foundMembers, taken)...)
		} else if len(foundMembers) > 0 {
			refused.add(foundMembers, found)
		}
	}
	if len(refused.members) > 0 {
		return nil, refused
	}
	return taken, nil
}

// leave removes who must not stand where they stand, and returns the members
// that need no new place.
func (m edit) leave(p *policy.Policy) (placed []eligibility.Principal) {
	p.Bindings = slices.DeleteFunc(p.Bindings, func(b *policy.Binding) bool {
		found, ok := m.read(b)
		if !ok {
			return false
		}
		leaving := slices.Concat(m.before, m.after)
		if found == m.text {
			leaving = without(m.before, m.after)
			placed = append(placed, among(b.Members, m.after)...)
		}
		return removeMembers(b, leaving)
	})
	return placed
}

// leave takes the members out of every binding of the key that they stood under.
func (d removal) leave(p *policy.Policy) {
	p.Bindings = slices.DeleteFunc(p.Bindings, func(b *policy.Binding) bool {
		_, ok := d.read(b)
		return ok && removeMembers(b, d.members)
	})
}

// enter puts members into the binding that this key and text write.
func (m edit) enter(p *policy.Policy, members []eligibility.Principal) {
	if len(members) == 0 {
		return
	}
	i := slices.IndexFunc(p.Bindings, func(b *policy.Binding) bool { return m.isExactly(b, m.text) })
	if i < 0 {
		i = len(p.Bindings)
		p.Bindings = append(p.Bindings, &policy.Binding{Role: m.role, Condition: m.write(m.text)})
	}
	for _, member := range members {
		p.Bindings[i].Members = append(p.Bindings[i].Members, member.String())
	}
}

// evict removes members from a binding, and tells whether that emptied it.
func removeMembers(b *policy.Binding, members []eligibility.Principal) (emptied bool) {
	before := len(b.Members)
	b.Members = slices.DeleteFunc(b.Members, func(s string) bool {
		who, err := eligibility.ParsePrincipal(s)
		return err == nil && slices.Contains(members, who)
	})
	return before > 0 && len(b.Members) == 0
}

// among returns those of the wanted principals that a binding names, once each
// and in its order. A deleted principal is nobody's.
func among(members []string, wanted []eligibility.Principal) []eligibility.Principal {
	var found []eligibility.Principal
	for _, s := range members {
		who, err := eligibility.ParsePrincipal(s)
		if err == nil && slices.Contains(wanted, who) && !slices.Contains(found, who) {
			found = append(found, who)
		}
	}
	return found
}

func without(all, left []eligibility.Principal) []eligibility.Principal {
	var rest []eligibility.Principal
	for _, p := range all {
		if !slices.Contains(left, p) {
			rest = append(rest, p)
		}
	}
	return rest
}

// elsewhereError says that members that a resource would take in stand under
// another title, description or terms already.
type otherTitleError struct {
	key     key
	members []eligibility.Principal
	places  []text // where they stand, in step with members
}

func (e *otherTitleError) add(members []eligibility.Principal, t text) {
	for _, member := range members {
		e.members = append(e.members, member)
		e.places = append(e.places, t)
	}
}

func (e *otherTitleError) Error() string {
	lines := make([]string, len(e.members))
	for i, member := range e.members {
		lines[i] = fmt.Sprintf("%s stands under %s", member, e.places[i])
	}
	return strings.Join(lines, "\n")
}

// String names the place to a practitioner.
func (t text) String() string {
	s := fmt.Sprintf("the title %q", t.title)
	if t.description != "" {
		s += fmt.Sprintf(" and the description %q", t.description)
	}
	if t.terms != "" {
		s += " with terms of its own"
	}
	return s
}
