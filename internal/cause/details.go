package cause

import (
	"encoding/json"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
)

// details are those parts of a response that are meant for programs.
type details struct {
	reason     string            // of ErrorInfo
	domain     string            // of ErrorInfo: who gave the reason
	metadata   map[string]string // of ErrorInfo
	violations []violation       // of PreconditionFailure
	quotas     []string          // of QuotaFailure
	binding    string            // the role of a binding that Resource Manager refuses
}

type violation struct{ Type, Subject, Description string }

// jsonDetail is one detail of a response by REST, whichever its type is.
type jsonDetail struct {
	Type       string            `json:"@type"`
	Reason     string            `json:"reason"`
	Domain     string            `json:"domain"`
	Metadata   map[string]string `json:"metadata"`
	Role       string            `json:"role"`
	Violations []struct {
		violation
		QuotaMetric string `json:"quotaMetric"`
	} `json:"violations"`
}

func jsonDetails(all []any) details {
	var d details
	for _, item := range all {
		var read jsonDetail
		text, err := json.Marshal(item)
		if err != nil || json.Unmarshal(text, &read) != nil {
			continue
		}
		switch _, name, _ := strings.Cut(read.Type, "/"); name {
		case "google.rpc.ErrorInfo":
			d.reason, d.domain, d.metadata = read.Reason, read.Domain, read.Metadata
		case "google.rpc.PreconditionFailure":
			for _, v := range read.Violations {
				d.violations = append(d.violations, v.violation)
			}
		case "google.rpc.QuotaFailure":
			for _, v := range read.Violations {
				d.quotas = append(d.quotas, v.QuotaMetric, v.Subject)
			}
		case "google.cloudresourcemanager.v1.ProjectIamPolicyError":
			d.binding = read.Role
		}
	}
	return d
}

func protoDetails(all []any) details {
	var d details
	for _, item := range all {
		switch read := item.(type) {
		case *errdetails.ErrorInfo:
			d.reason, d.domain, d.metadata = read.GetReason(), read.GetDomain(), read.GetMetadata()
		case *errdetails.PreconditionFailure:
			for _, v := range read.GetViolations() {
				d.violations = append(d.violations, violation{v.GetType(), v.GetSubject(), v.GetDescription()})
			}
		case *errdetails.QuotaFailure:
			for _, v := range read.GetViolations() {
				d.quotas = append(d.quotas, v.GetQuotaMetric(), v.GetSubject())
			}
		}
	}
	return d
}

// violated is the first violation of a kind, or an empty one.
func (d details) violated(is func(violation) bool) violation {
	if i := slices.IndexFunc(d.violations, is); i >= 0 {
		return d.violations[i]
	}
	return violation{}
}

// failedPrecondition is the older reason for what gRPC has a code for.
const failedPrecondition = "failedPrecondition"

// reasonKinds are what the reasons of ErrorInfo mean.
// Source: google/api/error_reason.proto.
var reasonKinds = map[string]Kind{
	"IAM_PERMISSION_DENIED":           PermissionMissing,
	"SERVICE_DISABLED":                APIDisabled,
	"USER_PROJECT_DENIED":             QuotaProjectDenied,
	"CONSUMER_INVALID":                QuotaProjectInvalid,
	"RATE_LIMIT_EXCEEDED":             QuotaExceeded,
	"RESOURCE_QUOTA_EXCEEDED":         QuotaExceeded,
	"SECURITY_POLICY_VIOLATED":        Perimeter,
	"ACCESS_TOKEN_SCOPE_INSUFFICIENT": ScopeMissing,
	"ACCESS_TOKEN_EXPIRED":            Unauthenticated,
	"ACCESS_TOKEN_TYPE_UNSUPPORTED":   Unauthenticated,
	"CREDENTIALS_MISSING":             Unauthenticated,
}

// byReason is the kind by ErrorInfo. Google gives one reason for an API that is off and for
// credentials that name no project in which it could be on.
func (r response) byReason() Kind {
	kind := reasonKinds[r.reason]
	if kind == APIDisabled && strings.Contains(r.message, needsQuotaProject) {
		return QuotaProjectNeeded
	}
	return kind
}

// byViolation is the kind by PreconditionFailure and QuotaFailure.
func (r response) byViolation() Kind {
	switch {
	case r.violated(isPerimeter) != violation{}:
		return Perimeter
	case r.violated(isConstraint) != violation{}:
		return OrganizationPolicy
	case r.violated(isInactive) != violation{}:
		return ResourceInactive
	case len(r.quotas) > 0:
		return QuotaExceeded
	case r.binding != "":
		return BindingRefused
	}
	return Unknown
}

func isPerimeter(v violation) bool { return v.Type == "VPC_SERVICE_CONTROLS" }

func isConstraint(v violation) bool {
	return strings.HasPrefix(v.Type, "constraints/") || strings.HasPrefix(v.Type, "customConstraints/")
}

func isInactive(v violation) bool { return inactiveText.MatchString(v.Description) }

// olderReasonKinds are what the reasons of the older list of errors mean. The Directory and other
// APIs of its age answer 403 where a quota ran out.
var olderReasonKinds = map[string]Kind{
	"quotaExceeded":           QuotaExceeded,
	"rateLimitExceeded":       QuotaExceeded,
	"userRateLimitExceeded":   QuotaExceeded,
	"dailyLimitExceeded":      QuotaExceeded,
	"accessNotConfigured":     APIDisabled,
	"insufficientPermissions": ScopeMissing,
}

func (r response) byOlderReason() Kind {
	for _, reason := range r.reasons {
		if kind, ok := olderReasonKinds[reason]; ok {
			return kind
		}
	}
	return Unknown
}
