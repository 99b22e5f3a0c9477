package binding

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// Read looks for the members of the state in the binding that has its wording; after an import, for
// every user and group of one binding. Where none is left, the resource no longer exists.
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
	wanted, _ := state.principals()
	b.client.Named.Add(k.placesOf(state.stateWording(k), wanted)...) // before the policy is waited for
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
	if state.Members.IsNull() {
		return b.takeIn(ctx, k, p, state, diags)
	}
	wanted, _ := state.principals()
	k, found := b.findIn(k, p, *state, wanted)
	warnings := slices.Concat(findingWarnings(p, k, wanted), unconditionalWarnings(k.resource, p, k.role, wanted), b.elsewhereWarnings(p, k, found.elsewhere))
	diags.Append(diagnostics.Once(b.client, warnings)...)
	diags.Append(deletedAccountsWarning(k, found.deleted)...)
	if found.none() && !k.goesOn(p, found, wanted) {
		return false
	}
	diags.Append(state.showMembers(ctx, found.members, found.deleted...)...)
	state.show(k, found.wording)
	return true
}

// findIn finds the members of a state, and the key under which they stand.
func (b *binding) findIn(k key, p *policy.Policy, state model, wanted []eligibility.Principal) (key, foundMembers) {
	known := state.stateWording(k)
	found := k.find(p, known, wanted)
	if found.wording != known && slices.ContainsFunc(k.placesOf(found.wording, wanted), b.client.Named.Has) {
		found = k.findUnder(p, known, wanted) // not ours renamed, but another resource's
	}
	if k.constraint == b.constraint || !found.none() {
		return k, found
	}
	// The members may be in a binding of this kind already, because an apply was interrupted.
	own, _, _ := state.key(b.constraint)
	if moved := own.find(p, state.stateWording(own), wanted); !moved.none() {
		return own, moved
	}
	return k, found
}

// goesOn tells whether a resource that has nobody left goes on without members, so that the next
// apply is an update: a create would be refused beside its members' other places. Whom a resource
// without members had is not known.
func (k key) goesOn(p *policy.Policy, found foundMembers, wanted []eligibility.Principal) bool {
	if len(wanted) == 0 {
		return len(k.elsewhere(p, k.everybody(p), found.wording)) > 0
	}
	return len(found.elsewhere) > 0
}

// show puts title, description and condition into the state. The condition is the one that the
// resource writes; where the binding has terms it is that one, so that the plan shows the
// difference.
func (m *model) show(k key, t wording) {
	m.showWording(t)
	m.Condition = types.StringValue(k.expression)
	if t.terms != "" {
		m.Condition = types.StringValue(t.terms)
	}
}

// notRefreshed says that the state may be old, because a value of the provider is not known yet.
func notRefreshed(k key, pending *client.PendingError) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root(membersAttribute), "Binding not refreshed",
		fmt.Sprintf("%s is not known before the apply, so the policy of %s was not read and this plan does not show what others changed. "+
			"Run terraform plan again after the apply.", pending.Attribute, k.resource))
}

// deletedAccountsWarning names members whose accounts were deleted.
func deletedAccountsWarning(k key, deleted []string) diag.Diagnostics {
	if len(deleted) == 0 {
		return nil
	}
	names := make([]string, len(deleted))
	for i, name := range deleted {
		who, _ := memberOf(name)
		names[i] = who.String()
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root(membersAttribute), "Accounts of members were deleted",
		fmt.Sprintf("The policy of %s shows these members of %s as deleted: %s. They are eligible no longer. Remove them from members; the next apply removes what is left of them. "+
			"If an account was created again, the next apply makes the new one eligible in its place.", k.resource, k.role, strings.Join(names, ", ")))}
}
