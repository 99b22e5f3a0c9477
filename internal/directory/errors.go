package directory

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/sethvargo/go-retry"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
)

// callBackoff suits a person who waits for a page: three calls, none begun later than 5 s after the
// first.
func callBackoff() retry.Backoff {
	const first, longest, tries, within = 200 * time.Millisecond, time.Second, 3, 5 * time.Second
	waits := retry.WithCappedDuration(longest, retry.NewExponential(first))
	return retry.WithMaxDuration(within, retry.WithMaxRetries(tries-1, retry.WithFullJitter(waits)))
}

// withRetry repeats a call that only reads, until it succeeds, cannot succeed, or runs out of tries
// or time.
func withRetry[T any](ctx context.Context, backoff retry.Backoff, call retry.RetryFuncValue[T]) (T, error) {
	return retry.DoValue(ctx, backoff, func(ctx context.Context) (T, error) {
		v, err := call(ctx)
		if err != nil && ctx.Err() == nil && cause.Of(err).MayPass() {
			err = retry.RetryableError(err)
		}
		return v, err
	})
}

// isOutsider tells whether hasMember refused the person, not the group: somebody of another domain
// (400) or whom the directory does not know.
func isOutsider(err error) bool {
	c := cause.Of(err)
	return c.Status == http.StatusBadRequest || c.Kind == cause.MemberUnknown
}

// markUnreadable makes an ErrUnreadable of what Google says where a group cannot be read.
func markUnreadable(err error) error {
	c := cause.Of(err)
	if c.Status == http.StatusForbidden && c.Kind != cause.QuotaExceeded || c.Status == http.StatusNotFound {
		return fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return err
}
