package binding

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// unknownRoleWarnings are about a role that IAM does not know. The same apply may create a custom
// role.
func (b *binding) unknownRoleWarnings(ctx context.Context, m model, err error) []diagnostics.Warning {
	if !notFound(err) {
		return nil
	}
	role := m.Role.ValueString()
	w := diagnostics.Warning{Attribute: roleAttribute, Summary: "A role that IAM does not know", Detail: unknownRole(role) + b.didYouMean(ctx, m)}
	if owner, _, _ := eligibility.CutRole(role); owner != "" {
		w.Detail += " Where the same apply creates it first, nothing is wrong."
	}
	return []diagnostics.Warning{w}
}

func unknownRole(name string) string {
	return fmt.Sprintf("IAM knows no role %s. Check its spelling.", name)
}

// didYouMean is a sentence, with a blank before it, that names the roles whose names are most like
// the model's, of those that can be granted on its resource. It is "" where there are none, and
// where IAM does not list them.
func (b *binding) didYouMean(ctx context.Context, m model) string {
	resource, _, known := m.name()
	if !known {
		return ""
	}
	names, err := b.client.Grantable(ctx, resource)
	if err != nil {
		tflog.Debug(ctx, "not looking for roles of similar names", map[string]any{"resource": resource, "error": err.Error()})
		return ""
	}
	eligible := slices.DeleteFunc(slices.Clone(names), eligibility.BasicRole)
	nearest := iamrole.Nearest(m.Role.ValueString(), eligible)
	if len(nearest) == 0 {
		return ""
	}
	return " Did you mean " + strings.Join(nearest, " or ") + "?"
}

// explainUnknownRole says of a role that Google refuses in a policy whether IAM knows it at all,
// and which roles have similar names. Google refuses a predefined role that does not exist in the
// words for one that cannot be granted here.
func (b *binding) explainUnknownRole(ctx context.Context, f *diagnostics.Failure, why cause.Cause, m model) {
	role := m.Role.ValueString()
	blamed := slices.Contains([]cause.Kind{cause.RoleNotGrantable, cause.RoleUnknown, cause.RoleRefused}, why.Kind)
	if !blamed || why.Subject != "" && why.Subject != role {
		return
	}
	if _, err := b.client.Role(ctx, role); !notFound(err) {
		return
	}
	if why.Kind != cause.RoleUnknown {
		f.Detail = unknownRole(role)
	}
	f.Detail += b.didYouMean(ctx, m)
}
