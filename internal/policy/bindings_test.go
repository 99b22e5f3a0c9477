package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

func TestBindingsOf_KeepsWhatDecides(t *testing.T) {
	t.Parallel()
	read := &Policy{Bindings: []*Binding{
		{Role: "roles/viewer", Members: []string{"user:alice@example.com", "group:oncall@example.com"}},
		{Role: "roles/admin", Members: []string{"user:bob@example.com"}, Condition: &Expr{
			Title: "title", Description: "description", Expression: "true", Location: "elsewhere",
		}},
		{Role: "roles/admin", Condition: &Expr{Title: "title alone"}},
		{Role: "roles/admin", Condition: &Expr{}},
	}}
	want := []eligibility.Binding{
		{Role: "roles/viewer", Members: []string{"user:alice@example.com", "group:oncall@example.com"}},
		{Role: "roles/admin", Members: []string{"user:bob@example.com"}, Condition: &eligibility.Condition{
			Title: "title", Description: "description", Expression: "true",
		}},
		{Role: "roles/admin", Condition: &eligibility.Condition{Title: "title alone"}},
		{Role: "roles/admin"},
	}
	if diff := cmp.Diff(want, BindingsOf(read)); diff != "" {
		t.Errorf("bindings (-want +got):\n%s", diff)
	}
	if got := BindingsOf(nil); got != nil {
		t.Errorf("no policy has bindings %v", got)
	}
}
