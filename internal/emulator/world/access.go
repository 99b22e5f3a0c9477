package world

import (
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
)

// Allowed tells whether the caller has the permission on the resource by the current policies of
// the resource and what it stands in. Conditions are evaluated now, groups have the members that
// the Directory shows now. False for an unknown resource.
func (w *World) Allowed(caller, permission, name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	line := w.ancestors(name)
	if len(line) == 0 {
		return false
	}
	principals := w.principals(fold(caller))
	isCaller := func(member string) bool { return principals[member] }
	for _, ancestor := range line {
		for _, b := range w.resources[ancestor].policy.latest().GetBindings() {
			if slices.Contains(w.roles[b.GetRole()].Permissions, permission) && slices.ContainsFunc(b.GetMembers(), isCaller) &&
				w.holds(b, line[0]) {
				return true
			}
		}
	}
	return false
}

func (w *World) holds(b *iampb.Binding, name string) bool {
	if b.GetCondition() == nil {
		return true
	}
	return w.conditions.holds(b.GetCondition().GetExpression(), attributes(name, w.Now()))
}

// CheckCondition returns an error with Google's text for an expression that IAM does not accept in
// a condition.
func (w *World) CheckCondition(expression string) error {
	_, err := w.conditions.compile(expression)
	return err
}

// principals are all members of policies that the caller is or belongs to.
func (w *World) principals(email string) map[string]bool {
	self := "user:" + email
	if w.exists("serviceAccount", email) {
		self = "serviceAccount:" + email
	}
	principals := map[string]bool{self: true, "allUsers": true, "allAuthenticatedUsers": true}
	if _, domain, ok := strings.Cut(email, "@"); ok {
		principals["domain:"+domain] = true
	}
	w.addGroups(email, w.OwnDomain(email), principals)
	return principals
}

// addGroups adds every group that holds the caller, directly or through others, until a round adds
// no more.
func (w *World) addGroups(email string, ofCustomer bool, principals map[string]bool) {
	for found := true; found; {
		found = false
		for address, g := range w.groups {
			if principals["group:"+address] {
				continue
			}
			if slices.ContainsFunc(w.visibleMembers(g), func(m Member) bool {
				return m.Email == email || m.Type == "GROUP" && principals["group:"+m.Email] || m.Type == "CUSTOMER" && ofCustomer
			}) {
				principals["group:"+address], found = true, true
			}
		}
	}
}
