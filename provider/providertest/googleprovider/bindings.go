package googleprovider

import (
	"cmp"
	"slices"
	"strings"

	crm "google.golang.org/api/cloudresourcemanager/v1"
)

// bindingKey is by what two bindings are the same: the location of a condition is no part of it.
type bindingKey struct {
	role                           string
	conditional                    bool
	title, description, expression string
}

func keyOf(b *crm.Binding) bindingKey {
	k := bindingKey{role: b.Role}
	if c := b.Condition; c != nil {
		k.conditional, k.title, k.description, k.expression = true, c.Title, c.Description, c.Expression
	}
	return k
}

// withBinding is bindings and one more.
func withBinding(bindings []*crm.Binding, added *crm.Binding) []*crm.Binding {
	return listed(membersByKey(append(bindings, added)))
}

// withoutBinding is bindings without the members of one.
func withoutBinding(bindings []*crm.Binding, removed *crm.Binding) []*crm.Binding {
	all := membersByKey(bindings)
	for _, member := range removed.Members {
		delete(all[keyOf(removed)], lowerCased(member))
	}
	return listed(all)
}

func membersByKey(bindings []*crm.Binding) map[bindingKey]map[string]bool {
	all := map[bindingKey]map[string]bool{}
	for _, b := range bindings {
		k := keyOf(b)
		if all[k] == nil {
			all[k] = map[string]bool{}
		}
		for _, member := range b.Members {
			all[k][lowerCased(member)] = true
		}
	}
	return all
}

// listed are the bindings with a member, and these, in order.
func listed(all map[bindingKey]map[string]bool) []*crm.Binding {
	bindings := []*crm.Binding{}
	for k, set := range all {
		b := &crm.Binding{Role: k.role}
		for member := range set {
			b.Members = append(b.Members, member)
		}
		slices.Sort(b.Members)
		if k.conditional {
			b.Condition = &crm.Expr{Title: k.title, Description: k.description, Expression: k.expression}
		}
		if len(b.Members) > 0 {
			bindings = append(bindings, b)
		}
	}
	slices.SortFunc(bindings, func(a, b *crm.Binding) int {
		x, y := keyOf(a), keyOf(b)
		return cmp.Or(cmp.Compare(x.role, y.role), cmp.Compare(x.expression, y.expression), cmp.Compare(x.title, y.title), cmp.Compare(x.description, y.description))
	})
	return bindings
}

// lowerCased is a member with its value, but not its kind, in lower case; of kinds whose case means
// something, as it is.
func lowerCased(member string) string {
	kind, value, ok := strings.Cut(member, ":")
	switch {
	case !ok, strings.HasPrefix(kind, "principal"):
		return member
	case kind == "deleted":
		return "deleted:" + lowerCased(value)
	}
	return kind + ":" + strings.ToLower(value)
}
