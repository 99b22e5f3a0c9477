package cause_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
)

// restError is the error that a discovery client makes of a response.
func restError(status int, body string) error {
	return googleapi.CheckResponse(&http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body))})
}

// messageOnly is a response with a message alone, as older services and many refusals are.
func messageOnly(status int, message string) error {
	return restError(status, fmt.Sprintf(`{"error": {"code": %d, "message": %q, "errors": [{"message": %q, "domain": "global", "reason": "badRequest"}]}}`, status, message, message))
}

// withDetail is a response with one detail.
func withDetail(status int, message, detail string) error {
	return restError(status, fmt.Sprintf(`{"error": {"code": %d, "message": %q, "status": "X", "details": [%s]}}`, status, message, detail))
}

// errorInfo is an ErrorInfo.
func errorInfo(reason, domain, metadata string) string {
	return fmt.Sprintf(`{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": %q, "domain": %q, "metadata": {%s}}`, reason, domain, metadata)
}

// preconditionFailure is a PreconditionFailure.
func preconditionFailure(kind, subject, description string) string {
	return fmt.Sprintf(`{"@type": "type.googleapis.com/google.rpc.PreconditionFailure", "violations": [{"type": %q, "subject": %q, "description": %q}]}`, kind, subject, description)
}

const (
	manager   = "cloudresourcemanager.googleapis.com"
	uid       = "VQQnKfXtZ16NHnOmdJAy0E92tVT_8fZZRGvnndBWXZLKFx_KItn1EA"
	prohibits = "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: " + uid
	adc       = "Your application is authenticating by using local Application Default Credentials. The cloudasset.googleapis.com API requires a quota project, which is not set by default."
	use       = "Caller does not have required permission to use project paying. Grant the caller the roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission, by visiting https://console.developers.google.com/iam-admin/iam/project?project=paying and then retry."
	off       = "Cloud Resource Manager API has not been used in project 123 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/cloudresourcemanager.googleapis.com/overview?project=123 then retry."
	setDenied = "Permission 'resourcemanager.projects.setIamPolicy' denied on resource '//cloudresourcemanager.googleapis.com/projects/p' (or it may not exist)."
	perMinute = "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service 'cloudresourcemanager.googleapis.com' for consumer 'project_number:123'."
	foreign   = "One or more users named in the policy do not belong to a permitted customer."
)

// Responses by REST, as they are documented, recorded in public reports or sent by the emulator.
var restAnswers = map[string]struct {
	err  error
	want cause.Cause // but for the message
}{
	// Who asks may not.
	"no credentials": {
		withDetail(401, "Request is missing required authentication credential.", errorInfo("CREDENTIALS_MISSING", "googleapis.com", `"service": "`+manager+`"`)),
		cause.Cause{Kind: cause.Unauthenticated, Service: manager, Status: 401},
	},
	"a token that expired, without a detail": {
		messageOnly(401, "Request had invalid authentication credentials."), cause.Cause{Kind: cause.Unauthenticated, Status: 401},
	},
	"a token without the scope": {
		withDetail(403, "Request had insufficient authentication scopes.", errorInfo("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "googleapis.com", `"service": "admin.googleapis.com"`)),
		cause.Cause{Kind: cause.ScopeMissing, Service: "admin.googleapis.com", Status: 403},
	},
	"a token without the scope, of old": {
		restError(403, `{"error": {"code": 403, "message": "Insufficient Permission", "errors": [{"reason": "insufficientPermissions"}]}}`),
		cause.Cause{Kind: cause.ScopeMissing, Status: 403},
	},
	"a permission, with a detail": {
		withDetail(403, "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
			errorInfo("IAM_PERMISSION_DENIED", "iam.googleapis.com", `"permission": "iam.serviceAccounts.getAccessToken", "resource": "projects/p/serviceAccounts/x"`)),
		cause.Cause{Kind: cause.PermissionMissing, Subject: "iam.serviceAccounts.getAccessToken", Service: "iam.googleapis.com", Status: 403},
	},
	"a permission, in the text": {
		messageOnly(403, setDenied), cause.Cause{Kind: cause.PermissionMissing, Subject: "resourcemanager.projects.setIamPolicy", Service: manager, Status: 403},
	},
	"a permission that is not named": {
		messageOnly(403, "The caller does not have permission"), cause.Cause{Kind: cause.PermissionMissing, Status: 403},
	},
	"a group that may not be read": {
		messageOnly(403, "Not Authorized to access this resource/api"), cause.Cause{Kind: cause.PermissionMissing, Status: 403},
	},
	"a reason that is not known": {
		withDetail(403, "Billing is off.", errorInfo("BILLING_DISABLED", "googleapis.com", `"consumer": "projects/123"`)),
		cause.Cause{Consumer: "projects/123", Status: 403},
	},
	"a perimeter": {
		withDetail(403, prohibits, preconditionFailure("VPC_SERVICE_CONTROLS", "", uid)+","+
			errorInfo("SECURITY_POLICY_VIOLATED", "googleapis.com", `"uid": "`+uid+`", "service": "cloudasset.googleapis.com", "consumer": "projects/p"`)),
		cause.Cause{Kind: cause.Perimeter, Subject: uid, Service: "cloudasset.googleapis.com", Consumer: "projects/p", Status: 403},
	},
	"a perimeter, by its violation": {
		withDetail(403, "Request is prohibited by organization's policy.", preconditionFailure("VPC_SERVICE_CONTROLS", "", uid)),
		cause.Cause{Kind: cause.Perimeter, Subject: uid, Status: 403},
	},
	"a perimeter, in the text": {messageOnly(403, prohibits), cause.Cause{Kind: cause.Perimeter, Subject: uid, Status: 403}},

	// The project that calls are counted for.
	"an API that is off": {
		withDetail(403, off, errorInfo("SERVICE_DISABLED", "googleapis.com", `"service": "`+manager+`", "consumer": "projects/123"`)),
		cause.Cause{Kind: cause.APIDisabled, Subject: manager, Service: manager, Consumer: "projects/123", Status: 403},
	},
	"an API that is off, in the text": {
		messageOnly(403, off), cause.Cause{Kind: cause.APIDisabled, Subject: manager, Service: manager, Consumer: "projects/123", Status: 403},
	},
	"an API that is off, of old": {
		restError(403, `{"error": {"code": 403, "message": "Access Not Configured.", "errors": [{"reason": "accessNotConfigured"}]}}`),
		cause.Cause{Kind: cause.APIDisabled, Status: 403},
	},
	"credentials without a quota project": {
		withDetail(403, adc, errorInfo("SERVICE_DISABLED", "googleapis.com", `"service": "cloudasset.googleapis.com", "consumer": "projects/764086051850"`)),
		cause.Cause{Kind: cause.QuotaProjectNeeded, Service: "cloudasset.googleapis.com", Consumer: "projects/764086051850", Status: 403},
	},
	"credentials without a quota project, in the text": {
		messageOnly(403, adc), cause.Cause{Kind: cause.QuotaProjectNeeded, Service: "cloudasset.googleapis.com", Status: 403},
	},
	"a quota project of others": {
		withDetail(403, use, `{"@type": "type.googleapis.com/google.rpc.Help", "links": [{"url": "https://console.developers.google.com"}]},`+
			errorInfo("USER_PROJECT_DENIED", "googleapis.com", `"service": "`+manager+`", "consumer": "projects/paying"`)),
		cause.Cause{Kind: cause.QuotaProjectDenied, Service: manager, Consumer: "projects/paying", Status: 403},
	},
	"a quota project of others, in the text": {
		messageOnly(403, use), cause.Cause{Kind: cause.QuotaProjectDenied, Service: "", Consumer: "projects/paying", Status: 403},
	},
	"a quota project that is not": {
		withDetail(403, "Permission denied on resource project nosuch.",
			errorInfo("CONSUMER_INVALID", "googleapis.com", `"service": "cloudasset.googleapis.com", "consumer": "projects/nosuch", "containerInfo": "nosuch"`)),
		cause.Cause{Kind: cause.QuotaProjectInvalid, Service: "cloudasset.googleapis.com", Consumer: "projects/nosuch", Status: 403},
	},
	"a quota, with a detail": {
		withDetail(429, perMinute, errorInfo("RATE_LIMIT_EXCEEDED", "googleapis.com",
			`"service": "`+manager+`", "consumer": "projects/123", "quota_metric": "cloudresourcemanager.googleapis.com/read_requests", "quota_limit": "ReadRequestsPerMinutePerProject"`)),
		cause.Cause{Kind: cause.QuotaExceeded, Subject: manager + "/read_requests", Service: manager, Consumer: "projects/123", Status: 429, Retryable: true},
	},
	"a quota, by its failure": {
		withDetail(429, "Resource has been exhausted (e.g. check quota).",
			`{"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"subject": "project:p", "quotaMetric": "x.googleapis.com/calls"}]}`),
		cause.Cause{Kind: cause.QuotaExceeded, Subject: "x.googleapis.com/calls", Status: 429, Retryable: true},
	},
	"a quota, in the text": {
		messageOnly(429, perMinute), cause.Cause{Kind: cause.QuotaExceeded, Subject: "Read requests", Service: manager, Consumer: "projects/123", Status: 429, Retryable: true},
	},
	"a quota group, in the text": {
		messageOnly(429, "Quota exceeded for quota group 'ReadGroup' and limit 'CLIENT_PROJECT-100s' of service 'cloudresourcemanager.googleapis.com' for consumer 'project_number:7'."),
		cause.Cause{Kind: cause.QuotaExceeded, Subject: "ReadGroup", Service: manager, Consumer: "projects/7", Status: 429, Retryable: true},
	},
	"a quota of the Directory": {
		restError(403, `{"error": {"code": 403, "message": "Quota exceeded", "errors": [{"domain": "usageLimits", "reason": "userRateLimitExceeded"}]}}`),
		cause.Cause{Kind: cause.QuotaExceeded, Status: 403, Retryable: true},
	},

	// A policy that cannot be written so.
	"a member of another organization": {
		withDetail(400, foreign, preconditionFailure(cause.PermittedDomains, "orgpolicy:projects/p?configvalue=eve@example.org", "User eve@example.org is not in permitted organization.")),
		cause.Cause{Kind: cause.OrganizationPolicy, Subject: cause.PermittedDomains, Status: 400},
	},
	"a member of another organization, in the text": {
		messageOnly(400, foreign), cause.Cause{Kind: cause.OrganizationPolicy, Subject: cause.PermittedDomains, Status: 400},
	},
	"an organization's own constraint": {
		messageOnly(400, `Operation denied by custom org policies: ["customConstraints/custom.noOwners": "Require a role that is not owner."]`),
		cause.Cause{Kind: cause.OrganizationPolicy, Subject: "customConstraints/custom.noOwners", Status: 400},
	},
	"an unknown user":  {messageOnly(400, "User bob@example.com does not exist."), cause.Cause{Kind: cause.MemberUnknown, Subject: "user:bob@example.com", Status: 400}},
	"an unknown group": {messageOnly(400, "Group Sec@example.com does not exist."), cause.Cause{Kind: cause.MemberUnknown, Subject: "group:Sec@example.com", Status: 400}},
	"an unknown service account": {
		messageOnly(400, "Service account x@p.iam.gserviceaccount.com does not exist."),
		cause.Cause{Kind: cause.MemberUnknown, Subject: "serviceAccount:x@p.iam.gserviceaccount.com", Status: 400},
	},
	"a malformed member": {messageOnly(400, `Policy members must be of the form "<type>:<value>".`), cause.Cause{Kind: cause.MemberRefused, Status: 400}},
	"a role for elsewhere": {
		messageOnly(400, "Role roles/billing.admin is not supported for this resource."),
		cause.Cause{Kind: cause.RoleNotGrantable, Subject: "roles/billing.admin", Status: 400},
	},
	"an unknown role": {
		messageOnly(400, "Role (projects/p/roles/r) does not exist in the resource's hierarchy."),
		cause.Cause{Kind: cause.RoleUnknown, Subject: "projects/p/roles/r", Status: 400},
	},
	"a basic role": {
		messageOnly(400, "LintValidationUnits/BindingRoleAllowConditionCheck Error: Conditions can't be set on primitive roles"),
		cause.Cause{Kind: cause.RoleBasic, Status: 400},
	},
	"an owner from elsewhere": {
		withDetail(400, "Request contains an invalid argument.",
			`{"@type": "type.googleapis.com/google.cloudresourcemanager.v1.ProjectIamPolicyError", "type": "SOLO_MUST_INVITE_OWNERS", "member": "user:eve@example.org", "role": "roles/owner"}`),
		cause.Cause{Kind: cause.BindingRefused, Subject: "roles/owner", Status: 400},
	},
	"a condition that does not compile": {messageOnly(400, "Condition expression compilation failed"), cause.Cause{Kind: cause.ConditionRefused, Status: 400}},
	"a condition with 13 operators":     {messageOnly(400, "Logical operators count must not be more than 12"), cause.Cause{Kind: cause.ConditionTooComplex, Status: 400}},
	"a full policy": {
		messageOnly(400, "The number of members in the policy (1,501) is larger than the maximum allowed size 1,500."), cause.Cause{Kind: cause.PolicyFull, Status: 400},
	},
	"no reason at all": {messageOnly(400, "Request contains an invalid argument."), cause.Cause{Kind: cause.InvalidArgument, Status: 400}},

	// The request, or what it is about.
	"a person of another domain, to the Directory": {messageOnly(400, "Invalid Input: memberKey"), cause.Cause{Kind: cause.InvalidArgument, Status: 400}},
	"a person whom the Directory does not know":    {messageOnly(404, "Resource Not Found: memberKey"), cause.Cause{Kind: cause.MemberUnknown, Status: 404}},
	"a group that is not":                          {messageOnly(404, "Resource Not Found: groupKey"), cause.Cause{Kind: cause.NotFound, Status: 404}},
	"a role that is not":                           {messageOnly(404, "The role named roles/x was not found."), cause.Cause{Kind: cause.NotFound, Status: 404}},
	"a race that is lost": {
		messageOnly(409, "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff."),
		cause.Cause{Kind: cause.Conflict, Status: 409},
	},
	"a race that is lost, elsewhere": {messageOnly(412, "Precondition check failed."), cause.Cause{Kind: cause.Conflict, Status: 412}},
	"a project on its way out": {
		withDetail(400, "Project must be in ACTIVE state.", preconditionFailure("", "", "Project must be in ACTIVE state.")), cause.Cause{Kind: cause.ResourceInactive, Status: 400},
	},
	"a project on its way out, in the text": {messageOnly(400, "Project p is not active."), cause.Cause{Kind: cause.ResourceInactive, Status: 400}},
	"a precondition": {
		restError(400, `{"error": {"code": 400, "message": "Precondition check failed.", "status": "FAILED_PRECONDITION", "errors": [{"reason": "failedPrecondition"}]}}`),
		cause.Cause{Kind: cause.PreconditionFailed, Status: 400},
	},

	// No response yet, or none of Google's.
	"an outage":              {messageOnly(503, "The service is currently unavailable."), cause.Cause{Kind: cause.Unavailable, Status: 503, Retryable: true}},
	"a page of a proxy":      {restError(502, "<html>Bad gateway</html>"), cause.Cause{Kind: cause.Unavailable, Status: 502, Retryable: true}},
	"a time-out":             {restError(408, ""), cause.Cause{Kind: cause.Unavailable, Status: 408, Retryable: true}},
	"a proxy's own 403":      {restError(403, "<html>Your role is disabled</html>"), cause.Cause{Status: 403}},
	"a proxy's own 404":      {restError(404, "<html>not here</html>"), cause.Cause{Status: 404}},
	"a proxy's own 400":      {restError(400, "<html>role</html>"), cause.Cause{Status: 400}},
	"a method that is not":   {messageOnly(405, "Method not allowed"), cause.Cause{Status: 405}},
	"details of other types": {withDetail(400, "no", `7, "x", {"@type": 7}, {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "metadata": {"a": 1}}`), cause.Cause{Kind: cause.InvalidArgument, Status: 400}},
}

func TestOf_ResponsesByREST(t *testing.T) {
	t.Parallel()
	for name, test := range restAnswers {
		got := cause.Of(fmt.Errorf("writing the policy of projects/p: %w", test.err))
		if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(cause.Cause{}, "Message")); diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, test.err, diff)
		}
	}
}

func TestOf_TheMessageIsGoogles(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"The caller does not have permission": messageOnly(403, "The caller does not have permission"),
		"<html>":                              restError(502, "<html>"),
	} {
		if got := cause.Of(err).Message; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
