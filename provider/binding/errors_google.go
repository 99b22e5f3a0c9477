package binding

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// answer explains what Google answered instead of a policy.
func (e *explanation) explainAnswer(why cause.Cause, v verb, m model) {
	e.upstream = strings.TrimSpace(fmt.Sprintf("Google answered %d: %s", why.Status, why.Message))
	switch why.Status {
	case http.StatusBadRequest:
		e.explainRejected(why, m)
	case http.StatusUnauthorized:
		e.detail = "Google does not accept the credentials: they expired or were revoked. Run \"gcloud auth application-default login\" again, or renew the access_token."
	case http.StatusForbidden:
		e.explainForbidden(why, v, m)
	case http.StatusNotFound:
		e.at, e.detail = m.place(), fmt.Sprintf("There is no %s. Check the id, and that it was not deleted.", m.resourceName())
	case http.StatusTooManyRequests:
		e.detail = "The quota of the Cloud Resource Manager API ran out, also after waiting. Run terraform apply again in a few minutes, with a smaller -parallelism if this goes on."
	default:
		e.detail = "Google could not do it, also after several tries. Run the command again later; https://status.cloud.google.com shows known incidents."
	}
}

func (e *explanation) explainForbidden(why cause.Cause, v verb, m model) {
	switch why.Kind {
	case cause.APIDisabled:
		e.detail = "The Cloud Resource Manager API is not enabled in the project whose quota the credentials use. Run \"gcloud services enable cloudresourcemanager.googleapis.com\" there."
		return
	case cause.QuotaProjectDenied:
		e.detail = "The credentials may not use the quota of that project, which billing_project or the credentials name. Grant them roles/serviceusage.serviceUsageConsumer on it, or name another project."
		return
	}
	collection, _, _ := strings.Cut(m.resourceName(), "/")
	permissions := fmt.Sprintf("resourcemanager.%s.getIamPolicy", collection)
	if v != reading {
		permissions += fmt.Sprintf(" and resourcemanager.%s.setIamPolicy", collection)
	}
	e.at = m.place()
	e.detail = fmt.Sprintf("The credentials lack %s on %s, or it does not exist: Google gives the same answer. Check the id, and grant a role such as %s.",
		permissions, m.resourceName(), adminRoles[collection])
}

// administrators are predefined roles with both permissions on policies.
var adminRoles = map[string]string{
	"projects":      "roles/resourcemanager.projectIamAdmin",
	"folders":       "roles/resourcemanager.folderIamAdmin",
	"organizations": "roles/iam.securityAdmin",
}

// complaints are what it means that Google refuses a policy.
var rejections = map[cause.Kind]struct{ attribute, meaning string }{
	cause.OrganizationPolicy:  {membersAttribute, "The organization policy " + cause.PermittedDomains + " does not permit a member. Name people of permitted organizations, or allow their customer id in that policy."},
	cause.RoleNotGrantable:    {roleAttribute, "The role cannot be granted here. Some roles exist for folders, organizations or single resources only; choose another role."},
	cause.RoleUnknown:         {roleAttribute, "The role does not exist here. Check its spelling; a custom role that was made a moment ago needs up to a minute, then terraform apply succeeds."},
	cause.RoleBasic:           {roleAttribute, "The role is a basic role, and IAM allows no condition on those."},
	cause.RoleRefused:         {roleAttribute, "Google refuses the role. Check its spelling and whether it can be granted here."},
	cause.PolicyFull:          {membersAttribute, "The policy is full: IAM allows 1,500 members in a policy, each counted as often as it appears. Name a group instead of its people."},
	cause.ConditionTooComplex: {resourceConditionAttribute, "IAM finds the condition too complex. Shorten resource_condition."},
	cause.ConditionRefused:    {resourceConditionAttribute, "IAM does not take the condition. Check resource_condition against https://cloud.google.com/iam/docs/conditions-attribute-reference."},
	cause.MemberRefused:       {membersAttribute, "Google refuses a member. Check the addresses."},
}

// rejected explains a policy that Google does not take.
func (e *explanation) explainRejected(why cause.Cause, m model) {
	kind, address, _ := strings.Cut(why.Subject, ":")
	if why.Kind == cause.MemberUnknown && (kind == "user" || kind == "group") {
		e.unknown(kind, address, m)
		return
	}
	found, ok := rejections[why.Kind]
	if other := why.Kind == cause.OrganizationPolicy && why.Subject != cause.PermittedDomains; ok && !other {
		e.at, e.detail = path.Root(found.attribute), found.meaning
		return
	}
	e.detail = "Google refuses the policy with this binding in it, and nothing was written. Where its answer names something that is not yours, another binding of the policy is to blame."
}

// unknown blames the member whose account does not exist.
func (e *explanation) unknown(kind, address string, m model) {
	e.at = path.Root(membersAttribute)
	e.detail = fmt.Sprintf("Google knows no %s %s. Check the spelling; a user and a group are different kinds of member.", kind, address)
	who, err := eligibility.ParsePrincipal(kind + ":" + address)
	names, _ := known(m.Members)
	if name := spellingOf(who, names); err == nil && slices.Contains(names, name) {
		e.at = e.at.AtSetValue(memberValue(name))
		return
	}
	e.detail += " It is no member of this resource: another binding of the same policy names it, and Google refuses the policy as a whole."
}
