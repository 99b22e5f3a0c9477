package googleprovider

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	crm "google.golang.org/api/cloudresourcemanager/v1"
)

const expression = "has({}.jitAccessConstraint)"

// Google's provider writes every binding of a policy anew.
func TestWithBinding_RewritesTheBindingsOfOthers(t *testing.T) {
	t.Parallel()
	before := []*crm.Binding{
		{Role: "roles/viewer", Members: []string{"user:Bob@Example.com", "deleted:user:Eve@example.com?uid=1", "principal://iam.googleapis.com/Pool"}},
		{Role: "roles/editor", Members: []string{}},
		{Role: "roles/browser", Members: []string{"user:carol@example.com"}, Condition: &crm.Expr{Title: "T", Expression: expression, Location: "here"}},
		{Role: "roles/browser", Members: []string{"user:bob@example.com"}, Condition: &crm.Expr{Title: "T", Description: "D", Expression: expression}},
	}
	added := &crm.Binding{Role: "roles/browser", Members: []string{"user:Alice@example.com"}, Condition: &crm.Expr{Title: "T", Expression: expression}}
	compare(t, "with", withBinding(before, added), []*crm.Binding{
		{Role: "roles/browser", Members: []string{"user:alice@example.com", "user:carol@example.com"}, Condition: &crm.Expr{Title: "T", Expression: expression}},
		{Role: "roles/browser", Members: []string{"user:bob@example.com"}, Condition: &crm.Expr{Title: "T", Description: "D", Expression: expression}},
		{Role: "roles/viewer", Members: []string{"deleted:user:eve@example.com?uid=1", "principal://iam.googleapis.com/Pool", "user:bob@example.com"}},
	})
}

func TestWithoutBinding_TakesAMemberWhoeverPutItThere(t *testing.T) {
	t.Parallel()
	before := []*crm.Binding{
		{Role: "roles/browser", Members: []string{"user:alice@example.com"}},
		{Role: "roles/browser", Members: []string{"user:alice@example.com"}, Condition: &crm.Expr{Title: "T", Expression: expression}},
	}
	removed := &crm.Binding{Role: "roles/browser", Members: []string{"user:ALICE@example.com"}, Condition: &crm.Expr{Title: "T", Expression: expression}}
	compare(t, "without", withoutBinding(before, removed), []*crm.Binding{{Role: "roles/browser", Members: []string{"user:alice@example.com"}}})
}

func compare(t *testing.T, what string, got, want []*crm.Binding) {
	t.Helper()
	written := func(all []*crm.Binding) string {
		text, err := json.MarshalIndent(all, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if diff := cmp.Diff(written(want), written(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
