package wire

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
)

// Call is one call as the journal keeps it.
type Call struct {
	// Number counts calls in the order in which they arrived, from 1.
	Number int
	// Host is the API's host; Service and Method are the gRPC names, or the
	// host and the route where a service has none.
	Host, Service, Method string
	// Protocol is "REST" or "gRPC"; Path is the request line as it came.
	Protocol, Path string
	// Resource is what the call names: its resource, name, names or scope.
	Resource string
	// Caller is whose access token came along, "" for none that is good.
	Caller string
	// Reason is what X-Goog-Request-Reason said.
	Reason string
	// Start is when the call arrived, End when its answer was settled (zero
	// while it is not), by the server's clock.
	Start, End time.Time
	// HTTP and Code are the outcome as it was answered; HTTP is 0 where the
	// connection ended without an answer.
	HTTP int
	Code codes.Code
	// Fault is what was done to the call on request.
	Fault FaultKind

	project     string // that quota is counted for, as the client asks
	credentials bool   // a bearer token came along, good or bad
	began       int    // order of all starts and ends, whatever the clock says
	ended       int
}

// Journal is the record of calls. The zero value is an empty one.
type Journal struct {
	mu      sync.Mutex
	entries []*entry
	number  int
	order   int
}

type entry struct{ call Call }

// Calls returns all calls since the last Reset in order of arrival, those
// that are under way too.
func (j *Journal) Calls() []Call {
	j.mu.Lock()
	defer j.mu.Unlock()
	calls := make([]Call, len(j.entries))
	for i, e := range j.entries {
		calls[i] = e.call
	}
	return calls
}

// Reset forgets all calls, those under way too.
func (j *Journal) Reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = nil
}

// Steps is the length of the longest chain of calls each of which began after
// the one before had ended: the round trips that had to follow one another.
// Calls that a client makes side by side overlap only if they take some time,
// so measure with a latency.
func Steps(calls []Call) int {
	ordered := slices.Clone(calls)
	slices.SortFunc(ordered, func(a, b Call) int { return a.began - b.began })
	longest, depth := 0, make([]int, len(ordered))
	for i, c := range ordered {
		depth[i] = 1
		for k := range i {
			if ordered[k].ended > 0 && ordered[k].ended < c.began {
				depth[i] = max(depth[i], depth[k]+1)
			}
		}
		longest = max(longest, depth[i])
	}
	return longest
}

func (j *Journal) begin(c Call, now time.Time) *entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.number++
	j.order++
	c.Number, c.Start, c.began = j.number, now, j.order
	e := &entry{call: c}
	j.entries = append(j.entries, e)
	return e
}

func (j *Journal) end(e *entry, now time.Time, a *answer, f Fault) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.order++
	e.call.End, e.call.ended, e.call.Fault = now, j.order, f.Kind
	e.call.Code = codes.Unavailable
	if a != nil && f.Kind != Lose {
		e.call.HTTP, e.call.Code = a.status, a.code
		if e.call.Protocol == "gRPC" {
			e.call.HTTP = statusOf(a.code)
		}
	}
}

// statusOf is the HTTP status that goes with a gRPC code.
func statusOf(c codes.Code) int {
	switch c {
	case codes.OK:
		return http.StatusOK
	case codes.InvalidArgument, codes.FailedPrecondition, codes.OutOfRange:
		return http.StatusBadRequest
	case codes.Unauthenticated:
		return http.StatusUnauthorized
	case codes.PermissionDenied:
		return http.StatusForbidden
	case codes.NotFound:
		return http.StatusNotFound
	case codes.Aborted, codes.AlreadyExists:
		return http.StatusConflict
	case codes.ResourceExhausted:
		return http.StatusTooManyRequests
	case codes.Canceled:
		return 499
	case codes.Unimplemented:
		return http.StatusNotImplemented
	case codes.Unavailable:
		return http.StatusServiceUnavailable
	case codes.DeadlineExceeded:
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}

// codeOf is the gRPC code that goes with an HTTP status.
func codeOf(status int) codes.Code {
	switch status {
	case http.StatusBadRequest:
		return codes.InvalidArgument
	case http.StatusUnauthorized:
		return codes.Unauthenticated
	case http.StatusForbidden:
		return codes.PermissionDenied
	case http.StatusNotFound:
		return codes.NotFound
	case http.StatusConflict:
		return codes.Aborted
	case http.StatusPreconditionFailed:
		return codes.FailedPrecondition
	case http.StatusTooManyRequests:
		return codes.ResourceExhausted
	case http.StatusNotImplemented:
		return codes.Unimplemented
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return codes.Unavailable
	case http.StatusGatewayTimeout:
		return codes.DeadlineExceeded
	}
	if status >= 500 {
		return codes.Internal
	}
	if status >= 400 {
		return codes.Unknown
	}
	return codes.OK
}
