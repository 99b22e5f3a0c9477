package provider

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	google "google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// answer explains what Google answered instead of a policy.
func (e *explanation) answer(a *google.Error, v verb, m model) {
	e.upstream = strings.TrimSpace(fmt.Sprintf("Google answered %d: %s", a.Code, said(a)))
	switch a.Code {
	case http.StatusBadRequest:
		e.rejected(said(a), m)
	case http.StatusUnauthorized:
		e.detail = "Google does not accept the credentials: they expired or were revoked. Run \"gcloud auth application-default login\" again, or renew the access_token."
	case http.StatusForbidden:
		e.forbidden(said(a), v, m)
	case http.StatusNotFound:
		e.at, e.detail = m.place(), fmt.Sprintf("There is no %s. Check the id, and that it was not deleted.", m.placeName())
	case http.StatusTooManyRequests:
		e.detail = "The quota of the Cloud Resource Manager API ran out, also after waiting. Run terraform apply again in a few minutes, with a smaller -parallelism if this goes on."
	default:
		e.detail = "Google could not do it, also after several tries. Run the command again later; https://status.cloud.google.com shows known incidents."
	}
}

// said is the message of Google's error, or the beginning of whatever came.
func said(a *google.Error) string {
	if a.Message != "" {
		return a.Message
	}
	return a.Body
}

func (e *explanation) forbidden(message string, v verb, m model) {
	if strings.Contains(message, "has not been used in project") || strings.Contains(message, "is disabled") {
		e.detail = "The Cloud Resource Manager API is not enabled in the project whose quota the credentials use. Run \"gcloud services enable cloudresourcemanager.googleapis.com\" there."
		return
	}
	if strings.Contains(message, "required permission to use project") {
		e.detail = "The credentials may not use the quota of that project, which billing_project or the credentials name. Grant them roles/serviceusage.serviceUsageConsumer on it, or name another project."
		return
	}
	collection, _, _ := strings.Cut(m.placeName(), "/")
	permissions := fmt.Sprintf("resourcemanager.%s.getIamPolicy", collection)
	if v != reading {
		permissions += fmt.Sprintf(" and resourcemanager.%s.setIamPolicy", collection)
	}
	e.at = m.place()
	e.detail = fmt.Sprintf("The credentials lack %s on %s, or it does not exist: Google gives the same answer. Check the id, and grant a role such as %s.",
		permissions, m.placeName(), administrators[collection])
}

// administrators are predefined roles with both permissions on policies.
var administrators = map[string]string{
	"projects":      "roles/resourcemanager.projectIamAdmin",
	"folders":       "roles/resourcemanager.folderIamAdmin",
	"organizations": "roles/iam.securityAdmin",
}

// unknownMember finds the member that Google does not know.
var unknownMember = regexp.MustCompile(`(?i)\b(user|group) (\S+@\S+) does not exist`)

// complaints are what Google's refusals of a policy say, and what they mean.
// The first that fits counts.
var complaints = []struct{ says, attribute, meaning string }{
	{"permitted customer", membersAttribute, "The organization policy constraints/iam.allowedPolicyMemberDomains does not permit a member. Name people of permitted organizations, or allow their customer id in that policy."},
	{"not supported for this resource", roleAttribute, "The role cannot be granted here. Some roles exist for folders, organizations or single resources only; choose another role."},
	{"in the resource's hierarchy", roleAttribute, "The role does not exist here. Check its spelling; a custom role that was made a moment ago needs up to a minute, then terraform apply succeeds."},
	{"primitive roles", roleAttribute, "The role is a basic role, and IAM allows no condition on those."},
	{"number of members in the policy", membersAttribute, "The policy is full: IAM allows 1,500 members in a policy, each counted as often as it appears. Name a group instead of its people."},
	{"operators count", resourceConditionAttribute, "IAM finds the condition too complex. Shorten resource_condition."},
	{"condition", resourceConditionAttribute, "IAM does not take the condition. Check resource_condition against https://cloud.google.com/iam/docs/conditions-attribute-reference."},
	{"role", roleAttribute, "Google refuses the role. Check its spelling and whether it can be granted here."},
	{"members", membersAttribute, "Google refuses a member. Check the addresses."},
}

// rejected explains a policy that Google does not take.
func (e *explanation) rejected(message string, m model) {
	if found := unknownMember.FindStringSubmatch(message); found != nil {
		e.unknown(found[1], found[2], m)
		return
	}
	for _, c := range complaints {
		if strings.Contains(strings.ToLower(message), strings.ToLower(c.says)) {
			e.at, e.detail = path.Root(c.attribute), c.meaning
			return
		}
	}
	e.detail = "Google refuses the policy with this binding in it, and nothing was written. Where its answer names something that is not yours, another binding of the policy is to blame."
}

// unknown blames the member whose account does not exist.
func (e *explanation) unknown(kind, address string, m model) {
	e.at = path.Root(membersAttribute)
	e.detail = fmt.Sprintf("Google knows no %s %s. Check the spelling; a user and a group are different kinds of member.", strings.ToLower(kind), address)
	who, err := eligibility.ParsePrincipal(strings.ToLower(kind) + ":" + address)
	names, _ := known(m.Members)
	if name := spellingOf(who, names); err == nil && slices.Contains(names, name) {
		e.at = e.at.AtSetValue(memberValue(name))
		return
	}
	e.detail += " It is no member of this resource: another binding of the same policy names it, and Google refuses the policy as a whole."
}
