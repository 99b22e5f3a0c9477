package binding

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// keep plans the spelling that the state has where the configuration differs
// from it in spelling only. Semantic equality does not do that: Terraform core
// plans what the configuration says.
type useStateSpelling struct{ subject }

var (
	_ planmodifier.String = useStateSpelling{}
	_ planmodifier.Set    = useStateSpelling{}
)

func (k useStateSpelling) Description(context.Context) string {
	return "A " + string(k.subject) + " that differs in spelling only is no change."
}

func (k useStateSpelling) MarkdownDescription(ctx context.Context) string { return k.Description(ctx) }

func (k useStateSpelling) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if absent(req.StateValue) || absent(req.PlanValue) {
		return
	}
	if k.same(req.StateValue.ValueString(), req.PlanValue.ValueString()) {
		resp.PlanValue = req.StateValue
	}
}

// PlanModifySet keeps the whole set or nothing of it: Terraform core refuses a
// planned set that is neither the configuration's nor the state's.
func (k useStateSpelling) PlanModifySet(_ context.Context, req planmodifier.SetRequest, resp *planmodifier.SetResponse) {
	if absent(req.StateValue) || absent(req.PlanValue) {
		return
	}
	old, okOld := known(req.StateValue)
	planned, okPlanned := known(req.PlanValue)
	if okOld && okPlanned && len(old) == len(planned) && k.covers(old, planned) {
		resp.PlanValue = req.StateValue
	}
}

func (k useStateSpelling) covers(all, some []string) bool {
	for _, s := range some {
		if !slices.ContainsFunc(all, func(other string) bool { return k.same(s, other) }) {
			return false
		}
	}
	return true
}

// absent is true for values that are null or not known yet.
func absent(v attr.Value) bool { return v.IsNull() || v.IsUnknown() }

// known returns the strings of a set, or false while one of them is null or
// not known yet.
func known(set types.Set) ([]string, bool) {
	all := make([]string, 0, len(set.Elements()))
	for _, e := range set.Elements() {
		s, ok := e.(basetypes.StringValuable)
		if !ok || absent(e) {
			return nil, false
		}
		value, _ := s.ToStringValue(context.Background())
		all = append(all, value.ValueString())
	}
	return all, true
}
