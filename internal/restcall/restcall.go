// Package restcall makes short calls to Google's REST APIs, for what people read or are warned by
// and nothing is decided by: a call is repeated while Google has a bad moment, and given up after 3
// s. It knows which names can stand in the path of a call.
package restcall

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/googleapis/gax-go/v2"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// timeout bounds one call with its retries.
const timeout = 3 * time.Second

// Target says which service is called about what, and which permission that needs.
type Target struct {
	Service    string // the name that people know: "IAM"
	Permission string
	Resource   string
}

// Do returns what a call of a REST client returns. The error is an [*upstream.Outage] that names
// the permission only where the service answered 403.
func Do[V any](ctx context.Context, t Target, call func(context.Context) (V, error)) (result V, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err = gax.Invoke(ctx, func(ctx context.Context, _ gax.CallSettings) (err error) {
		result, err = call(ctx)
		return err
	}, gax.WithRetry(retryer))
	if err == nil {
		return result, nil
	}
	outage := &upstream.Outage{Service: t.Service, Resource: t.Resource, Err: fmt.Errorf("asking %s about %s: %w", t.Service, t.Resource, err)}
	if cause.Of(err).Status == http.StatusForbidden {
		outage.Permission = t.Permission
	}
	return result, outage
}

func retryer() gax.Retryer {
	return gax.OnHTTPCodes(gax.Backoff{Initial: 100 * time.Millisecond, Max: time.Second},
		http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout)
}
