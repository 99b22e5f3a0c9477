package wire

import (
	"encoding/json"
	"fmt"
	"net/http"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/protoadapt"
)

// callError is an error on its way to a client.
type callError struct {
	http   int
	status *status.Status
}

func callErrorFrom(err error) callError {
	st := status.Convert(err)
	return callError{statusOf(st.Code()), st}
}

// Conflict is Google's text about a policy that changed since it was read.
const Conflict = "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff."

const credentialsHint = " Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."

// injectedError is the error with which Google responds with an HTTP status.
func injectedError(httpStatus int, call Call) callError {
	text := map[int]string{
		http.StatusBadRequest:          "Request contains an invalid argument.",
		http.StatusUnauthorized:        "Request had invalid authentication credentials." + credentialsHint,
		http.StatusForbidden:           "The caller does not have permission",
		http.StatusNotFound:            "Requested entity was not found.",
		http.StatusConflict:            Conflict,
		http.StatusPreconditionFailed:  "Precondition check failed.",
		http.StatusTooManyRequests:     fmt.Sprintf("Quota exceeded for quota metric 'Requests' and limit 'Requests per minute' of service '%s' for consumer 'project_number:0'.", call.Host),
		http.StatusInternalServerError: "Internal error encountered.",
		http.StatusServiceUnavailable:  "The service is currently unavailable.",
		http.StatusGatewayTimeout:      "Deadline expired before operation could complete.",
	}[httpStatus]
	if text == "" {
		text = http.StatusText(httpStatus)
	}
	return callError{httpStatus, status.New(codeOf(httpStatus), text)}
}

// Detailed is an error of a service, with one of Google's details.
func Detailed(code codes.Code, detail protoadapt.MessageV1, format string, args ...any) error {
	plain := status.Newf(code, format, args...)
	if detailed, err := plain.WithDetails(detail); err == nil {
		return detailed.Err()
	}
	return plain.Err()
}

// Denied is the error of a service of that domain for a caller without a permission.
func Denied(domain, permission, resource, format string, args ...any) error {
	return Detailed(codes.PermissionDenied, &errdetails.ErrorInfo{
		Reason: "IAM_PERMISSION_DENIED", Domain: domain, Metadata: map[string]string{"permission": permission, "resource": resource},
	}, format, args...)
}

func unauthenticated(call Call) callError {
	text, reason := "Request is missing required authentication credential.", "CREDENTIALS_MISSING"
	if call.credentials {
		text, reason = "Request had invalid authentication credentials.", "ACCESS_TOKEN_TYPE_UNSUPPORTED"
	}
	return callErrorFrom(Detailed(codes.Unauthenticated, &errdetails.ErrorInfo{
		Reason:   reason,
		Domain:   "googleapis.com",
		Metadata: map[string]string{"service": call.Host, "method": call.Service + "." + call.Method},
	}, "%s%s", text, credentialsHint))
}

type (
	envelope struct {
		Error envelopeError `json:"error"`
	}
	envelopeError struct {
		Code    int               `json:"code"`
		Message string            `json:"message"`
		Errors  []envelopeItem    `json:"errors,omitempty"`
		Status  string            `json:"status,omitempty"`
		Details []json.RawMessage `json:"details,omitempty"`
	}
	envelopeItem struct {
		Message string `json:"message"`
		Domain  string `json:"domain"`
		Reason  string `json:"reason"`
	}
)

// statusEnvelope is the error envelope of today's services. Clients that call themselves gdcl also
// get the older list of errors.
func statusEnvelope(e callError, gdcl bool) *response {
	body := envelopeError{Code: e.http, Message: e.status.Message(), Status: code.Code(e.status.Code()).String()}
	if gdcl {
		body.Errors = []envelopeItem{{e.status.Message(), "global", reasonOf(e.status.Code())}}
	}
	for _, d := range e.status.Proto().GetDetails() {
		if text, err := protojson.Marshal(d); err == nil {
			body.Details = append(body.Details, text)
		}
	}
	return envelopeResponse(e, body)
}

// legacyEnvelope is the error envelope of the older services, which has no status.
func legacyEnvelope(e callError) *response {
	return envelopeResponse(e, envelopeError{
		Code: e.http, Message: e.status.Message(),
		Errors: []envelopeItem{{e.status.Message(), "global", reasonOf(e.status.Code())}},
	})
}

func envelopeResponse(e callError, body envelopeError) *response {
	text, err := json.MarshalIndent(envelope{body}, "", "  ")
	if err != nil {
		text = []byte("{}")
	}
	a := jsonResponse(e.http, append(text, '\n'))
	a.code = e.status.Code()
	if e.http == http.StatusUnauthorized {
		a.header.Set("WWW-Authenticate", `Bearer realm="https://accounts.google.com/"`)
	}
	return a
}
