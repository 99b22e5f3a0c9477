package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// errSilent says that IAM is not asked, because it did not answer before.
var errSilent = errors.New("IAM did not answer before")

// newRoles describes each role once. Once IAM did not answer, no further role
// is asked for: many roles must not cost a plan its patience many times.
func newRoles(describe func(context.Context, string) (iamrole.Role, error)) *shared[iamrole.Role] {
	var silent atomic.Bool
	return newShared(func(ctx context.Context, name string) (iamrole.Role, error) {
		if silent.Load() {
			return iamrole.Role{}, errSilent
		}
		role, err := describe(ctx, name)
		if unanswered(err) {
			silent.Store(true)
		}
		return role, err
	})
}

// unheardOf warns of a role that IAM does not know. A custom role may be made by
// the same apply.
func unheardOf(name string, err error) []caution {
	if !gone(err) {
		return nil
	}
	c := caution{at: roleAttribute, summary: "A role that IAM does not know", detail: fmt.Sprintf("IAM knows no role %s. Check its spelling.", name)}
	if owner, _, _ := eligibility.CutRole(name); owner != "" {
		c.detail += " Where the same apply creates it first, nothing is wrong."
	}
	return []caution{c}
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
