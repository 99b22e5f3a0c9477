package activation

import (
	"context"
	"errors"
	"net/http"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// errConfirmationOutdated is returned by a change that cannot decide on the policy by what was
// confirmed before.
var errConfirmationOutdated = errors.New("what was confirmed does not decide on this policy")

// confirmedChange makes a change that decides by what was confirmed.
type confirmedChange func(c eligibility.Confirmation, read *policy.Policy) policy.Change

// modify confirms what the lookups ask for and changes the policy of a project. It starts over if
// the policy has changed so that this is not enough, or if the confirmation has become too old
// while waiting to write. If the response to an earlier write was lost, a change that finds its
// effect in the policy counts as the writer.
func (d *Desk) modify(ctx context.Context, project string, lookups []eligibility.Lookup, change confirmedChange) (policy.Outcome, error) {
	var err error
	unsettled := false // an earlier write may have arrived, or may arrive later
	for range maxConfirmations {
		c, read, unknown := d.confirm.Confirm(ctx, project, lookups)
		if err = unknown; err != nil {
			break
		}
		var out policy.Outcome
		out, err = d.gate.grant(ctx, project, c.Standing, d.whileFresh(c, change(c, read)))
		unsettled = unsettled || errors.Is(err, policy.ErrUnsettled)
		if err == nil {
			out.Written = out.Written || unsettled
			return out, nil
		}
		if !errors.Is(err, errConfirmationOutdated) {
			err = writeError(resource(project), err)
			break
		}
		lookups = withoutHints(lookups)
	}
	switch {
	case unsettled:
		return policy.Outcome{}, &upstream.Outage{Service: resourceManager, Unsettled: true, Err: err}
	case errors.Is(err, errConfirmationOutdated):
		return policy.Outcome{}, &Refusal{Reason: Conflict, Message: conflictMessage, Err: err}
	}
	return policy.Outcome{}, err
}

// whileFresh is a change that is made only while the confirmation that it decides by is fresh.
func (d *Desk) whileFresh(c eligibility.Confirmation, change policy.Change) policy.Change {
	apply := change.Apply
	change.Apply = func(p *policy.Policy) error {
		if d.clock().Sub(c.At) > confirmationMaxAge {
			return errConfirmationOutdated
		}
		return apply(p)
	}
	return change
}

const conflictMessage = "Others are changing the access to this project at the same moment. Nothing was changed."

// withoutHints leaves in each hint only which binding is meant, so that everything else is looked
// up.
func withoutHints(lookups []eligibility.Lookup) []eligibility.Lookup {
	bare := make([]eligibility.Lookup, len(lookups))
	for i, l := range lookups {
		bare[i].Email = l.Email
		for _, w := range l.Wanted {
			w.Hint = eligibility.Evidence{Digest: w.Hint.Digest}
			bare[i].Wanted = append(bare[i].Wanted, w)
		}
	}
	return bare
}

func resource(project string) string { return "projects/" + project }

// writeError explains a failed write. Errors of the change itself, a panic too, pass unchanged,
// unless an earlier write of it may have arrived.
func writeError(resource string, err error) error {
	var refusal *Refusal
	var faults Faults
	var panicked *policy.PanicError
	var outage *upstream.Outage
	why := cause.Of(err)
	switch {
	case errors.Is(err, policy.ErrUnsettled):
		return &upstream.Outage{Service: resourceManager, Unsettled: true, Err: err}
	case err == nil || errors.As(err, &refusal) || errors.As(err, &faults) || errors.As(err, &panicked) ||
		errors.As(err, &outage) || errors.Is(err, upstream.ErrNotYours):
		return err
	case errors.Is(err, policy.ErrConflict):
		return &Refusal{Reason: Conflict, Message: conflictMessage, Err: err}
	case why.Status == http.StatusForbidden && errors.Is(err, policy.ErrUnread):
		return &upstream.Outage{Service: resourceManager, Permission: "resourcemanager.projects.getIamPolicy", Resource: resource, Err: err}
	case why.Status == http.StatusForbidden:
		return &upstream.Outage{Service: resourceManager, Permission: "resourcemanager.projects.setIamPolicy", Resource: resource, Err: err}
	case why.Status == http.StatusBadRequest:
		return &Refusal{Reason: NotGrantable, Message: notGrantable(err), Err: err}
	}
	return &upstream.Outage{Service: resourceManager, Err: err}
}

const resourceManager = "Resource Manager"

// notGrantable says why Google does not accept an activation, without Google's own message.
func notGrantable(err error) string {
	switch cause.Of(err).Kind {
	case cause.RoleNotGrantable, cause.RoleUnknown, cause.MemberUnknown:
		return "Google Cloud does not take this role on a project. An administrator must correct the eligible binding."
	}
	return "Google Cloud refuses this activation. An administrator must look at the eligible binding and at the limits of the project's policy."
}

// temporaryBinding is an activation as a policy holds it. The error is a refusal.
func temporaryBinding(a eligibility.Activation) (*policy.Binding, error) {
	b, err := eligibility.WriteActivation(a)
	if err != nil {
		return nil, &Refusal{Reason: NotGrantable, Message: notGrantable(err), Err: err}
	}
	return &policy.Binding{Role: b.Role, Members: b.Members, Condition: &policy.Expr{
		Title: b.Condition.Title, Description: b.Condition.Description, Expression: b.Condition.Expression,
	}}, nil
}
