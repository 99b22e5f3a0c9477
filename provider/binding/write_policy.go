package binding

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
)

// edit is one change to the members of one key. Members of before are removed unless they are also
// in after; members of after end up in the binding with the wording.
type edit struct {
	key
	wording
	before, after []eligibility.Principal
	movedFrom     otherKey
	was           wording       // of the state
	places        *client.Write // what this walk does to places; nil: nothing of it is known
}

// otherKey is where the members were before a moved block changed the resource's kind. They are
// removed from there. The zero value removes nobody.
type otherKey struct {
	key
	members []eligibility.Principal
}

// apply edits the policy, and returns the new members that were in a binding with the same wording
// already. A new member in a binding with another wording is refused with an [*otherTitleError],
// and nothing is changed. Members of others, other bindings and deleted principals stay as they
// are; a binding is removed only if this emptied it.
func (e edit) apply(p *policy.Policy) (taken []eligibility.Principal, err error) {
	taken, err = e.present(p)
	if err != nil {
		return nil, err
	}
	e.removeMoved(p)
	inPlace := e.remove(p)
	e.add(p, without(e.after, inPlace))
	return taken, nil
}

// present finds new members that the policy has already.
func (e edit) present(p *policy.Policy) (taken []eligibility.Principal, err error) {
	added := without(e.after, e.before)
	refused := &otherTitleError{key: e.key}
	for _, b := range p.Bindings {
		found, ok := e.read(b)
		if !ok {
			continue
		}
		members := among(b.Members, added)
		if found == e.wording {
			taken = append(taken, without(members, taken)...)
		} else if len(members) > 0 {
			refused.add(members, found)
		}
	}
	if len(refused.members) > 0 {
		return nil, refused
	}
	return taken, nil
}

// remove takes members out of bindings where they must not be, and returns those of after that are
// in the right one.
func (e edit) remove(p *policy.Policy) (inPlace []eligibility.Principal) {
	p.Bindings = slices.DeleteFunc(p.Bindings, func(b *policy.Binding) bool {
		found, ok := e.read(b)
		if !ok {
			return false
		}
		removed := slices.Concat(e.before, e.after)
		if found == e.wording {
			removed = without(e.before, e.after)
			inPlace = append(inPlace, among(b.Members, e.after)...)
		}
		return removeMembers(b, e.notLeft(e.key, found, among(b.Members, removed)))
	})
	return inPlace
}

// removeMoved takes the members that were moved out of every binding of the other key.
func (e edit) removeMoved(p *policy.Policy) {
	o := e.movedFrom
	p.Bindings = slices.DeleteFunc(p.Bindings, func(b *policy.Binding) bool {
		found, ok := o.read(b)
		return ok && removeMembers(b, e.notLeft(o.key, found, among(b.Members, o.members)))
	})
}

// notLeft returns the members of a binding whose places no newer owner has.
func (e edit) notLeft(k key, t wording, members []eligibility.Principal) []eligibility.Principal {
	if e.places == nil {
		return members
	}
	return slices.DeleteFunc(slices.Clone(members), func(who eligibility.Principal) bool { return e.places.Leave(k.place(t, who)) })
}

// owned are the places that the resource has after the edit.
func (e edit) owned() []client.Place { return e.key.placesOf(e.wording, e.after) }

// abandoned are the places that the resource has no more after the edit.
func (e edit) abandoned() []client.Place {
	abandoned := e.movedFrom.placesOf(e.was, e.movedFrom.members)
	if e.was != e.wording {
		return append(abandoned, e.key.placesOf(e.was, e.before)...)
	}
	return append(abandoned, e.key.placesOf(e.was, without(e.before, e.after))...)
}

// add puts members into the binding with the key and the wording, which it makes if there is none.
func (e edit) add(p *policy.Policy, members []eligibility.Principal) {
	if len(members) == 0 {
		return
	}
	i := slices.IndexFunc(p.Bindings, func(b *policy.Binding) bool { return e.isExactly(b, e.wording) })
	if i < 0 {
		i = len(p.Bindings)
		p.Bindings = append(p.Bindings, &policy.Binding{Role: e.role, Condition: e.write(e.wording)})
	}
	for _, member := range members {
		p.Bindings[i].Members = append(p.Bindings[i].Members, member.String())
	}
}

// removeMembers takes members out of a binding, and tells whether that emptied it.
func removeMembers(b *policy.Binding, members []eligibility.Principal) (emptied bool) {
	before := len(b.Members)
	b.Members = slices.DeleteFunc(b.Members, func(s string) bool {
		who, err := eligibility.ParsePrincipal(s)
		return err == nil && slices.Contains(members, who)
	})
	return before > 0 && len(b.Members) == 0
}

// among returns the wanted principals that are members, once each and in the members' order. A
// deleted principal is not.
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

// without returns all principals but some.
func without(all, left []eligibility.Principal) []eligibility.Principal {
	var rest []eligibility.Principal
	for _, p := range all {
		if !slices.Contains(left, p) {
			rest = append(rest, p)
		}
	}
	return rest
}

// otherTitleError says that new members of a resource are in a binding with another title,
// description or terms already.
type otherTitleError struct {
	key      key
	members  []eligibility.Principal
	wordings []wording // of their bindings, in step with members
}

func (e *otherTitleError) add(members []eligibility.Principal, t wording) {
	for _, member := range members {
		e.members = append(e.members, member)
		e.wordings = append(e.wordings, t)
	}
}

func (e *otherTitleError) Error() string {
	lines := make([]string, len(e.members))
	for i, member := range e.members {
		lines[i] = fmt.Sprintf("%s stands under %s", member, e.wordings[i])
	}
	return strings.Join(lines, "\n")
}

// String names a binding to a practitioner.
func (t wording) String() string {
	s := fmt.Sprintf("the title %q", t.title)
	if t.description != "" {
		s += fmt.Sprintf(" and the description %q", t.description)
	}
	if t.terms != "" {
		s += " with terms of its own"
	}
	return s
}
