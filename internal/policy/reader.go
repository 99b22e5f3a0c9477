package policy

import (
	"context"
	"fmt"

	"github.com/sethvargo/go-retry"
)

// Reader reads policies and repeats a read that did not arrive.
type Reader struct {
	upstream Upstream
	retry    Retry
}

// NewReader reads through u within the bounds of r.
func NewReader(u Upstream, r Retry) *Reader { return &Reader{upstream: u, retry: r} }

// Read returns the policy of a resource as it is now, read with version 3. Reads that end in 429 or
// 5xx, break, or hang for half of the bound are repeated within it. Errors wrap *googleapi.Error
// where Google answered, and ErrNoEtag or ErrNullBinding where the response was no policy.
func (r *Reader) Read(ctx context.Context, resource string) (*Policy, error) {
	return readRepeatedly(ctx, r.retry, resource, func(ctx context.Context, resource string) (*Policy, error) {
		read, err := r.upstream.Get(ctx, resource)
		if err == nil {
			err = checkComplete(read)
		}
		return read, err
	})
}

// readRepeatedly reads within the bounds of r.
func readRepeatedly[T any](ctx context.Context, r Retry, resource string, get func(ctx context.Context, resource string) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, r.Within)
	defer cancel()
	var result T
	err := retry.Do(ctx, r.backoff(), func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, r.Within/2)
		defer cancel()
		read, err := get(ctx, resource)
		if err != nil && transient(err) {
			return retry.RetryableError(err)
		}
		result = read
		return err
	})
	if err != nil {
		var none T
		return none, fmt.Errorf("reading the policy of %s: %w", resource, err)
	}
	return result, nil
}
