package client

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// errNoAnswer says that IAM is not asked, because it did not answer before.
var errNoAnswer = errors.New("IAM did not answer before")

// whileAnswered asks IAM. Once IAM did not answer, it is not asked any more: many roles must not
// cost a plan its patience many times.
func whileAnswered[V any](ask func(context.Context, string) (V, error)) func(context.Context, string) (V, error) {
	var noAnswer atomic.Bool
	return func(ctx context.Context, name string) (answer V, err error) {
		if noAnswer.Load() {
			return answer, errNoAnswer
		}
		answer, err = ask(ctx, name)
		if unanswered(err) {
			noAnswer.Store(true)
		}
		return answer, err
	}
}

// unanswered tells an outage from an answer that tells nothing.
func unanswered(err error) bool {
	var outage *upstream.Outage
	if !errors.As(err, &outage) {
		return false
	}
	status := cause.Of(err).Status
	return status == 0 || status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}
