package binding

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// useStateSpelling plans the spelling of the state where the configuration differs from it in
// spelling only. Semantic equality does not do that: Terraform core plans what the configuration
// says.
type useStateSpelling struct{ subject }

var (
	_ planmodifier.String = useStateSpelling{}
	_ planmodifier.Set    = useStateSpelling{}
)

func (u useStateSpelling) Description(context.Context) string {
	return "A " + string(u.subject) + " that differs in spelling only is no change."
}

func (u useStateSpelling) MarkdownDescription(ctx context.Context) string { return u.Description(ctx) }

func (u useStateSpelling) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if absent(req.StateValue) || absent(req.PlanValue) {
		return
	}
	if u.same(req.StateValue.ValueString(), req.PlanValue.ValueString()) {
		resp.PlanValue = req.StateValue
	}
}

// PlanModifySet plans the whole set of the state or nothing of it: Terraform core refuses a planned
// set that is neither the configuration's nor the state's.
func (u useStateSpelling) PlanModifySet(_ context.Context, req planmodifier.SetRequest, resp *planmodifier.SetResponse) {
	if absent(req.StateValue) || absent(req.PlanValue) {
		return
	}
	old, okOld := knownStrings(req.StateValue)
	planned, okPlanned := knownStrings(req.PlanValue)
	if okOld && okPlanned && len(old) == len(planned) && u.covers(old, planned) {
		resp.PlanValue = req.StateValue
	}
}

// covers tells whether each of some values means the same as one of all.
func (u useStateSpelling) covers(all, some []string) bool {
	for _, s := range some {
		if !slices.ContainsFunc(all, func(other string) bool { return u.same(s, other) }) {
			return false
		}
	}
	return true
}

// absent is true for values that are null or not known yet.
func absent(v attr.Value) bool { return v.IsNull() || v.IsUnknown() }

// knownStrings are the strings of a set, or false while one of them is null or not known yet.
func knownStrings(set types.Set) ([]string, bool) {
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
