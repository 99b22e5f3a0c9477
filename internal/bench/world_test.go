package main

import (
	"slices"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

func TestPopulate_AddsWhoAndWhatIsMeasured(t *testing.T) {
	t.Parallel()
	e, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err := populate(e.World()); err != nil {
		t.Fatal(err)
	}
	group, _ := e.World().Group(eligibleGroup)
	for i := range crowd {
		if !slices.ContainsFunc(group.Members, func(m world.Member) bool { return m.Email == numbered(i) }) {
			t.Errorf("%s is not in %s", numbered(i), eligibleGroup)
		}
	}
	if !e.World().Exists("user", numbered(bindings-1)) {
		t.Errorf("%s does not exist", numbered(bindings-1))
	}
	policy, _ := e.World().Policy("projects/" + project)
	eligible := 0
	for _, b := range policy.GetBindings() {
		if b.GetCondition().GetExpression() == "has({}.jitAccessConstraint)" {
			eligible++
		}
	}
	if eligible != len(roles) {
		t.Errorf("%s has %d eligible bindings, want %d", project, eligible, len(roles))
	}
}
