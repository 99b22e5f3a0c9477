package catalog

import (
	"context"
	"net/http"
	"time"

	"github.com/googleapis/gax-go/v2"
)

// briefPatience bounds one brief look-up with its retries.
const briefPatience = 3 * time.Second

// briefly asks what is beside the point for whoever waits: it is asked again
// where Google has a bad moment, and given up after 3 s.
func briefly[V any](ctx context.Context, ask func(context.Context) (V, error)) (answer V, err error) {
	ctx, cancel := context.WithTimeout(ctx, briefPatience)
	defer cancel()
	err = gax.Invoke(ctx, func(ctx context.Context, _ gax.CallSettings) (err error) {
		answer, err = ask(ctx)
		return err
	}, gax.WithRetry(retryBriefly))
	return answer, err
}

func retryBriefly() gax.Retryer {
	return gax.OnHTTPCodes(gax.Backoff{Initial: 100 * time.Millisecond, Max: time.Second},
		http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout)
}
