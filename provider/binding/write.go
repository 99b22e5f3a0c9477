package binding

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
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
	result := b.write(ctx, creating, plan, e)
	resp.Diagnostics.Append(result.diags...)
	if result.diags.HasError() {
		if len(result.members) == 0 {
			return // nothing was created
		}
		resp.Diagnostics.Append(plan.showMembers(ctx, result.members)...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, plan, e.key)...)
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
	result := b.write(ctx, updating, plan, e)
	resp.Diagnostics.Append(result.diags...)
	shown := plan
	if result.diags.HasError() {
		switch {
		case !result.changed:
			return // the state is as it was
		case !result.written:
			shown = state
		}
		resp.Diagnostics.Append(shown.showMembers(ctx, result.members)...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &shown)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, shown, e.key)...)
}

// Delete removes the members from the binding that has the state's wording. A project, folder or
// organization that no longer exists has no policy to remove them from.
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
	e := edit{key: k, wording: state.stateWording(k), was: state.stateWording(k)}
	e.before, _ = state.principals()
	result := b.write(ctx, deleting, state, e)
	resp.Diagnostics.Append(result.diags...)
	if len(result.members) > 0 {
		resp.Diagnostics.Append(state.showMembers(ctx, result.members)...)
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	}
}

// writeResult is what became of a write.
type writeResult struct {
	diags   diag.Diagnostics
	written bool
	changed bool                    // members are not those that the state named before
	members []eligibility.Principal // what the state must name
}

// write makes an edit, and explains in the model's attributes why it failed.
func (b *binding) write(ctx context.Context, v verb, m model, e edit) writeResult {
	e.places = b.client.Places.Begin(e.owned(), e.abandoned())
	reason := fmt.Sprintf("Terraform: %s of %s", client.TypeName+"_"+b.name, e.role)
	tries := attempts{edit: e}
	outcome, err := b.client.Modify(ctx, e.resource, policy.Change{Apply: tries.apply, Reason: reason, ID: e.role})
	switch {
	case v == deleting && notFound(err):
		e.places.Done()
		return writeResult{}
	case errors.Is(err, policy.ErrUnsettled):
		return b.notWritten(ctx, err, v, m, e, e.places.Unsettled(ctx))
	case err != nil:
		return b.notWritten(ctx, err, v, m, e, e.places.Failed(ctx))
	}
	e.places.Done()
	stored := tries.compare(outcome.Policy)
	result := writeResult{
		diags: slices.Concat(takenOverWarning(e.key, tries.taken(outcome.Written)),
			diagnostics.Once(b.client, b.elsewhereWarnings(outcome.Policy, e.key, tries.last.elsewhere)),
			tries.notStored(m, outcome.Policy, stored), tries.notRemoved(stored)),
		written: true, changed: true, members: slices.Concat(without(e.after, stored.missing), stored.instead, stored.remaining),
	}
	if v == updating && len(stored.remaining) > 0 && !e.staysInPlace() {
		result.written, result.changed = false, false // a state has one key and wording: that of those who remain
	}
	return result
}

// notWritten explains why a write failed. The state names from then on whom an older owner left to
// the resource, and no more whom a newer owner has.
func (b *binding) notWritten(ctx context.Context, err error, v verb, m model, e edit, handover client.Handover) writeResult {
	left, lost := without(membersOf(handover.Left), e.before), without(membersOf(handover.Lost), e.before)
	passed := membersOf(handover.Passed)
	result := writeResult{diags: diag.Diagnostics{withPassedOn(b.explain(ctx, err, v, m), e.key, left, lost, passed)}}
	if result.changed = len(left)+len(passed) > 0; result.changed {
		result.members = slices.Concat(without(slices.Concat(e.before, e.movedFrom.members), passed), left)
	}
	if v == deleting && len(result.members) == 0 && len(passed) > 0 {
		return writeResult{} // newer owners have all of them: nothing is left to remove
	}
	return result
}

// withPassedOn adds to an error what holds now for members that one resource of this walk gave up
// for another, of which one failed.
func withPassedOn(d diag.Diagnostic, k key, left, lost, passed []eligibility.Principal) diag.Diagnostic {
	detail := d.Detail()
	if len(passed) > 0 {
		detail += fmt.Sprintf("\n\nAnother resource of this apply has the places of these for %s on %s: %s. The state of this one does not name them any more.",
			k.role, k.resource, joinMembers(passed))
	}
	if len(left) > 0 {
		detail += fmt.Sprintf("\n\nEligible for %s on %s still: %s. They were left to this resource in this apply, and its state names them.",
			k.role, k.resource, joinMembers(left))
	}
	if len(lost) > 0 {
		detail += fmt.Sprintf("\n\nNo longer eligible for %s on %s: %s. They were given up for this resource earlier in this apply. The next apply that succeeds makes them eligible again.",
			k.role, k.resource, joinMembers(lost))
	}
	if at, ok := d.(diag.DiagnosticWithPath); ok {
		return diag.NewAttributeErrorDiagnostic(at.Path(), d.Summary(), detail)
	}
	return diag.NewErrorDiagnostic(d.Summary(), detail)
}

func membersOf(places []client.Place) []eligibility.Principal {
	var members []eligibility.Principal
	for _, at := range places {
		members = append(members, at.Member)
	}
	return members
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
	begun        bool
	last         alreadyThere            // whom the last policy had already
	foundAtWrite []eligibility.Principal // new members that the last policy that had to be changed had already
	sent         []eligibility.Principal // everybody in the binding, as the edit left it
	removed      []client.Place          // that the edit left empty
}

// apply makes the edit, and remembers whom it found. The first policy decides whether the binding
// was renamed: in a later one the members may be gone because an earlier try was written.
func (a *attempts) apply(p *policy.Policy) (err error) {
	if !a.begun {
		a.begun, a.edit = true, a.on(p)
	}
	before := policy.Clone(p)
	a.last, err = a.edit.apply(p)
	if !reflect.DeepEqual(before.Bindings, p.Bindings) {
		a.foundAtWrite = a.last.taken
	}
	a.sent, a.removed = a.under(p, a.wording), a.emptied(p)
	return err
}

// taken are the members that were taken over. Where something was written, that is decided by the
// policy that was changed, because an edit that is repeated after a lost answer finds its own
// members.
func (a *attempts) taken(written bool) []eligibility.Principal {
	if written {
		return a.foundAtWrite
	}
	return a.last.taken
}
