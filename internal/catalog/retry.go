package catalog

import (
	"net/http"
	"time"

	"github.com/googleapis/gax-go/v2"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
)

// indexTries is how often one call to the index is made within its timeout, as often as a policy is
// read.
const indexTries = 3

// withRetry repeats a call that failed for the moment. The client's own rule repeats only what is
// unavailable.
func withRetry() gax.CallOption {
	return gax.WithRetry(func() gax.Retryer {
		const first, longest, growth = 200 * time.Millisecond, time.Second, 2
		return &retryer{left: indexTries, waits: gax.Backoff{Initial: first, Max: longest, Multiplier: growth}}
	})
}

type retryer struct {
	left  int
	waits gax.Backoff
}

// Retry implements gax.Retryer.
func (t *retryer) Retry(err error) (time.Duration, bool) {
	t.left--
	c := cause.Of(err)
	// A call that took all of its time is not repeated: nothing is left of its timeout.
	return t.waits.Pause(), t.left > 0 && c.MayPass() && c.Status != http.StatusGatewayTimeout
}
