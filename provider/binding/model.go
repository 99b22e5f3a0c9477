package binding

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// The names of the attributes that diagnostics point at.
const (
	roleAttribute              = "role"
	membersAttribute           = "members"
	titleAttribute             = "title"
	descriptionAttribute       = "description"
	resourceConditionAttribute = "resource_condition"
	conditionAttribute         = "condition"
)

// model is an eligible binding in configuration, plan and state.
type model struct {
	scope
	Role              types.String  `tfsdk:"role"`
	Members           types.Set     `tfsdk:"members"`
	Title             types.String  `tfsdk:"title"`
	Description       types.String  `tfsdk:"description"`
	ResourceCondition spellingValue `tfsdk:"resource_condition"`
	Condition         types.String  `tfsdk:"condition"`
}

// key is what the resource is known by. It is false while a part of it is not known yet.
func (m model) key(c eligibility.Constraint) (k key, known bool, err error) {
	resource, _, known := m.name()
	if !known || absent(m.Role) || m.ResourceCondition.IsUnknown() {
		return key{}, false, nil
	}
	k, err = newKey(resource, m.Role.ValueString(), c, m.ResourceCondition.ValueString())
	return k, true, err
}

// wording is the title and description; a null description is an empty one.
func (m model) wording() wording {
	return wording{title: m.Title.ValueString(), description: m.Description.ValueString()}
}

// stateWording is the wording of the binding that holds the members of a state, under its key. A
// read leaves terms in the condition, see show.
func (m model) stateWording(k key) wording {
	t, ok := k.read(&policy.Binding{Role: k.role, Condition: &policy.Expr{
		Title: m.Title.ValueString(), Description: m.Description.ValueString(), Expression: m.Condition.ValueString(),
	}})
	if !ok {
		return m.wording()
	}
	return t
}

// principals are the members, those whose accounts were deleted too, or false while one of them is
// null or not known yet.
func (m model) principals() ([]eligibility.Principal, bool) {
	if absent(m.Members) {
		return nil, false
	}
	names, ok := knownStrings(m.Members)
	var all []eligibility.Principal
	for _, name := range names {
		if who, isMember := memberOf(name); isMember && !slices.Contains(all, who) {
			all = append(all, who)
		}
	}
	return all, ok
}

// valuesKnown tells whether members, title and description are known.
func (m model) valuesKnown() bool {
	_, ok := m.principals()
	return ok && !m.Title.IsUnknown() && !m.Description.IsUnknown()
}

// showWording puts the title and description of a policy into the state. A description that the
// policy does not have stays null or empty, whichever it was.
func (m *model) showWording(t wording) {
	m.Title = types.StringValue(t.title)
	if t.description == m.Description.ValueString() {
		return
	}
	m.Description = types.StringValue(t.description)
	if t.description == "" {
		m.Description = types.StringNull()
	}
}

// showMembers puts the members of a policy into the state, in the spelling that the state has, and
// those whose accounts were deleted as IAM names them.
func (m *model) showMembers(ctx context.Context, found []eligibility.Principal, deleted ...string) diag.Diagnostics {
	spellings, _ := knownStrings(m.Members)
	values := make([]attr.Value, 0, len(found)+len(deleted))
	for _, who := range found {
		values = append(values, memberValue(spellingOf(who, spellings)))
	}
	for _, name := range deleted {
		values = append(values, memberValue(name))
	}
	set, diags := types.SetValueFrom(ctx, spellingType{subject: memberSubject}, values)
	m.Members = set
	return diags
}

// spellingOf is the name among names that means a principal, or the name that IAM has for it.
func spellingOf(who eligibility.Principal, names []string) string {
	for _, name := range names {
		if p, err := eligibility.ParsePrincipal(name); err == nil && p == who {
			return name
		}
	}
	return who.String()
}

func memberValue(s string) spellingValue {
	return spellingValue{basetypes.NewStringValue(s), memberSubject}
}
