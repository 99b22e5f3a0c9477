package binding

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// explainAnswer explains what Google answered instead of a policy.
func explainAnswer(f *diagnostics.Failure, why cause.Cause, v verb, m model) {
	f.Answered(why)
	switch why.Status {
	case http.StatusBadRequest:
		explainRejected(f, why, m)
	case http.StatusForbidden:
		explainForbidden(f, why, v, m)
	case http.StatusNotFound:
		f.At, f.Detail = m.resourceAttribute(), fmt.Sprintf("There is no %s. Check the id, and that it was not deleted.", m.resourceName())
	case http.StatusTooManyRequests:
		f.Detail = "The quota of the Cloud Resource Manager API ran out, also after waiting. Run terraform apply again in a few minutes, with a smaller -parallelism if this goes on."
	default:
		f.Detail = "Google could not do it, also after several tries. Run the command again later; https://status.cloud.google.com shows known incidents."
	}
}

func explainForbidden(f *diagnostics.Failure, why cause.Cause, v verb, m model) {
	switch why.Kind {
	case cause.APIDisabled:
		f.Detail = "The Cloud Resource Manager API is not enabled in the project whose quota the credentials use. Run \"gcloud services enable cloudresourcemanager.googleapis.com\" there."
		return
	case cause.QuotaProjectDenied:
		f.Detail = "The credentials may not use the quota of that project, which billing_project or the credentials name. Grant them roles/serviceusage.serviceUsageConsumer on it, or name another project."
		return
	}
	collection, _, _ := strings.Cut(m.resourceName(), "/")
	permissions := fmt.Sprintf("resourcemanager.%s.getIamPolicy", collection)
	if v != reading {
		permissions += fmt.Sprintf(" and resourcemanager.%s.setIamPolicy", collection)
	}
	f.At = m.resourceAttribute()
	f.Detail = fmt.Sprintf("The credentials lack %s on %s, or it does not exist: Google gives the same answer. Check the id, and grant a role such as %s.",
		permissions, m.resourceName(), adminRoles[collection])
}

// adminRoles are predefined roles with both permissions on policies.
var adminRoles = map[string]string{
	"projects":      "roles/resourcemanager.projectIamAdmin",
	"folders":       "roles/resourcemanager.folderIamAdmin",
	"organizations": "roles/iam.securityAdmin",
}

// rejections are attributes to blame, and what it means, where Google refuses a policy.
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

// explainRejected explains a policy that Google does not take.
func explainRejected(f *diagnostics.Failure, why cause.Cause, m model) {
	kind, address, _ := strings.Cut(why.Subject, ":")
	if why.Kind == cause.MemberUnknown && (kind == "user" || kind == "group") {
		explainUnknownMember(f, kind, address, m)
		return
	}
	found, ok := rejections[why.Kind]
	if other := why.Kind == cause.OrganizationPolicy && why.Subject != cause.PermittedDomains; ok && !other {
		f.At, f.Detail = path.Root(found.attribute), found.meaning
		return
	}
	f.Detail = "Google refuses the policy with this binding in it, and nothing was written. Where its answer names something that is not yours, another binding of the policy is to blame."
}

// explainUnknownMember blames the member whose account does not exist.
func explainUnknownMember(f *diagnostics.Failure, kind, address string, m model) {
	f.At = path.Root(membersAttribute)
	f.Detail = fmt.Sprintf("Google knows no %s %s. Check the spelling; a user and a group are different kinds of member.", kind, address)
	who, err := eligibility.ParsePrincipal(kind + ":" + address)
	names, _ := knownStrings(m.Members)
	if name := spellingOf(who, names); err == nil && slices.Contains(names, name) {
		f.At = f.At.AtSetValue(memberValue(name))
		return
	}
	f.Detail += " It is no member of this resource: another binding of the same policy names it, and Google refuses the policy as a whole."
}
