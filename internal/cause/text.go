package cause

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// What Google says where it says nothing for programs. Each text is one that Google is known to
// answer; the table of this package's tests has them whole.
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
	inactive       = regexp.MustCompile(`(?i)\bmust be in active state\b|\bnot active\b|\bpending deletion\b|\bmarked for deletion\b|\bdelete_requested\b`)
)

// refusals are what Google's refusals of a policy say, in lower case. The first that fits counts;
// the last three catch what Google says of the same things in other words.
var refusals = []struct {
	says string
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

// refusal is the kind of a 400.
func (a answer) refusal() Kind {
	switch {
	case unknownPerson.MatchString(a.message), unknownAccount.MatchString(a.message):
		return MemberUnknown
	case constraintName.MatchString(a.message):
		return OrganizationPolicy
	case inactive.MatchString(a.message):
		return ResourceInactive
	}
	text := strings.ToLower(a.message)
	for _, r := range refusals {
		if strings.Contains(text, r.says) {
			return r.kind
		}
	}
	if slices.Contains(a.reasons, failedPrecondition) {
		return PreconditionFailed
	}
	return InvalidArgument
}

// denial is the kind of a 403. One with a reason that is not known here is no missing permission.
func (a answer) denial() Kind {
	switch text := a.message; {
	case perimeterID.MatchString(text):
		return Perimeter
	case strings.Contains(text, needsQuotaProject):
		return QuotaProjectNeeded
	case strings.Contains(text, "has not been used in project"), strings.Contains(text, "is disabled"):
		return APIDisabled
	case strings.Contains(text, "required permission to use project"):
		return QuotaProjectDenied
	case a.reason != "":
		return Unknown
	}
	return PermissionMissing
}

// subject is what Google names as to blame.
func (a answer) subject(kind Kind) string {
	switch kind {
	case PermissionMissing:
		return cmp.Or(a.metadata["permission"], first(permissionName, a.message))
	case APIDisabled:
		return a.service()
	case Perimeter:
		return cmp.Or(a.metadata["uid"], a.violated(ofPerimeter).Description, first(perimeterID, a.message))
	case QuotaExceeded:
		return cmp.Or(a.metadata["quota_metric"], cmp.Or(a.quotas...), first(quotaName, a.message))
	case OrganizationPolicy:
		return cmp.Or(a.violated(ofConstraint).Type, constraintName.FindString(a.message), PermittedDomains)
	case RoleUnknown, RoleNotGrantable:
		return roleName.FindString(a.message)
	case BindingRefused:
		return a.binding
	case MemberUnknown:
		return a.member()
	}
	return ""
}

// member is the one whom Google does not know, with its type in front.
func (a answer) member() string {
	if found := unknownPerson.FindStringSubmatch(a.message); found != nil {
		return strings.ToLower(found[1]) + ":" + found[2]
	}
	if account := first(unknownAccount, a.message); account != "" {
		return "serviceAccount:" + account
	}
	return ""
}

// service is the API that refused.
func (a answer) service() string {
	name := cmp.Or(a.metadata["service"], serviceName.FindString(a.message))
	if name == "" && strings.HasSuffix(a.domain, ".googleapis.com") {
		return a.domain
	}
	return name
}

// consumer is the project whose quota and APIs count.
func (a answer) consumer() string {
	if name := a.metadata["consumer"]; name != "" {
		return name
	}
	if name := first(consumerName, a.message); name != "" {
		return "projects/" + name
	}
	return ""
}

// first is what the group of a pattern finds in a text.
func first(pattern *regexp.Regexp, text string) string {
	if found := pattern.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}
