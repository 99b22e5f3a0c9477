package binding

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// ImportState sets the key, from an id or an identity, and title and description, if the id has
// them. Read, which follows, takes in every user and group.
func (b *binding) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, diags := requestedID(ctx, req)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(id.attribute), id.value)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(roleAttribute), id.role)...)
	if id.title != "" {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(titleAttribute), id.title)...)
	}
	if !id.description.IsNull() {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(descriptionAttribute), id.description)...)
	}
	if id.condition != "" {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(resourceConditionAttribute), id.condition)...)
	}
}

// requestedID is what an import names.
func requestedID(ctx context.Context, req resource.ImportStateRequest) (id importID, diags diag.Diagnostics) {
	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsFullyNull() {
		var given identity
		diags.Append(req.Identity.Get(ctx, &given)...)
		if diags.HasError() {
			return id, diags
		}
		id, err := given.importID()
		if err != nil {
			diags.AddError("Import identity not understood", diagnostics.Sentence(err)+".")
		}
		return id, diags
	}
	id, err := parseImportID(req.ID)
	if err != nil {
		diags.AddError("Import id not understood", fmt.Sprintf("%s.\n\n%s", strings.TrimSuffix(diagnostics.Sentence(err), "."), importFormat))
	}
	return id, diags
}

// takeIn puts everybody in one binding of the key into the state. An import that could mean several
// bindings is refused: a resource owns the members of one.
func (b *binding) takeIn(ctx context.Context, k key, p *policy.Policy, state *model, diags *diag.Diagnostics) bool {
	wordings := slices.DeleteFunc(k.wordings(p), func(t wording) bool {
		return !state.Title.IsNull() && t.title != state.Title.ValueString() ||
			!state.Description.IsNull() && t.description != state.Description.ValueString()
	})
	if len(wordings) != 1 {
		diags.Append(notOneToImport(k, p, *state, wordings))
		return false
	}
	if wordings[0].description == "" {
		state.Description = types.StringNull()
	}
	b.client.Imported.Add(k.place(wordings[0], eligibility.Principal{}))
	members := k.under(p, wordings[0])
	warnings := append(findingWarnings(p, k, members), unconditionalWarnings(k.resource, p, k.role, members)...)
	diags.Append(diagnostics.Once(b.client, warnings)...)
	diags.Append(state.showMembers(ctx, members)...)
	state.show(k, wordings[0])
	return true
}

// notOneToImport says what could be imported instead.
func notOneToImport(k key, p *policy.Policy, asked model, several []wording) diag.Diagnostic {
	if len(several) > 0 {
		return severalTitles(several, k.importIDs(p))
	}
	detail := fmt.Sprintf("The policy of %s has no eligible binding with a user or group for %s that needs %s", k.resource, k.role, k.constraint)
	if !asked.Title.IsNull() {
		detail += fmt.Sprintf(" and has the title %q", asked.Title.ValueString())
	}
	if !asked.Description.IsNull() {
		detail += fmt.Sprintf(" and the description %q", asked.Description.ValueString())
	}
	if k.condition != "" {
		detail += " and has this resource condition: " + k.condition
	}
	detail += "."
	if ids := k.otherImportIDs(p); len(ids) > 0 {
		detail += "\n\nFor this role there is:\n  " + strings.Join(ids, "\n  ")
	}
	return diag.NewErrorDiagnostic("Nothing to import", detail)
}

// otherImportIDs are those of the eligible bindings of the same role and constraint.
func (k key) otherImportIDs(p *policy.Policy) []string {
	var ids []string
	for _, b := range p.Bindings {
		e, ok := eligibleBy(b)
		if b.Role != k.role || !ok || e.Constraint != k.constraint {
			continue
		}
		other, err := newKey(k.resource, k.role, k.constraint, e.ResourceCondition)
		if err != nil {
			continue
		}
		for _, id := range other.importIDs(p) {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// severalTitles refuses an import that could mean several bindings, and says how to choose one.
func severalTitles(several []wording, ids map[wording]string) diag.Diagnostic {
	const summary = "Members under several titles"
	detail := "A resource owns the members that stand under one title and description, and these stand in several bindings:\n"
	var choices string
	for _, t := range several {
		detail += "  " + t.String() + "\n"
		if id, ok := ids[t]; ok {
			choices += "  " + id + "\n"
		}
	}
	if choices != "" {
		detail += "\nImport one of them:\n" + choices
	}
	detail += "\nOr write a resource with the title and description of one of them, and import nothing: its create takes over the members that it names."
	return diag.NewErrorDiagnostic(summary, detail)
}
