package eligibility

import (
	"testing"
	"time"
)

// A page may drop what is not relevant, because it would show the same of it: nothing.
func TestRelevant_WhatIsNotIsNeitherEligibleNorActiveNorAFinding(t *testing.T) {
	t.Parallel()
	const resource = "projects/payments-prod"
	someone := Person{Email: "alice@example.com", Groups: map[string]Membership{"oncall@example.com": Member, "sre@example.com": Unreadable}}
	relevant := 0
	for _, title := range []string{"Eligible", ActivationTitle, ""} {
		for _, expression := range []string{
			"", "has({}.jitAccessConstraint)", "has({}.multiPartyApprovalConstraint) && resource.name == 'x'", "has({}.jitAccesConstraint)", "!has({}.jitAccessConstraint)",
			"has({}.somethingElse)", "true // jitAccessConstraint", "jitAccessConstraint ==", "resource.name == 'x'", "resource.name ==", "request.time < timestamp('2026-01-01T00:00:00Z')",
			`(request.time >= timestamp("2026-11-19T02:00:00Z") && request.time < timestamp("2026-11-19T03:00:00Z"))`, "has({}.jitAccessTerms)",
		} {
			for _, members := range [][]string{{"user:alice@example.com"}, {"group:oncall@example.com", "group:sre@example.com"}, {"group:sre@example.com"}} {
				b := FromParts("roles/compute.admin", members, title, "", expression)
				at := []BindingAt{{resource, b}}
				own, _ := Activations(resource, []Binding{b}, someone.Email)
				shown := len(Entitlements(resource, at, someone, time.Now())) + len(Doubtful(resource, at, someone, time.Now())) +
					len(GroupsNamed(at, nil)) + len(own) + len(Findings(resource, []Binding{b}))
				if shown > 0 && !Relevant(b) {
					t.Errorf("%+v shows %d things and is not relevant", b.Condition, shown)
				}
				if Relevant(b) {
					relevant++
				}
			}
		}
	}
	if relevant == 0 || Relevant(FromParts("roles/storage.admin", []string{"user:bob@example.com"}, "Bucket", "", "resource.name == 'x'")) {
		t.Errorf("%d bindings are relevant; the condition of others must not be", relevant)
	}
	if Relevant(FromParts("roles/viewer", []string{"user:bob@example.com"}, "", "", "")) {
		t.Error("a binding without a condition is relevant")
	}
}
