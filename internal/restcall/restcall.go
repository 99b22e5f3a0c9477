// Package restcall asks Google what nobody should wait for long: what people read or are warned by,
// and nothing is decided by. A question is asked again where Google has a bad moment, and given up
// after 3 s.
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

// patience bounds one question with its retries.
const patience = 3 * time.Second

// Question says who is asked about what, and which permission that needs.
type Question struct {
	Service    string // the name that people know: "IAM"
	Permission string
	Resource   string
}

// Ask returns what a call of a REST client answers. The error is an [*upstream.Outage] that names
// the permission only where the service answered 403.
func Ask[V any](ctx context.Context, q Question, call func(context.Context) (V, error)) (answer V, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = gax.Invoke(ctx, func(ctx context.Context, _ gax.CallSettings) (err error) {
		answer, err = call(ctx)
		return err
	}, gax.WithRetry(retryer))
	if err != nil {
		return answer, q.outage(err)
	}
	return answer, nil
}

func retryer() gax.Retryer {
	return gax.OnHTTPCodes(gax.Backoff{Initial: 100 * time.Millisecond, Max: time.Second},
		http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout)
}

func (q Question) outage(err error) *upstream.Outage {
	o := &upstream.Outage{Service: q.Service, Resource: q.Resource, Err: fmt.Errorf("asking %s about %s: %w", q.Service, q.Resource, err)}
	if cause.Of(err).Status == http.StatusForbidden {
		o.Permission = q.Permission
	}
	return o
}
