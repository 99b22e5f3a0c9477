// Package cause knows why a call to Google failed. It takes an error of one of Google's clients and
// tells what kind of cause it has, what Google names as its subject, and whether another try can
// help.
//
// It decides by what Google means for programs: ErrorInfo, PreconditionFailure and QuotaFailure,
// then the reasons of the older list of errors, then the status. Texts decide only where there is
// nothing else. It refuses to guess: what it does not know is Unknown, with the status that came.
// It asks nobody, and words nothing for people.
package cause

// Kind is what went wrong.
type Kind string

const (
	Unknown Kind = "" // also of what was no response of Google's at all

	// Who asks may not.
	Unauthenticated   Kind = "UNAUTHENTICATED"
	PermissionMissing Kind = "PERMISSION_MISSING" // subject: the permission
	ScopeMissing      Kind = "SCOPE_MISSING"      // of the access token
	Perimeter         Kind = "PERIMETER"          // of VPC Service Controls; subject: the identifier that administrators look it up by

	// The project that calls are counted for is not ready.
	APIDisabled         Kind = "API_DISABLED"          // subject: the API's name
	QuotaProjectNeeded  Kind = "QUOTA_PROJECT_NEEDED"  // the credentials name none
	QuotaProjectDenied  Kind = "QUOTA_PROJECT_DENIED"  // the credentials may not use the one that they name
	QuotaProjectInvalid Kind = "QUOTA_PROJECT_INVALID" // there is no such project, or it is not active
	QuotaExceeded       Kind = "QUOTA_EXCEEDED"        // subject: the quota

	// A policy cannot be written so. Google judges it as a whole: the subject may be of another
	// binding than the one that was changed.
	OrganizationPolicy  Kind = "ORGANIZATION_POLICY" // subject: the constraint
	MemberUnknown       Kind = "MEMBER_UNKNOWN"      // subject: the member, with its type
	MemberRefused       Kind = "MEMBER_REFUSED"
	RoleUnknown         Kind = "ROLE_UNKNOWN"       // subject: the role
	RoleNotGrantable    Kind = "ROLE_NOT_GRANTABLE" // not on this resource; subject: the role
	RoleBasic           Kind = "ROLE_BASIC"         // takes no condition
	RoleRefused         Kind = "ROLE_REFUSED"
	ConditionTooComplex Kind = "CONDITION_TOO_COMPLEX"
	ConditionRefused    Kind = "CONDITION_REFUSED"
	BindingRefused      Kind = "BINDING_REFUSED" // subject: its role
	PolicyFull          Kind = "POLICY_FULL"

	// The request or what it is about is not as it has to be.
	InvalidArgument    Kind = "INVALID_ARGUMENT"
	PreconditionFailed Kind = "PRECONDITION_FAILED"
	Conflict           Kind = "CONFLICT" // somebody else was first
	NotFound           Kind = "NOT_FOUND"
	ResourceInactive   Kind = "RESOURCE_INACTIVE" // it is being deleted

	// Nobody has answered yet.
	Unavailable Kind = "UNAVAILABLE"
	Network     Kind = "NETWORK"
	Canceled    Kind = "CANCELED"  // whoever asked has left
	NotAsked    Kind = "NOT_ASKED" // a limit of our own held the call back
)

// PermittedDomains is the constraint of an organization policy that permits members of named
// organizations alone.
const PermittedDomains = "constraints/iam.allowedPolicyMemberDomains"

// Cause is why a call failed.
type Cause struct {
	Kind      Kind
	Subject   string // what Google names; see Kind. "" where it does not
	Service   string // the API that refused: "cloudasset.googleapis.com", where Google says so
	Consumer  string // whose quota and APIs count: "projects/ID" or "projects/NUMBER", where Google says so
	Status    int    // of HTTP, as gRPC's codes are mapped to it; 0 where nobody answered
	Retryable bool   // the same call may succeed a moment later
	Message   string // what Google said, or the page of a proxy in between
}

// MayPass reports whether another try may succeed: Google says so, or the call broke in a way that
// may be over a moment later. Where nothing is known of why nobody answered, it may.
func (c Cause) MayPass() bool {
	return c.Retryable || c.Status == 0 && c.Kind != Network && c.Kind != Canceled && c.Kind != NotAsked
}

// Of explains an error. That of nil is the zero Cause.
func Of(err error) Cause {
	if err == nil {
		return Cause{}
	}
	if r, ok := responseOf(err); ok {
		return r.cause()
	}
	return withoutResponse(err)
}
