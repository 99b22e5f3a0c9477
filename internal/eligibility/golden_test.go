package eligibility

import (
	"testing"
	"time"
)

// References stand in bookmarks and in forms that are open while the portal is updated, digests in
// tokens, and activations in policies.
func TestEntitlement_WhatLeavesTheProcessStaysAsItIs(t *testing.T) {
	t.Parallel()
	binding := BindingAt{Resource: "folders/12", Binding: Binding{
		Role: "roles/compute.admin", Members: []string{"group:Oncall@example.com"},
		Condition: &Condition{Title: "Eligible", Expression: `has({}.multiPartyApprovalConstraint) && resource.name == 'x'`},
	}}
	alice := Person{Email: "alice@example.com", Groups: map[string]Membership{"oncall@example.com": Member}}
	all := Entitlements("projects/apollo", []BindingAt{binding}, alice, time.Now())
	if len(all) != 1 {
		t.Fatalf("entitlements = %+v, want one", all)
	}
	a := Activation{
		Key: all[0].Key, User: "alice@example.com", ID: "mpa-AAAABBBBCCCC-_12", Description: "Approved by bob@example.com, justification: CASE-7",
		Window: Window{Start: time.Date(2026, 11, 19, 2, 14, 0, 0, time.UTC), End: time.Date(2026, 11, 19, 3, 14, 0, 0, time.UTC)},
	}
	written, err := WriteActivation(a)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ got, want string }{
		"digest":      {all[0].Evidence.Digest, "wSBesghL1ZSci0HMCjWfs6XqP8O0zuyHYu3LCHN91oU"},
		"reference":   {all[0].Reference().Encode(), "ARNyb2xlcy9jb21wdXRlLmFkbWluFHJlc291cmNlLm5hbWUgPT0gIngiFG11bHRpLXBhcnR5LWFwcHJvdmFsCmZvbGRlcnMvMTIrd1NCZXNnaEwxWlNjaTBITUNqV2ZzNlhxUDhPMHp1eUhZdTNMQ0hOOTFvVQVncm91cBJvbmNhbGxAZXhhbXBsZS5jb20"},
		"bare":        {Reference{Role: "projects/apollo/roles/x", Constraint: SelfApproval}.Encode(), "ARdwcm9qZWN0cy9hcG9sbG8vcm9sZXMveAANc2VsZi1hcHByb3ZhbAAAAAA"},
		"id":          {ContentID(SelfID, "apollo", "roles/compute.admin"), "jit-Lh1PkCZ2195aKwKl"},
		"expression":  {written.Condition.Expression, `((request.time >= timestamp("2026-11-19T02:14:00Z") && request.time < timestamp("2026-11-19T03:14:00Z"))) && (resource.name == "x")`},
		"description": {written.Condition.Description, "Approved by bob@example.com, justification: CASE-7 [mpa-AAAABBBBCCCC-_12]"},
	} {
		if c.got != c.want {
			t.Errorf("%s = %q, want %q", name, c.got, c.want)
		}
	}
}
