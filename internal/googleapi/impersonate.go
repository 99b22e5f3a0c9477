package googleapi

import (
	"fmt"
	"net/http"
	"regexp"

	"cloud.google.com/go/auth/credentials/impersonate"
)

const credentialsHost = "iamcredentials.googleapis.com"

// accountEmail is the address of a service account, in every form that Google gives them. Source:
// cloud.google.com/iam/docs/service-account-types.
var accountEmail = regexp.MustCompile(`^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+$`)

// impersonate is the token of another service account, which this one asks for. The request for it
// counts against the quota project of this one.
func (b *bearer) impersonate(c Config, transport http.RoundTripper) (*bearer, error) {
	for _, account := range append([]string{c.Impersonate}, c.Delegates...) {
		if !accountEmail.MatchString(account) {
			return nil, fmt.Errorf("%q is not the e-mail address of a service account, such as terraform@my-project.iam.gserviceaccount.com", account)
		}
	}
	client := exchangeClient(&authorizedTransport{host: credentialsHost, bearer: b, userAgent: c.UserAgent, base: transport})
	creds, err := impersonate.NewCredentials(&impersonate.CredentialsOptions{
		TargetPrincipal: c.Impersonate, Delegates: c.Delegates, Scopes: c.scopes(), Client: client,
	})
	if err != nil {
		return nil, fmt.Errorf("preparing to act as %s: %w", c.Impersonate, err)
	}
	return &bearer{tokens: creds}, nil
}
