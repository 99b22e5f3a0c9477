package policy

import (
	"errors"
	"net/http"
	"time"

	"github.com/sethvargo/go-retry"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
)

// Retry bounds how often a read is repeated. Waits grow from Base by doubling up to Cap, each with
// full jitter.
type Retry struct {
	Tries     int           // calls in all, at least 1
	Within    time.Duration // bound on all calls and waits together
	Base, Cap time.Duration // the first and the longest wait
}

// PortalRetry suits a person who waits for a page: 3 tries in 5 s.
func PortalRetry() Retry {
	return Retry{Tries: 3, Within: 5 * time.Second, Base: 100 * time.Millisecond, Cap: time.Second}
}

// ProviderRetry suits Terraform, which would rather wait than fail: 90 s.
func ProviderRetry() Retry {
	return Retry{Tries: 20, Within: 90 * time.Second, Base: 250 * time.Millisecond, Cap: 10 * time.Second}
}

func (r Retry) backoff() retry.Backoff {
	waits := retry.WithFullJitter(retry.WithCappedDuration(r.Cap, retry.NewExponential(r.Base)))
	return retry.WithMaxRetries(uint64(max(r.Tries, 1)-1), waits)
}

// conflictBackoff spaces the attempts of one write. Losing a race is no sign of load, so the waits
// stay short; the deadline of the batch is their bound.
func conflictBackoff() retry.Backoff {
	const first, longest = 25 * time.Millisecond, 400 * time.Millisecond
	return retry.WithFullJitter(retry.WithCappedDuration(longest, retry.NewExponential(first)))
}

// writeResult is what the response to a write means for the changes in it.
type writeResult int

const (
	written   writeResult = iota
	conflict              // somebody else wrote first: nothing of ours was written
	refused               // Google refuses this policy: nothing of ours was written
	forbidden             // nothing was written, nor would it be in a smaller write
	uncertain             // a read must settle whether it was written
)

// classify reads the error of a write. Resource Manager answers a lost race with 409 ABORTED, other
// services of Google with 412.
func classify(err error) writeResult {
	if err == nil {
		return written
	}
	switch status := cause.Of(err).Status; status {
	case http.StatusConflict, http.StatusPreconditionFailed:
		return conflict
	case http.StatusBadRequest, http.StatusForbidden:
		return refused
	case 0, http.StatusRequestTimeout, http.StatusTooManyRequests:
		return uncertain
	default:
		if status >= 500 || status < 400 {
			return uncertain
		}
		return forbidden
	}
}

// transient tells whether a read that failed so may succeed when repeated. A response that is no
// policy comes from something that is not Google.
func transient(err error) bool {
	return !errors.Is(err, ErrNoEtag) && !errors.Is(err, ErrNullBinding) && cause.Of(err).MayPass()
}
