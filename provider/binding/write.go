package binding

import (
	"context"
	"fmt"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
)

func (b *binding) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	e, known, err := b.editOf(plan, nil)
	if err != nil || !known {
		resp.Diagnostics.Append(invalidKey(plan, err))
		return
	}
	resp.Diagnostics.Append(b.write(ctx, creating, plan, e)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, plan, e.key)...)
	}
}

func (b *binding) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	e, known, err := b.editOf(plan, &state)
	if err != nil || !known {
		resp.Diagnostics.Append(invalidKey(plan, err))
		return
	}
	resp.Diagnostics.Append(b.write(ctx, updating, plan, e)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, plan, e.key)...)
	}
}

// Delete removes the members from every binding of the key. A project, folder or organization that
// no longer exists has no policy to remove them from.
func (b *binding) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
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
	e := edit{key: k, wording: state.wording()}
	e.before, _ = state.principals()
	resp.Diagnostics.Append(b.write(ctx, deleting, state, e)...)
}

// write makes an edit, and explains in the model's attributes why it failed.
func (b *binding) write(ctx context.Context, v verb, m model, e edit) diag.Diagnostics {
	reason := fmt.Sprintf("Terraform: %s of %s", client.TypeName+"_"+b.name, e.role)
	tries := attempts{edit: e}
	outcome, err := b.client.Modify(ctx, e.resource, policy.Change{Apply: tries.apply, Reason: reason, ID: e.role})
	if v == deleting && notFound(err) {
		return nil
	}
	if err != nil {
		return diag.Diagnostics{b.explain(err, v, m)}
	}
	return takenOverWarning(e.key, tries.taken(outcome.Written))
}

// takenOverWarning names members that were in the binding before the resource put them there.
func takenOverWarning(k key, taken []eligibility.Principal) diag.Diagnostics {
	if len(taken) == 0 {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root(membersAttribute), "Members taken over",
		fmt.Sprintf("Eligible for %s on %s already, in an identical binding: %s.\n\nFrom now on this resource owns these places: destroying it, or removing a member from it, ends the eligibility, whoever made it. "+
			"Where another resource of Terraform lists the same member, remove it there; where you only renamed this resource, use a moved block.", k.role, k.resource, joinMembers(taken)))}
}

// attempts remembers what an edit found in the policies that it was tried on, one after another,
// until a write succeeded or nothing was left to write.
type attempts struct {
	edit
	found        []eligibility.Principal // new members that the last policy had already
	foundAtWrite []eligibility.Principal // the same, of the last policy that had to be changed
}

// apply makes the edit, and remembers whom it found.
func (a *attempts) apply(p *policy.Policy) (err error) {
	before := policy.Clone(p)
	a.found, err = a.edit.apply(p)
	if !reflect.DeepEqual(before.Bindings, p.Bindings) {
		a.foundAtWrite = a.found
	}
	return err
}

// taken are the members that were taken over. Where something was written, that is decided by the
// policy that was changed, because an edit that is repeated after a lost answer finds its own
// members.
func (a *attempts) taken(written bool) []eligibility.Principal {
	if written {
		return a.foundAtWrite
	}
	return a.found
}
