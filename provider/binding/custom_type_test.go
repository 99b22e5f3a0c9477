package binding

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

func TestSame(t *testing.T) {
	t.Parallel()
	tests := []struct {
		subject subject
		a, b    string
		want    bool
	}{
		{memberSubject, alice, "user:ALICE@Example.com", true},
		{memberSubject, alice, "group:alice@example.com", false},
		{memberSubject, alice, "User:alice@example.com", false},
		{memberSubject, "nonsense", "Nonsense", false},
		{memberSubject, "nonsense", "nonsense", true},
		{conditionSubject, disks, " resource.type=='compute.googleapis.com/Disk' // disks", true},
		{conditionSubject, disks, `resource.type == "compute.googleapis.com/disk"`, false},
		{conditionSubject, "a ==", "a  ==", false},
	}
	for _, test := range tests {
		if got := test.subject.same(test.a, test.b); got != test.want {
			t.Errorf("%s: same(%q, %q): got %v, want %v", test.subject, test.a, test.b, got, test.want)
		}
		x, y := spellingValue{basetypes.NewStringValue(test.a), test.subject}, spellingValue{basetypes.NewStringValue(test.b), test.subject}
		if got, _ := x.StringSemanticEquals(context.Background(), y); got != test.want {
			t.Errorf("%s: semantic equality of %q and %q: got %v, want %v", test.subject, test.a, test.b, got, test.want)
		}
	}
}

func TestUseStateSpelling_PlansTheKnownSpelling(t *testing.T) {
	t.Parallel()
	condition := types.StringValue
	tests := map[string]struct{ state, plan, want types.String }{
		"another spelling":  {condition(disks), condition("(" + disks + ")"), condition(disks)},
		"another condition": {condition(disks), condition("true"), condition("true")},
		"a new condition":   {types.StringNull(), condition(disks), condition(disks)},
		"none any more":     {condition(disks), types.StringNull(), types.StringNull()},
		"not known yet":     {condition(disks), types.StringUnknown(), types.StringUnknown()},
	}
	for name, test := range tests {
		resp := planmodifier.StringResponse{PlanValue: test.plan}
		useStateSpelling{conditionSubject}.PlanModifyString(context.Background(), planmodifier.StringRequest{StateValue: test.state, PlanValue: test.plan}, &resp)
		if !resp.PlanValue.Equal(test.want) {
			t.Errorf("%s: got %v, want %v", name, resp.PlanValue, test.want)
		}
	}
}

func TestUseStateSpelling_PlansTheKnownSetOrTheNewOne(t *testing.T) {
	t.Parallel()
	element := spellingType{subject: memberSubject}
	unknownMember := spellingValue{basetypes.NewStringUnknown(), memberSubject}
	members := func(values ...attr.Value) types.Set { return types.SetValueMust(element, values) }
	upper := memberValue("user:ALICE@example.com")
	tests := map[string]struct{ state, plan, want types.Set }{
		"another case":            {members(memberValue(alice), memberValue(bob)), members(memberValue(bob), upper), members(memberValue(alice), memberValue(bob))},
		"another case and member": {members(memberValue(alice)), members(upper, memberValue(bob)), members(upper, memberValue(bob))},
		"one fewer":               {members(memberValue(alice), memberValue(bob)), members(upper), members(upper)},
		"another member":          {members(memberValue(alice)), members(memberValue(bob)), members(memberValue(bob))},
		"one not known yet":       {members(memberValue(alice)), members(unknownMember), members(unknownMember)},
		"none known yet":          {members(memberValue(alice)), types.SetUnknown(element), types.SetUnknown(element)},
		"none before":             {types.SetNull(element), members(upper), members(upper)},
	}
	for name, test := range tests {
		resp := planmodifier.SetResponse{PlanValue: test.plan}
		useStateSpelling{memberSubject}.PlanModifySet(context.Background(), planmodifier.SetRequest{StateValue: test.state, PlanValue: test.plan}, &resp)
		if !resp.PlanValue.Equal(test.want) {
			t.Errorf("%s: got %v, want %v", name, resp.PlanValue, test.want)
		}
	}
}
