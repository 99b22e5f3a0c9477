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

// answer is what Google said, by REST or gRPC.
type answer struct {
	details
	status  int
	again   bool
	message string
	page    string   // of something in between, where there is no message
	reasons []string // of the older list of errors
}

// answerOf finds the answer in an error. It is false where nobody answered.
func answerOf(err error) (answer, bool) {
	var byREST *googleapi.Error
	if errors.As(err, &byREST) {
		return restAnswer(byREST), true
	}
	var byGRPC interface{ GRPCStatus() *status.Status }
	if errors.As(err, &byGRPC) {
		return grpcAnswer(byGRPC.GRPCStatus()), true
	}
	return answer{}, false
}

func restAnswer(e *googleapi.Error) answer {
	a := answer{details: jsonDetails(e.Details), status: e.Code, message: e.Message, again: passing(e.Code)}
	if a.message == "" {
		a.page = e.Body
	}
	for _, item := range e.Errors {
		a.reasons = append(a.reasons, item.Reason)
	}
	return a
}

// passing tells whether a status may be over a moment later.
func passing(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}

func grpcAnswer(s *status.Status) answer {
	a := answer{details: protoDetails(s.Details()), status: http.StatusInternalServerError, message: s.Message()}
	if mapped, ok := statuses[s.Code()]; ok {
		a.status = mapped
	}
	a.again = slices.Contains(passingCodes, s.Code())
	if s.Code() == codes.FailedPrecondition {
		a.reasons = []string{failedPrecondition}
	}
	return a
}

// passingCodes are those of gRPC that may be over a moment later: a quota, an outage, a connection
// that broke, an answer that was none.
var passingCodes = []codes.Code{codes.ResourceExhausted, codes.Unavailable, codes.DeadlineExceeded, codes.Internal, codes.Unknown}

// statuses are those of HTTP that gRPC's codes stand for; 500 for others.
// Source: google/rpc/code.proto.
var statuses = map[codes.Code]int{
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

func (a answer) cause() Cause {
	c := Cause{Status: a.status, Retryable: a.again, Message: cmp.Or(a.message, a.page)}
	c.Service, c.Consumer = a.service(), a.consumer()
	for _, kind := range []func(answer) Kind{answer.byReason, answer.byViolation, answer.byOlderReason, answer.byStatus} {
		if c.Kind = kind(a); c.Kind != Unknown {
			break
		}
	}
	c.Subject = a.subject(c.Kind)
	c.Retryable = c.Retryable || c.Kind == QuotaExceeded
	return c
}

// byStatus is the kind where Google says nothing for programs. A page of something in between tells
// no more than that there was no answer.
func (a answer) byStatus() Kind {
	switch {
	case a.status == http.StatusTooManyRequests:
		return QuotaExceeded
	case a.status == http.StatusConflict, a.status == http.StatusPreconditionFailed:
		return Conflict
	case a.status == statuses[codes.Canceled]:
		return Canceled
	case passing(a.status):
		return Unavailable
	case a.message == "":
		return Unknown
	case a.status == http.StatusBadRequest:
		return a.refusal()
	case a.status == http.StatusUnauthorized:
		return Unauthenticated
	case a.status == http.StatusForbidden:
		return a.denial()
	case a.status == http.StatusNotFound:
		return a.absence()
	}
	return Unknown
}

// absence tells a member whom the Directory does not know from what is not there.
func (a answer) absence() Kind {
	if strings.Contains(a.message, "memberKey") {
		return MemberUnknown
	}
	return NotFound
}
