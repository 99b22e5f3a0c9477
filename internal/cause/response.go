package cause

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// response is what Google said, by REST or gRPC.
type response struct {
	details
	status    int
	retryable bool
	message   string
	body      string   // of a proxy in between, where there is no message
	reasons   []string // of the older list of errors
}

// responseOf finds Google's response in an error. It is false where nobody answered.
func responseOf(err error) (response, bool) {
	var byREST *googleapi.Error
	if errors.As(err, &byREST) {
		return fromREST(byREST), true
	}
	var byGRPC interface{ GRPCStatus() *status.Status }
	if errors.As(err, &byGRPC) {
		return fromGRPC(byGRPC.GRPCStatus()), true
	}
	return response{}, false
}

func fromREST(e *googleapi.Error) response {
	r := response{details: jsonDetails(e.Details), status: e.Code, message: e.Message, retryable: retryableStatus(e.Code)}
	if r.message == "" {
		r.body = e.Body
	}
	for _, item := range e.Errors {
		r.reasons = append(r.reasons, item.Reason)
	}
	return r
}

// retryableStatus tells whether a status may be over a moment later.
func retryableStatus(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}

func fromGRPC(s *status.Status) response {
	r := response{details: protoDetails(s.Details()), status: http.StatusInternalServerError, message: s.Message()}
	if mapped, ok := httpStatuses[s.Code()]; ok {
		r.status = mapped
	}
	r.retryable = slices.Contains(retryableCodes, s.Code())
	if s.Code() == codes.FailedPrecondition {
		r.reasons = []string{failedPrecondition}
	}
	return r
}

// retryableCodes are those of gRPC that may be over a moment later: a quota, an outage, a
// connection that broke, a response that was none.
var retryableCodes = []codes.Code{codes.ResourceExhausted, codes.Unavailable, codes.DeadlineExceeded, codes.Internal, codes.Unknown}

// httpStatuses are those of HTTP that gRPC's codes stand for; 500 for others.
// Source: google/rpc/code.proto.
var httpStatuses = map[codes.Code]int{
	codes.Canceled:           499,
	codes.InvalidArgument:    http.StatusBadRequest,
	codes.FailedPrecondition: http.StatusBadRequest,
	codes.OutOfRange:         http.StatusBadRequest,
	codes.Unauthenticated:    http.StatusUnauthorized,
	codes.PermissionDenied:   http.StatusForbidden,
	codes.NotFound:           http.StatusNotFound,
	codes.AlreadyExists:      http.StatusConflict,
	codes.Aborted:            http.StatusConflict,
	codes.ResourceExhausted:  http.StatusTooManyRequests,
	codes.Unimplemented:      http.StatusNotImplemented,
	codes.Unavailable:        http.StatusServiceUnavailable,
	codes.DeadlineExceeded:   http.StatusGatewayTimeout,
}

func (r response) cause() Cause {
	c := Cause{Status: r.status, Retryable: r.retryable, Message: cmp.Or(r.message, r.body)}
	c.Service, c.Consumer = r.service(), r.consumer()
	for _, kind := range []func(response) Kind{response.byReason, response.byViolation, response.byOlderReason, response.byStatus} {
		if c.Kind = kind(r); c.Kind != Unknown {
			break
		}
	}
	c.Subject = r.subject(c.Kind)
	c.Retryable = c.Retryable || c.Kind == QuotaExceeded
	return c
}

// byStatus is the kind where Google says nothing for programs. A page of a proxy in between tells
// no more than that Google did not answer.
func (r response) byStatus() Kind {
	switch {
	case r.status == http.StatusTooManyRequests:
		return QuotaExceeded
	case r.status == http.StatusConflict, r.status == http.StatusPreconditionFailed:
		return Conflict
	case r.status == httpStatuses[codes.Canceled]:
		return Canceled
	case retryableStatus(r.status):
		return Unavailable
	case r.message == "":
		return Unknown
	case r.status == http.StatusBadRequest:
		return r.badRequestKind()
	case r.status == http.StatusUnauthorized:
		return Unauthenticated
	case r.status == http.StatusForbidden:
		return r.forbiddenKind()
	case r.status == http.StatusNotFound:
		return r.notFoundKind()
	}
	return Unknown
}

// notFoundKind tells a member whom the Directory does not know from what is not there.
func (r response) notFoundKind() Kind {
	if strings.Contains(r.message, "memberKey") {
		return MemberUnknown
	}
	return NotFound
}
