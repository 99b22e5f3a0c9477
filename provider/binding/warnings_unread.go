package binding

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// unchecked warns that a plan was not compared with the policy that it changes,
// by the error of the read. A provider that waits for a value of its own is
// silent: nobody could have looked before the apply.
func notCheckedWarnings(err error, m model) []diagnostics.Warning {
	var pending *client.PendingError
	if err == nil || errors.As(err, &pending) {
		return nil
	}
	e := failureOf(err, reading, m)
	status := cause.Of(err).Status
	if hidden := status == http.StatusForbidden || status == http.StatusNotFound; hidden && len(e.At.Steps()) > 0 {
		return []diagnostics.Warning{m.hiddenResourceWarning(e)}
	}
	return []diagnostics.Warning{{Summary: "The plan was not checked against Google",
		Detail: e.Detail + " What the policies hold and what roles can grant was not looked at, and an apply will fail likewise.",
		Remark: e.Remark()}}
}

// signedOut is unchecked where the reason is the credentials, whatever was asked.
func credentialsWarnings(err error, m model) []diagnostics.Warning {
	var missing *client.CredentialsError
	if errors.As(err, &missing) || cause.Of(err).Status == http.StatusUnauthorized {
		return notCheckedWarnings(err, m)
	}
	return nil
}

// unseen warns of a place that Google does not show. It may be made by the same
// apply, so it is no reason for alarm.
func (m model) hiddenResourceWarning(e diagnostics.Failure) diagnostics.Warning {
	place, attribute, _ := m.name()
	return diagnostics.Warning{Attribute: attribute, Summary: "The policy could not be read",
		Detail: fmt.Sprintf("The policy of %s could not be read, so the plan was not compared with it. Where the same apply creates the %s first, nothing is wrong. Otherwise the apply will fail. %s",
			place, attribute, e.Detail),
		Remark: e.Remark()}
}
