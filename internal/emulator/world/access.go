package world

import (
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
)

// Allowed tells whether the caller has the permission on the resource by the
// current policies of the resource and what it stands in. Conditions are
// evaluated now, groups count as they are shown now. False for an unknown
// resource.
func (w *World) Allowed(caller, permission, name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	line := w.ancestors(name)
	if len(line) == 0 {
		return false
	}
	principals := w.principals(fold(caller))
	for _, ancestor := range line {
		for _, b := range w.resources[ancestor].policy.latest().GetBindings() {
			if w.includes(b.GetRole(), permission) && w.names(b, principals) && w.holds(b, line[0]) {
				return true
			}
		}
	}
	return false
}

func (w *World) names(b *iampb.Binding, principals map[string]bool) bool {
	return slices.ContainsFunc(b.GetMembers(), func(m string) bool { return principals[m] })
}

func (w *World) holds(b *iampb.Binding, name string) bool {
	if b.GetCondition() == nil {
		return true
	}
	return w.conditions.holds(b.GetCondition().GetExpression(), attributes(name, w.Now()))
}

// CheckCondition returns an error with Google's text for an expression that
// IAM does not accept in a condition.
func (w *World) CheckCondition(expression string) error {
	return w.conditions.check(expression)
}

// principals are all members, as policies write them, that stand for the
// caller.
func (w *World) principals(email string) map[string]bool {
	self := "user:" + email
	if w.exists("serviceAccount", email) {
		self = "serviceAccount:" + email
	}
	principals := map[string]bool{self: true, "allUsers": true, "allAuthenticatedUsers": true}
	if _, domain, ok := strings.Cut(email, "@"); ok {
		principals["domain:"+domain] = true
	}
	w.joinGroups(email, w.OwnDomain(email), principals)
	return principals
}

// joinGroups adds every group that holds the caller, directly or through
// others, until a round finds no more.
func (w *World) joinGroups(email string, ofCustomer bool, principals map[string]bool) {
	for found := true; found; {
		found = false
		for address, g := range w.groups {
			if principals["group:"+address] {
				continue
			}
			if slices.ContainsFunc(w.shown(g), func(m Member) bool {
				return m.Email == email || m.Type == "GROUP" && principals["group:"+m.Email] || m.Type == "CUSTOMER" && ofCustomer
			}) {
				principals["group:"+address], found = true, true
			}
		}
	}
}
