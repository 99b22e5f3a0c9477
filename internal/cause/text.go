package cause

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// What Google says where it says nothing for programs. Each is part of a text that Google is known
// to return; the table of this package's tests has the whole texts.
const needsQuotaProject = "requires a quota project"

var (
	serviceName    = regexp.MustCompile(`\b[a-z0-9-]+\.googleapis\.com\b`)
	consumerName   = regexp.MustCompile(`(?:\b(?:in|use) project |\bproject_number:)([a-z0-9](?:[a-z0-9.:-]*[a-z0-9])?)`)
	permissionName = regexp.MustCompile(`(?i)\bpermission '?([a-z]+\.[a-z]+\.[a-z]+)'? denied\b`)
	perimeterID    = regexp.MustCompile(`\bvpcServiceControlsUniqueIdentifier: ([A-Za-z0-9_-]+)`)
	quotaName      = regexp.MustCompile(`\bquota (?:metric|group) '([^']+)'`)
	constraintName = regexp.MustCompile(`\b(?:constraints|customConstraints)/[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*`)
	roleName       = regexp.MustCompile(`\b(?:(?:projects|organizations)/[a-z0-9.:-]+/)?roles/[A-Za-z0-9_.]*[A-Za-z0-9_]`)
	unknownPerson  = regexp.MustCompile(`(?i)\b(user|group) (\S+@\S+) does not exist`)
	unknownAccount = regexp.MustCompile(`(?i)\bservice account (\S+) does not exist`)
	inactiveText   = regexp.MustCompile(`(?i)\bmust be in active state\b|\bnot active\b|\bpending deletion\b|\bmarked for deletion\b|\bdelete_requested\b`)
)

// badRequestTexts are parts of what Google says where it refuses a policy, in lower case. The first
// that fits counts; the last three catch what Google says of the same things in other words.
var badRequestTexts = []struct {
	text string
	kind Kind
}{
	{"permitted customer", OrganizationPolicy},
	{"not supported for this resource", RoleNotGrantable},
	{"in the resource's hierarchy", RoleUnknown},
	{"primitive roles", RoleBasic},
	{"number of members in the policy", PolicyFull},
	{"operators count", ConditionTooComplex},
	{"precondition", PreconditionFailed},
	{"condition", ConditionRefused},
	{"role", RoleRefused},
	{"members", MemberRefused},
}

// badRequestKind is the kind of a 400.
func (r response) badRequestKind() Kind {
	switch {
	case unknownPerson.MatchString(r.message), unknownAccount.MatchString(r.message):
		return MemberUnknown
	case constraintName.MatchString(r.message):
		return OrganizationPolicy
	case inactiveText.MatchString(r.message):
		return ResourceInactive
	}
	text := strings.ToLower(r.message)
	for _, known := range badRequestTexts {
		if strings.Contains(text, known.text) {
			return known.kind
		}
	}
	if slices.Contains(r.reasons, failedPrecondition) {
		return PreconditionFailed
	}
	return InvalidArgument
}

// forbiddenKind is the kind of a 403. One with a reason that is not known here is no missing
// permission.
func (r response) forbiddenKind() Kind {
	switch text := r.message; {
	case perimeterID.MatchString(text):
		return Perimeter
	case strings.Contains(text, needsQuotaProject):
		return QuotaProjectNeeded
	case strings.Contains(text, "has not been used in project"), strings.Contains(text, "is disabled"):
		return APIDisabled
	case strings.Contains(text, "required permission to use project"):
		return QuotaProjectDenied
	case r.reason != "":
		return Unknown
	}
	return PermissionMissing
}

// subject is what Google blames.
func (r response) subject(kind Kind) string {
	switch kind {
	case PermissionMissing:
		return cmp.Or(r.metadata["permission"], submatch(permissionName, r.message))
	case APIDisabled:
		return r.service()
	case Perimeter:
		return cmp.Or(r.metadata["uid"], r.violated(isPerimeter).Description, submatch(perimeterID, r.message))
	case QuotaExceeded:
		return cmp.Or(r.metadata["quota_metric"], cmp.Or(r.quotas...), submatch(quotaName, r.message))
	case OrganizationPolicy:
		return cmp.Or(r.violated(isConstraint).Type, constraintName.FindString(r.message), PermittedDomains)
	case RoleUnknown, RoleNotGrantable:
		return roleName.FindString(r.message)
	case BindingRefused:
		return r.binding
	case MemberUnknown:
		return r.member()
	}
	return ""
}

// member is the one whom Google does not know, with its type in front.
func (r response) member() string {
	if found := unknownPerson.FindStringSubmatch(r.message); found != nil {
		return strings.ToLower(found[1]) + ":" + found[2]
	}
	if account := submatch(unknownAccount, r.message); account != "" {
		return "serviceAccount:" + account
	}
	return ""
}

// service is the API that refused.
func (r response) service() string {
	name := cmp.Or(r.metadata["service"], serviceName.FindString(r.message))
	if name == "" && strings.HasSuffix(r.domain, ".googleapis.com") {
		return r.domain
	}
	return name
}

// consumer is the project whose quota and APIs count.
func (r response) consumer() string {
	if name := r.metadata["consumer"]; name != "" {
		return name
	}
	if name := submatch(consumerName, r.message); name != "" {
		return "projects/" + name
	}
	return ""
}

// submatch is what the only group of a pattern finds in a text.
func submatch(pattern *regexp.Regexp, text string) string {
	if found := pattern.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}
