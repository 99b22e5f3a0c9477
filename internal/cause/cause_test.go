package cause_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/googleapis/gax-go/v2/apierror"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// grpcError is the error that a gapic client makes of a status.
func grpcError(t *testing.T, code codes.Code, message string, details ...protoadapt.MessageV1) error {
	t.Helper()
	s, err := status.New(code, message).WithDetails(details...)
	if err != nil && len(details) > 0 {
		t.Fatalf("adding details to a status: %v", err)
	}
	if len(details) == 0 {
		s = status.New(code, message)
	}
	wrapped, ok := apierror.FromError(s.Err())
	if !ok {
		t.Fatalf("%v is no error of an API", s)
	}
	return wrapped
}

func TestOf_ResponsesByGRPC(t *testing.T) {
	t.Parallel()
	const asset = "cloudasset.googleapis.com"
	for name, test := range map[string]struct {
		err  error
		want cause.Cause
	}{
		"a permission": {
			grpcError(t, codes.PermissionDenied, "Permission 'iam.serviceAccounts.signJwt' denied on resource (or it may not exist).", &errdetails.ErrorInfo{
				Reason: "IAM_PERMISSION_DENIED", Domain: "iam.googleapis.com", Metadata: map[string]string{"permission": "iam.serviceAccounts.signJwt"},
			}),
			cause.Cause{Kind: cause.PermissionMissing, Subject: "iam.serviceAccounts.signJwt", Service: "iam.googleapis.com", Status: 403},
		},
		"a permission that is not named": {
			grpcError(t, codes.PermissionDenied, "The caller does not have permission"), cause.Cause{Kind: cause.PermissionMissing, Status: 403},
		},
		"an API that is off": {
			grpcError(t, codes.PermissionDenied, "Cloud Asset API has not been used in project 7 before or it is disabled.", &errdetails.ErrorInfo{
				Reason: "SERVICE_DISABLED", Domain: "googleapis.com", Metadata: map[string]string{"service": asset, "consumer": "projects/7"},
			}),
			cause.Cause{Kind: cause.APIDisabled, Subject: asset, Service: asset, Consumer: "projects/7", Status: 403},
		},
		"a perimeter": {
			grpcError(t, codes.PermissionDenied, "Request is prohibited by organization's policy.", &errdetails.PreconditionFailure{
				Violations: []*errdetails.PreconditionFailure_Violation{{Type: "VPC_SERVICE_CONTROLS", Description: uid}},
			}),
			cause.Cause{Kind: cause.Perimeter, Subject: uid, Status: 403},
		},
		"a quota": {
			grpcError(t, codes.ResourceExhausted, "Quota exceeded.", &errdetails.QuotaFailure{
				Violations: []*errdetails.QuotaFailure_Violation{{Subject: "project:p"}},
			}),
			cause.Cause{Kind: cause.QuotaExceeded, Subject: "project:p", Status: 429, Retryable: true},
		},
		"a constraint": {
			grpcError(t, codes.FailedPrecondition, "no", &errdetails.PreconditionFailure{
				Violations: []*errdetails.PreconditionFailure_Violation{{Type: "constraints/iam.managed.allowedPolicyMembers"}},
			}),
			cause.Cause{Kind: cause.OrganizationPolicy, Subject: "constraints/iam.managed.allowedPolicyMembers", Status: 400},
		},
		"a precondition":          {grpcError(t, codes.FailedPrecondition, "no"), cause.Cause{Kind: cause.PreconditionFailed, Status: 400}},
		"an argument":             {grpcError(t, codes.InvalidArgument, "Some specified value(s) are invalid."), cause.Cause{Kind: cause.InvalidArgument, Status: 400}},
		"a secret that is not":    {grpcError(t, codes.NotFound, "Secret [projects/7/secrets/s] not found."), cause.Cause{Kind: cause.NotFound, Status: 404}},
		"a race that is lost":     {grpcError(t, codes.Aborted, "no"), cause.Cause{Kind: cause.Conflict, Status: 409}},
		"no credentials":          {grpcError(t, codes.Unauthenticated, "no"), cause.Cause{Kind: cause.Unauthenticated, Status: 401}},
		"an outage":               {grpcError(t, codes.Unavailable, "no"), cause.Cause{Kind: cause.Unavailable, Status: 503, Retryable: true}},
		"an internal error":       {grpcError(t, codes.Internal, "no"), cause.Cause{Kind: cause.Unavailable, Status: 500, Retryable: true}},
		"a response that is none": {grpcError(t, codes.Unknown, "no"), cause.Cause{Kind: cause.Unavailable, Status: 500, Retryable: true}},
		"a deadline":              {grpcError(t, codes.DeadlineExceeded, "no"), cause.Cause{Kind: cause.Unavailable, Status: 504, Retryable: true}},
		"lost data":               {grpcError(t, codes.DataLoss, "no"), cause.Cause{Kind: cause.Unavailable, Status: 500}},
		"a method that is not":    {grpcError(t, codes.Unimplemented, "no"), cause.Cause{Kind: cause.Unavailable, Status: 501}},
		"whoever left":            {grpcError(t, codes.Canceled, "no"), cause.Cause{Kind: cause.Canceled, Status: 499}},
	} {
		got := cause.Of(fmt.Errorf("asking: %w", test.err))
		if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(cause.Cause{}, "Message")); diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, test.err, diff)
		}
	}
}

func TestOf_WhereNobodyAnswered(t *testing.T) {
	t.Parallel()
	sent := func(err error) error { return &url.Error{Op: "Post", URL: "https://example.com", Err: err} }
	for name, test := range map[string]struct {
		err  error
		want cause.Cause
	}{
		"no error":                      {nil, cause.Cause{}},
		"an error of somebody else":     {errors.New("the answer is not a policy"), cause.Cause{}},
		"whoever left":                  {sent(context.Canceled), cause.Cause{Kind: cause.Canceled}},
		"a deadline":                    {context.DeadlineExceeded, cause.Cause{Kind: cause.Network, Retryable: true}},
		"a connection that is refused":  {sent(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), cause.Cause{Kind: cause.Network, Retryable: true}},
		"a response that breaks off":    {io.ErrUnexpectedEOF, cause.Cause{Kind: cause.Network, Retryable: true}},
		"a resolver that does not know": {sent(&net.DNSError{IsTemporary: true}), cause.Cause{Kind: cause.Network, Retryable: true}},
		"a host that does not exist":    {sent(&net.DNSError{IsNotFound: true}), cause.Cause{Kind: cause.Network}},
		"a certificate of nobody":       {sent(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}), cause.Cause{Kind: cause.Network}},
		"a proxy that wants a name":     {sent(errors.New("Proxy Authentication Required")), cause.Cause{Kind: cause.Network}},
	} {
		if diff := cmp.Diff(test.want, cause.Of(test.err)); diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, test.err, diff)
		}
	}
}

// Both halves explain one response alike, whichever way it came.
func TestOf_OneResponseHasOneCauseByRESTAndGRPC(t *testing.T) {
	t.Parallel()
	metadata := map[string]string{"permission": "a.b.c", "service": "x.googleapis.com", "consumer": "projects/p"}
	byGRPC := cause.Of(grpcError(t, codes.PermissionDenied, "no", &errdetails.ErrorInfo{Reason: "IAM_PERMISSION_DENIED", Domain: "x.googleapis.com", Metadata: metadata}))
	byREST := cause.Of(withDetail(403, "no", errorInfo("IAM_PERMISSION_DENIED", "x.googleapis.com", `"permission": "a.b.c", "service": "x.googleapis.com", "consumer": "projects/p"`)))
	if diff := cmp.Diff(byREST, byGRPC); diff != "" {
		t.Errorf("(-REST +gRPC):\n%s", diff)
	}
}

// Whatever comes is explained without a panic, always alike, and nothing but a quota that ran out
// or a bad moment is tried again.
func FuzzOf(f *testing.F) {
	for _, seed := range []struct {
		status int
		body   string
	}{
		{403, `{"error": {"code": 403, "message": "` + prohibits + `", "details": [` + errorInfo("SECURITY_POLICY_VIOLATED", "googleapis.com", "") + `]}}`},
		{400, `{"error": {"message": "Role roles/x is not supported for this resource.", "errors": [{"reason": "badRequest"}]}}`},
		{429, `[{"error": {"message": "x", "details": [{"@type": "a/google.rpc.QuotaFailure", "violations": [{}]}]}}]`},
		{0, `{"error": {"code": -1, "details": [null, {}, [], 7, "x"]}}`},
		{502, "<html>"},
	} {
		f.Add(seed.status, seed.body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		err := restError(status, body)
		if err == nil {
			return
		}
		got := cause.Of(err)
		if again := cause.Of(err); got != again {
			t.Errorf("%v: first %+v, then %+v", err, got, again)
		}
		if bad := got.Status == 408 || got.Status == 429 || got.Status >= 500 || got.Kind == cause.QuotaExceeded; got.Retryable != bad {
			t.Errorf("%v: %+v, want another try only after a bad moment", err, got)
		}
	})
}

// A call that a limit of ours held back was tried again three times, which costs seconds and tells
// nothing new.
func TestOf_WhatWasNotAskedIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("asking: %w", &url.Error{Op: "Get", Err: &upstream.Throttled{Service: "Directory"}})
	if got := cause.Of(err); got.Kind != cause.NotAsked || got.MayPass() {
		t.Errorf("%+v may pass: %v", got, got.MayPass())
	}
}
