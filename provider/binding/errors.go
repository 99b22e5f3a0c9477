package binding

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// verb is what was being done to a binding.
type verb struct{ doing, done string }

var (
	planning = verb{"planning", "planned"}
	reading  = verb{"reading", "read"}
	creating = verb{"creating", "created"}
	updating = verb{"updating", "updated"}
	deleting = verb{"deleting", "deleted"}
)

// explain says why something failed, on which attribute and what to do.
func (b *binding) explain(ctx context.Context, err error, v verb, m model) diag.Diagnostic {
	var otherTitle *otherTitleError
	if errors.As(err, &otherTitle) {
		return b.explainOtherTitle(otherTitle, v, m)
	}
	f := failureOf(err, v, m)
	b.explainUnknownRole(ctx, &f, cause.Of(err), m)
	return f.Diagnostic()
}

// failureOf explains every error but an otherTitleError.
func failureOf(err error, v verb, m model) diagnostics.Failure {
	var panicked *policy.PanicError
	f := diagnostics.Failure{Summary: "Eligible binding not " + v.done, Answer: err.Error()}
	switch {
	case errors.Is(err, policy.ErrUnsettled):
		f.Detail = "The policy was sent to Google, but it is not known whether it was taken: the answer got lost. Run terraform apply again, before you destroy or change the resource: members that stand there already are taken over. A destroy would leave those who stand there under a title or description that the state does not name yet."
	case errors.As(err, &panicked):
		f.Detail = "Nothing was written. This is a defect of the provider; please report it with what follows."
	case errors.Is(err, policy.ErrConflict):
		f.At, f.Detail = m.resourceAttribute(), fmt.Sprintf("Others kept changing the policy of %s for %s, and nothing was written. Find out who writes that policy all the time, in the audit log under SetIamPolicy, and run terraform apply again.", m.resourceName(), client.Patience)
	case errors.Is(err, policy.ErrVersion):
		f.At, f.Detail = m.resourceAttribute(), fmt.Sprintf("The policy of %s has a version that this provider does not know, so it was left alone. Look for a newer version of the provider.", m.resourceName())
	case errors.Is(err, policy.ErrNoEtag), errors.Is(err, policy.ErrNullBinding):
		f.At, f.Detail = m.resourceAttribute(), "What answered is not Google: there was no policy in it. Check the provider's endpoint, "+client.EndpointVariable+" and proxies."
	case f.ExplainAccess(err):
	default:
		explainAnswer(&f, cause.Of(err), v, m)
	}
	return f
}

// resourceAttribute is the attribute that names the project, folder or organization.
func (m model) resourceAttribute() path.Path {
	_, attribute, _ := m.name()
	return path.Root(attribute)
}

func (m model) resourceName() string {
	name, _, _ := m.name()
	return name
}

// explainOtherTitle refuses members that are in a binding with another title, with the command that
// imports it.
func (b *binding) explainOtherTitle(e *otherTitleError, v verb, m model) diag.Diagnostic {
	at := path.Root(membersAttribute)
	if names, ok := knownStrings(m.Members); ok && len(e.members) == 1 {
		at = at.AtSetValue(memberValue(spellingOf(e.members[0].member, names)))
	}
	detail := fmt.Sprintf("For %s on %s:\n%s\n\nNothing was written, so that nobody stays eligible by a binding that your configuration does not show. Where another resource of your configuration has such a member and is to give it up, do that in an apply before this one.",
		e.key.role, e.key.resource, e)
	if commands := b.importCommands(e.ids, e.members); commands != "" {
		detail += " To manage the existing binding here, write its title and description into the configuration, or import it, which takes in every user and group of it, and let the next apply change them:\n\n" + commands
	} else {
		detail += " To manage the existing binding here, give it another title by hand first: an import chooses by title and description, and these do not tell it apart."
	}
	if v == planning {
		detail += "\n\nThis stops terraform destroy too, which plans the whole configuration first; terraform destroy -refresh=false passes it by."
	}
	return diag.NewAttributeErrorDiagnostic(at, "Members eligible elsewhere already", detail)
}

// notFound tells whether Google says that the project, folder or organization does not exist, or
// the role. An error page of something in between says nothing.
func notFound(err error) bool {
	return cause.Of(err).Kind == cause.NotFound
}
