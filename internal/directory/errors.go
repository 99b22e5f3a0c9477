package directory

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sethvargo/go-retry"
	"google.golang.org/api/googleapi"
)

// patience suits a person who waits for a page: three calls, none begun later
// than 5 s after the first.
func patience() retry.Backoff {
	const first, longest, tries, within = 200 * time.Millisecond, time.Second, 3, 5 * time.Second
	waits := retry.WithCappedDuration(longest, retry.NewExponential(first))
	return retry.WithMaxDuration(within, retry.WithMaxRetries(tries-1, retry.WithFullJitter(waits)))
}

// try repeats a call that only reads, until it succeeds, cannot succeed, or the
// patience or ctx is over.
func try[T any](ctx context.Context, patience retry.Backoff, call retry.RetryFuncValue[T]) (T, error) {
	return retry.DoValue(ctx, patience, func(ctx context.Context) (T, error) {
		v, err := call(ctx)
		if err != nil && ctx.Err() == nil && transient(err) {
			err = retry.RetryableError(err)
		}
		return v, err
	})
}

// transient: quotas, outages, and whatever broke before a whole answer came.
func transient(err error) bool {
	var e *googleapi.Error
	if !errors.As(err, &e) {
		return true
	}
	return e.Code == http.StatusRequestTimeout || e.Code == http.StatusTooManyRequests || e.Code >= 500 || throttled(e)
}

// throttled: the Directory API says 403 for a quota that ran out, too.
func throttled(e *googleapi.Error) bool {
	for _, item := range e.Errors {
		switch item.Reason {
		case "quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded":
			return e.Code == http.StatusForbidden
		}
	}
	return false
}

// outsider tells whether hasMember refused the person, not the group: somebody
// of another domain (400 "Invalid Input: memberKey") or whom the directory does
// not know (404 about the memberKey).
func outsider(err error) bool {
	var e *googleapi.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Code == http.StatusBadRequest || e.Code == http.StatusNotFound && strings.Contains(e.Message, "memberKey")
}

func unreadable(err error) error {
	var e *googleapi.Error
	if errors.As(err, &e) && (e.Code == http.StatusForbidden && !throttled(e) || e.Code == http.StatusNotFound) {
		return fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return err
}
