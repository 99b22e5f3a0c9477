package wire

import (
	"net/http"

	"google.golang.org/grpc/codes"
)

// errorCodes are the same errors as gRPC codes, HTTP statuses and reasons of the older envelope.
// Where a code or a status is listed twice, the first entry is its usual translation.
var errorCodes = []struct {
	code   codes.Code
	status int
	reason string
}{
	{codes.OK, http.StatusOK, ""},
	{codes.InvalidArgument, http.StatusBadRequest, "badRequest"},
	{codes.FailedPrecondition, http.StatusBadRequest, "failedPrecondition"},
	{codes.FailedPrecondition, http.StatusPreconditionFailed, "conditionNotMet"},
	{codes.OutOfRange, http.StatusBadRequest, "outOfRange"},
	{codes.Unauthenticated, http.StatusUnauthorized, "authError"},
	{codes.PermissionDenied, http.StatusForbidden, "forbidden"},
	{codes.NotFound, http.StatusNotFound, "notFound"},
	{codes.Aborted, http.StatusConflict, "aborted"},
	{codes.AlreadyExists, http.StatusConflict, "alreadyExists"},
	{codes.ResourceExhausted, http.StatusTooManyRequests, "rateLimitExceeded"},
	{codes.Canceled, 499, "backendError"},
	{codes.Internal, http.StatusInternalServerError, "backendError"},
	{codes.Unknown, http.StatusInternalServerError, "backendError"},
	{codes.DataLoss, http.StatusInternalServerError, "backendError"},
	{codes.Unimplemented, http.StatusNotImplemented, "notImplemented"},
	{codes.Unavailable, http.StatusServiceUnavailable, "backendError"},
	{codes.Unavailable, http.StatusBadGateway, "backendError"},
	{codes.DeadlineExceeded, http.StatusGatewayTimeout, "backendError"},
}

// statusOf is the HTTP status that goes with a gRPC code.
func statusOf(c codes.Code) int {
	for _, m := range errorCodes {
		if m.code == c {
			return m.status
		}
	}
	return http.StatusInternalServerError
}

// codeOf is the gRPC code that goes with an HTTP status.
func codeOf(status int) codes.Code {
	for _, m := range errorCodes {
		if m.status == status {
			return m.code
		}
	}
	if status < http.StatusBadRequest {
		return codes.OK
	}
	return codes.Unknown
}

// reasonOf is the reason that the older envelope gives for an error.
func reasonOf(c codes.Code) string {
	for _, m := range errorCodes {
		if m.code == c {
			return m.reason
		}
	}
	return "backendError"
}
