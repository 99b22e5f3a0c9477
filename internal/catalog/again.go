package catalog

import (
	"slices"
	"time"

	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// indexTries is how often one call to the index is made within its patience,
// as often as a policy is read.
const indexTries = 3

// passing are the codes of what may be over a moment later: a quota, an outage,
// a connection that broke, an answer that was none.
var passing = []codes.Code{codes.ResourceExhausted, codes.Unavailable, codes.Internal, codes.Unknown}

// again repeats a call that failed for the moment. The client's own rule
// repeats only what is unavailable.
func again() gax.CallOption {
	return gax.WithRetry(func() gax.Retryer {
		const first, longest, growth = 200 * time.Millisecond, time.Second, 2
		return &tries{left: indexTries, waits: gax.Backoff{Initial: first, Max: longest, Multiplier: growth}}
	})
}

type tries struct {
	left  int
	waits gax.Backoff
}

// Retry implements gax.Retryer.
func (t *tries) Retry(err error) (time.Duration, bool) {
	t.left--
	return t.waits.Pause(), t.left > 0 && slices.Contains(passing, status.Code(err))
}
