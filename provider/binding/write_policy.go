package binding

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
)

// edit is one change to the members of one key. Members of before are removed from the binding with
// the wording that they had, unless they are also in after; members of after end up in the binding
// with the wording.
type edit struct {
	key
	wording
	before, after []eligibility.Principal
	was           wording                 // under which the members of before stand
	gone          []eligibility.Principal // of them, those who did not stand there, see on
	movedFrom     otherKey
	joins         bool           // an update: a member of after may stand under another wording as well
	walk          *client.Places // what this walk does to places; nil: nothing of it is known
	places        *client.Write  // what this edit does to them; nil: nothing of it is known
}

// otherKey is where the members were before a moved block changed the resource's kind. They are
// removed from there. The zero value removes nobody.
type otherKey struct {
	key
	members []eligibility.Principal
	was     wording                 // under which they stand
	gone    []eligibility.Principal // those who did not stand there, see on
}

// alreadyThere is whom an edit found in a policy.
type alreadyThere struct {
	taken     []eligibility.Principal // new members, in a binding with the same wording
	elsewhere []standing              // members, old ones too, under other wordings, where they stay
}

// on is the edit for a policy: where somebody renamed the binding, its members stand under the
// wording that it has now. Of members who do not stand there, only what IAM left of a deleted
// account can be removed.
func (e edit) on(p *policy.Policy) edit {
	e.was = e.key.current(p, e.was, e.before)
	e.gone = without(e.before, e.under(p, e.was))
	from := &e.movedFrom
	from.was = from.current(p, from.was, from.members)
	from.gone = without(from.members, from.under(p, from.was))
	return e
}

// apply edits the policy, and returns whom it found there. A new member in a binding with another
// wording is refused with an [*otherTitleError], and nothing is changed, unless the edit is an
// update, the member stands under this wording as well, or this walk let the member's place go.
// Members of others, other bindings and deleted principals of others stay as they are; a binding is
// removed only if this emptied it.
func (e edit) apply(p *policy.Policy) (alreadyThere, error) {
	found := e.present(p)
	if refused := e.refused(found); len(refused) > 0 {
		return alreadyThere{}, &otherTitleError{key: e.key, members: refused, ids: e.importIDs(p)}
	}
	removeFrom(p, e.movedFrom, e.places)
	inPlace := e.remove(p)
	e.add(p, without(e.after, inPlace))
	return found, nil
}

// present finds members that the policy has already, beside those of the state.
func (e edit) present(p *policy.Policy) alreadyThere {
	added := e.after
	if e.was == e.wording {
		added = without(e.after, e.before)
	}
	there := e.under(p, e.wording)
	all := slices.Concat(e.before, without(e.after, e.before))
	return alreadyThere{without(there, without(there, added)), e.elsewhere(p, all, e.was, e.wording)}
}

// refused are the members who stand elsewhere and must not be added.
func (e edit) refused(found alreadyThere) []standing {
	if e.joins {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(found.elsewhere), func(s standing) bool {
		return !slices.Contains(e.after, s.member) || slices.Contains(found.taken, s.member) || e.wasLetGo(s.member)
	})
}

// new are the members who do not stand under the wording yet, and whom nobody in this walk let go.
func (e edit) new(found alreadyThere) []eligibility.Principal {
	return slices.DeleteFunc(without(e.after, found.taken), e.wasLetGo)
}

// wasLetGo tells whether a resource of this walk lets a member's place go: the destroyed half of a
// replacement does.
func (e edit) wasLetGo(who eligibility.Principal) bool {
	return e.walk != nil && e.walk.LetGo(e.place(e.wording, who))
}

// remove takes members out of the binding that they had, and returns everybody in the right one.
func (e edit) remove(p *policy.Policy) (inPlace []eligibility.Principal) {
	inPlace = e.under(p, e.wording)
	removed := e.before
	if e.was == e.wording {
		removed = without(e.before, e.after)
	}
	removeFrom(p, otherKey{e.key, removed, e.was, e.gone}, e.places)
	return inPlace
}

// removeFrom takes members out of the bindings of a key that have a wording, but for those whose
// places a newer owner has.
func removeFrom(p *policy.Policy, from otherKey, places *client.Write) {
	p.Bindings = slices.DeleteFunc(p.Bindings, func(b *policy.Binding) bool {
		if t, ok := from.read(b); !ok || t != from.was {
			return false
		}
		removed := slices.DeleteFunc(among(b.Members, from.members), func(who eligibility.Principal) bool {
			return places != nil && places.Leave(from.place(from.was, who))
		})
		return removeMembers(b, removed, deletedAmong(b.Members, from.gone))
	})
}

// owned are the places that the resource has after the edit.
func (e edit) owned() []client.Place { return e.key.placesOf(e.wording, e.after) }

// abandoned are the places that the resource has no more after the edit.
func (e edit) abandoned() []client.Place {
	abandoned := e.movedFrom.placesOf(e.movedFrom.was, e.movedFrom.members)
	if e.was != e.wording {
		return append(abandoned, e.key.placesOf(e.was, e.before)...)
	}
	return append(abandoned, e.key.placesOf(e.was, without(e.before, e.after))...)
}

// emptied are the places that the resource gives up and that nobody has in a policy.
func (e edit) emptied(p *policy.Policy) []client.Place {
	return slices.DeleteFunc(e.abandoned(), e.standingIn(p))
}

// standingIn tells of a place that the resource gives up whether a policy has it.
func (e edit) standingIn(p *policy.Policy) func(client.Place) bool {
	there := append(e.placesOf(e.was, e.under(p, e.was)), e.movedFrom.placesOf(e.movedFrom.was, e.movedFrom.under(p, e.movedFrom.was))...)
	return func(at client.Place) bool { return slices.Contains(there, at) }
}

// staysInPlace tells whether the members stand under the same key and wording before and after.
func (e edit) staysInPlace() bool { return e.was == e.wording && len(e.movedFrom.members) == 0 }

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

// removeMembers takes members out of a binding, and deleted ones by IAM's names, and tells whether
// that emptied it.
func removeMembers(b *policy.Binding, members []eligibility.Principal, deleted []string) (emptied bool) {
	before := len(b.Members)
	b.Members = slices.DeleteFunc(b.Members, func(s string) bool {
		who, err := eligibility.ParsePrincipal(s)
		return err == nil && slices.Contains(members, who) || slices.Contains(deleted, s)
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
	key     key
	members []standing
	ids     map[wording]string // that import their bindings
}

func (e *otherTitleError) Error() string { return lines(e.members) }

// lines says where members stand, a line for each.
func lines(all []standing) string {
	texts := make([]string, len(all))
	for i, s := range all {
		texts[i] = fmt.Sprintf("%s stands under %s", s.member, s.wording)
	}
	return strings.Join(texts, "\n")
}
