package binding

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// notCheckedWarnings say why a plan was not compared with the policy that it changes, by the error
// of the read. There is none while a value of the provider is not known: nobody could have read it.
func notCheckedWarnings(err error, m model) []diagnostics.Warning {
	var pending *client.PendingError
	if err == nil || errors.As(err, &pending) {
		return nil
	}
	f := failureOf(err, reading, m)
	status := cause.Of(err).Status
	if hidden := status == http.StatusForbidden || status == http.StatusNotFound; hidden && len(f.At.Steps()) > 0 {
		return []diagnostics.Warning{m.hiddenResourceWarning(f)}
	}
	return []diagnostics.Warning{{Summary: "The plan was not checked against Google",
		Detail: f.Detail + " What the policies hold and what roles can grant was not looked at, and an apply will fail likewise.",
		Remark: f.Remark()}}
}

// credentialsWarnings are the notCheckedWarnings where the credentials are the reason, whatever was
// asked for.
func credentialsWarnings(err error, m model) []diagnostics.Warning {
	var missing *client.CredentialsError
	if errors.As(err, &missing) || cause.Of(err).Status == http.StatusUnauthorized {
		return notCheckedWarnings(err, m)
	}
	return nil
}

// hiddenResourceWarning is about a project, folder or organization that Google does not show,
// perhaps because the same apply creates it.
func (m model) hiddenResourceWarning(f diagnostics.Failure) diagnostics.Warning {
	resource, attribute, _ := m.name()
	return diagnostics.Warning{Attribute: attribute, Summary: "The policy could not be read",
		Detail: fmt.Sprintf("The policy of %s could not be read, so the plan was not compared with it. Where the same apply creates the %s first, nothing is wrong. Otherwise the apply will fail. %s",
			resource, attribute, f.Detail),
		Remark: f.Remark()}
}
