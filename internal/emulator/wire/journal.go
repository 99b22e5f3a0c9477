package wire

import (
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
)

// Call is one call in the journal.
type Call struct {
	// Number counts calls in the order in which they arrived, from 1.
	Number int `json:"number"`
	// Host is the API's host; Service and Method are the gRPC names, or the host and the route
	// where a service has none.
	Host    string `json:"host"`
	Service string `json:"service"`
	Method  string `json:"method"`
	// Protocol is "REST" or "gRPC"; Path is the request line as it came.
	Protocol string `json:"protocol"`
	Path     string `json:"path"`
	// Resource is what the call names: its resource, name, names or scope.
	Resource string `json:"resource,omitempty"`
	// Caller is whose access token was sent, "" if none was, or an invalid one.
	Caller string `json:"caller,omitempty"`
	// Reason is the header X-Goog-Request-Reason.
	Reason string `json:"reason,omitempty"`
	// Start is when the call arrived, End when its response was decided (zero until then), by the
	// server's clock.
	Start time.Time `json:"start"`
	End   time.Time `json:"end,omitzero"`
	// HTTP and Code are the status of the response; HTTP is 0 where the connection ended without
	// one.
	HTTP int        `json:"http,omitempty"`
	Code codes.Code `json:"-"`
	// Fault is the fault that a test injected.
	Fault FaultKind `json:"fault,omitempty"`

	project     string // whose quota the client wants to use
	credentials bool   // a bearer token was sent, valid or not
	began       int    // position among all starts and ends, which the clock cannot tell
	ended       int
}

// Journal is the record of calls. The zero value is an empty one.
type Journal struct {
	mu      sync.Mutex
	entries []*Call
	number  int
	order   int
}

// Calls returns all calls since the last Reset in order of arrival, also those without a response
// yet.
func (j *Journal) Calls() []Call {
	j.mu.Lock()
	defer j.mu.Unlock()
	calls := make([]Call, len(j.entries))
	for i, c := range j.entries {
		calls[i] = *c
	}
	return calls
}

// Reset forgets all calls, also those without a response yet.
func (j *Journal) Reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = nil
}

// Steps is the length of the longest chain of calls each of which began after the one before had
// ended: the round trips that had to follow one another. Calls that a client makes side by side
// overlap only if they take some time, so measure with a latency.
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

// begin records a call. From then on only end may change it.
func (j *Journal) begin(c *Call, now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.number++
	j.order++
	c.Number, c.Start, c.began = j.number, now, j.order
	j.entries = append(j.entries, c)
}

func (j *Journal) end(c *Call, now time.Time, a *response, fault FaultKind) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.order++
	c.End, c.ended, c.Fault = now, j.order, fault
	c.Code = codes.Unavailable
	if a != nil && fault != Lose {
		c.HTTP, c.Code = a.status, a.code
		if c.Protocol == "gRPC" {
			c.HTTP = statusOf(a.code)
		}
	}
}
