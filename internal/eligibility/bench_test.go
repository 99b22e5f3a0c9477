package eligibility

import (
	"fmt"
	"testing"
)

// BenchmarkProjectAccess is what listing the roles of one project costs: twelve eligible bindings,
// a third of them with a resource condition, and twelve activations.
func BenchmarkProjectAccess(b *testing.B) {
	var all []BindingAt
	var own []Binding
	for i := range 12 {
		expression := selfMarker
		if i%3 == 0 {
			expression += " && " + disksOnly
		}
		role := fmt.Sprintf("roles/custom%d", i)
		all = append(all, bindingAt("projects/apollo", role, expression, "group:oncall@example.com"))
		a := example()
		a.Role, a.ResourceCondition = role, disksOnly
		binding, err := WriteActivation(a)
		if err != nil {
			b.Fatal(err)
		}
		own = append(own, binding)
		all = append(all, BindingAt{"projects/apollo", binding})
	}
	b.ReportAllocs()
	for b.Loop() {
		if got := len(GroupsNamed(all, nil)) + len(Entitlements("projects/apollo", all, alice, noon)); got != 13 {
			b.Fatalf("got %d", got)
		}
		if got, _ := Activations("projects/apollo", own, "alice@example.com"); len(got) != 12 {
			b.Fatalf("got %d activations", len(got))
		}
	}
}

// BenchmarkOpen is what a resource condition with hours adds.
func BenchmarkOpen(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if !openAt(`request.time.getHours("Europe/Berlin") < 18`, noon) {
			b.Fatal("closed")
		}
	}
}
