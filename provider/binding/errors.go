package binding

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/googleapi"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
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

// explain turns an error into what failed, on which attribute, why and what to
// do; what Google said comes last.
func (b *binding) explain(err error, v verb, m model) diag.Diagnostic {
	var otherTitle *otherTitleError
	if errors.As(err, &otherTitle) {
		return b.explainOtherTitle(otherTitle, v, m)
	}
	return failureOf(err, v, m).diagnostic()
}

// explained is explain for everything but members that stand elsewhere.
func failureOf(err error, v verb, m model) explanation {
	e := explanation{summary: "Eligible binding not " + v.done, upstream: err.Error()}
	why := cause.Of(err)
	var missing *client.CredentialsError
	var pending *client.PendingError
	switch {
	case errors.As(err, &missing):
		e.detail = "The provider found no credentials for Google. Run \"gcloud auth application-default login\", set GOOGLE_APPLICATION_CREDENTIALS, or give the provider credentials or an access_token."
	case errors.As(err, &pending):
		e.detail = fmt.Sprintf("%s of the provider is not known before the apply, but is needed to read the policy. Apply what it comes from first, with -target, or give it as a variable.", pending.Attribute)
		e.upstream = ""
	case errors.Is(err, policy.ErrUnsettled):
		e.detail = "The policy was sent to Google, but it is not known whether it was taken: the answer got lost. Run terraform apply again: members that stand there already are taken over."
	case errors.Is(err, policy.ErrConflict):
		e.at, e.detail = m.place(), fmt.Sprintf("Others kept changing the policy of %s for %s, and nothing was written. Find out who writes that policy all the time, in the audit log under SetIamPolicy, and run terraform apply again.", m.resourceName(), client.Patience)
	case errors.Is(err, policy.ErrVersion):
		e.at, e.detail = m.place(), fmt.Sprintf("The policy of %s has a version that this provider does not know, so it was left alone. Look for a newer version of the provider.", m.resourceName())
	case errors.Is(err, policy.ErrNoEtag), errors.Is(err, policy.ErrNullBinding):
		e.at, e.detail = m.place(), "What answered is not Google: there was no policy in it. Check the provider's endpoint, "+client.EndpointVariable+" and proxies."
	case errors.Is(err, googleapi.ErrNotImpersonated):
		e.detail = "The credentials may not act as the service account that is to be impersonated, or there is none of that name. Grant them roles/iam.serviceAccountTokenCreator on it, which takes some minutes to work, and enable iamcredentials.googleapis.com in its project."
	case why.Status != 0:
		e.explainAnswer(why, v, m)
	case errors.Is(err, context.Canceled):
		e.detail = "It was interrupted before anything was written. Run terraform apply again."
	default:
		e.detail = "Google could not be reached. Check the network, proxies and the provider's endpoint, and run the command again."
	}
	return e
}

// explanation is a diagnostic on its way.
type explanation struct {
	summary, detail string
	at              path.Path // empty: no single attribute is to blame
	upstream        string
}

func (e explanation) diagnostic() diag.Diagnostic {
	detail := e.detail
	if says := e.says(); says != "" {
		detail += "\n\n" + says
	}
	if len(e.at.Steps()) == 0 {
		return diag.NewErrorDiagnostic(e.summary, detail)
	}
	return diag.NewAttributeErrorDiagnostic(e.at, e.summary, detail)
}

// says is what Google answered, or "".
func (e explanation) says() string {
	if e.upstream == "" {
		return ""
	}
	return "The error was: " + shorten(e.upstream)
}

// shorten bounds foreign text: an answer may be a whole page.
func shorten(s string) string {
	const longest = 600
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}

// place is the attribute that names the project, folder or organization.
func (m model) place() path.Path {
	_, attribute, _ := m.name()
	return path.Root(attribute)
}

func (m model) resourceName() string {
	name, _, _ := m.name()
	return name
}

// explainElsewhere refuses members that stand under another text, with the
// command that takes them in.
func (b *binding) explainOtherTitle(e *otherTitleError, v verb, m model) diag.Diagnostic {
	at := path.Root(membersAttribute)
	if names, ok := known(m.Members); ok && len(e.members) == 1 {
		at = at.AtSetValue(memberValue(spellingOf(e.members[0], names)))
	}
	detail := fmt.Sprintf("For %s on %s:\n%s\n\nNothing was written, so that no two resources own one place. To manage the existing binding here, write its title and description into the configuration, or import it, which takes in every user and group of this role and condition, and let the next apply change them:\n\n  %s\n\n"+
		"Where this resource exists already, remove the member from the other binding first.", e.key.role, e.key.resource, e, b.importCommand(e.key))
	if v == planning {
		detail += "\n\nThis stops terraform destroy too, which plans the whole configuration first; terraform destroy -refresh=false passes it by."
	}
	return diag.NewAttributeErrorDiagnostic(at, "Members eligible elsewhere already", detail)
}

// gone tells whether Google says that the project, folder or organization does
// not exist. An error page of something in between says nothing.
func notFound(err error) bool {
	return cause.Of(err).Kind == cause.NotFound
}
