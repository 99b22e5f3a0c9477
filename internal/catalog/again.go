package catalog

import (
	"net/http"
	"time"

	"github.com/googleapis/gax-go/v2"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
)

// indexTries is how often one call to the index is made within its patience, as often as a policy
// is read.
const indexTries = 3

// again repeats a call that failed for the moment. The client's own rule repeats only what is
// unavailable.
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
	return t.waits.Pause(), t.left > 0 && passing(err)
}

// passing tells whether a call may succeed a moment later. One that took the time that it had is
// not repeated: nothing is left of its patience.
func passing(err error) bool {
	c := cause.Of(err)
	return c.Status == 0 || c.Again && c.Status != http.StatusGatewayTimeout
}
