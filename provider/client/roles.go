package client

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// errNoAnswer says that IAM is not asked, because it did not answer before.
var errNoAnswer = errors.New("IAM did not answer before")

// newRoles describes each role once. Once IAM did not answer, no further role is asked for: many
// roles must not cost a plan its patience many times.
func newRoles(describe func(context.Context, string) (iamrole.Role, error)) *once[iamrole.Role] {
	var noAnswer atomic.Bool
	return newOnce(func(ctx context.Context, name string) (iamrole.Role, error) {
		if noAnswer.Load() {
			return iamrole.Role{}, errNoAnswer
		}
		role, err := describe(ctx, name)
		if unanswered(err) {
			noAnswer.Store(true)
		}
		return role, err
	})
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
