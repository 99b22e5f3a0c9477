package binding

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// Read looks for the members of the state in every binding of the key; after an import, for every
// user and group. Where none is left, the resource no longer exists.
func (b *binding) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	k, known, err := b.stateKey(state)
	if err != nil || !known {
		resp.Diagnostics.Append(invalidKey(state, err))
		return
	}
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, state, k)...)
	importing := state.Members.IsNull()
	p, err := b.client.Policy(ctx, k.resource)
	var pending *client.PendingError
	switch {
	case errors.As(err, &pending) && !importing:
		resp.Diagnostics.Append(notRefreshed(k, pending))
		return
	case notFound(err) && !importing:
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		resp.Diagnostics.Append(b.explain(ctx, err, reading, state))
		return
	}
	present := b.refresh(ctx, k, p, &state, &resp.Diagnostics)
	if !present {
		resp.State.RemoveResource(ctx)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

// refresh shows in the state what the policy holds. It is false where nothing of the resource is
// left.
func (b *binding) refresh(ctx context.Context, k key, p *policy.Policy, state *model, diags *diag.Diagnostics) bool {
	wanted, _ := state.principals()
	importing := state.Members.IsNull()
	if !importing && wanted == nil {
		wanted = []eligibility.Principal{} // nobody, of an update that failed; nil is everybody
	}
	found := k.find(p, wanted)
	if k.constraint != b.constraint && len(found.members) == 0 {
		// The members are in a binding of this kind already, because an apply was interrupted.
		k, _, _ = state.key(b.constraint)
		found = k.find(p, wanted)
	}
	warnings := append(findingWarnings(p, k, wanted), unconditionalWarnings(k.resource, p, k.role, wanted)...)
	diags.Append(diagnostics.Once(b.client, warnings)...)
	diags.Append(deletedAccountsWarning(k, found.deleted)...)
	if len(found.members) == 0 {
		if importing {
			diags.Append(nothingToImport(k, p))
		}
		return false
	}
	diags.Append(state.showMembers(ctx, found.members)...)
	if importing && len(found.wordings) > 1 {
		diags.Append(severalTitlesWarning(found.wordings))
		state.Condition = types.StringValue(k.expression)
		return true
	}
	b.show(k, found, state)
	return true
}

// show puts title, description and condition into the state. The condition is the one that the
// resource writes; where a member is in a binding with terms it is that one, so that the plan shows
// the difference.
func (b *binding) show(k key, found foundMembers, state *model) {
	shownWording := found.stateWording(state.wording())
	state.showWording(shownWording)
	state.Condition = types.StringValue(k.expression)
	if shownWording.terms != "" {
		state.Condition = types.StringValue(shownWording.terms)
	}
}

// notRefreshed says that the state may be old, because a value of the provider is not known yet.
func notRefreshed(k key, pending *client.PendingError) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root(membersAttribute), "Binding not refreshed",
		fmt.Sprintf("%s is not known before the apply, so the policy of %s was not read and this plan does not show what others changed. "+
			"Run terraform plan again after the apply.", pending.Attribute, k.resource))
}

// deletedAccountsWarning names members whose accounts were deleted.
func deletedAccountsWarning(k key, deleted []eligibility.Principal) diag.Diagnostics {
	if len(deleted) == 0 {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root(membersAttribute), "Accounts of members were deleted",
		fmt.Sprintf("The policy of %s shows these members of %s as deleted: %s. They are eligible no longer. Remove them from members; "+
			"if an account was created again, the next apply makes it eligible.", k.resource, k.role, joinMembers(deleted)))}
}
