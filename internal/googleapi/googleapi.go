// Package googleapi knows how Google is reached: whose credentials are used, over which
// connections, and where the hosts of its APIs really are. It hands out options for Google's client
// libraries, never clients.
//
// One Access looks for credentials once, keeps one access token for all clients and one pool of
// connections for all hosts. With Config.Endpoint every call, token exchange and impersonation
// included, goes to ENDPOINT/HOST/path instead of https://HOST/path; only the metadata server is
// asked where GCE_METADATA_HOST says.
//
// An access token leaves only by https to the host that its client was made for, or to the endpoint
// that stands in for it. Plain http is refused but to this machine and to link-local metadata
// services.
package googleapi

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"strings"
	"time"

	"google.golang.org/api/option"
)

// Config says how to reach Google. The zero value is Google itself with application default
// credentials.
type Config struct {
	// Endpoint is http(s)://host:port[/prefix]; plain http only on this machine. Empty: Google.
	Endpoint string
	// AccessToken is used as it is, instead of application default credentials.
	AccessToken string
	// CredentialsJSON is the content of a credentials file, instead of application default
	// credentials.
	CredentialsJSON string
	// Impersonate is the e-mail address of the service account that calls Google in the end; the
	// identity of the credentials asks for its token.
	Impersonate string
	// Delegates are the service accounts between the two: each may act as the next, the last one as
	// the impersonated.
	Delegates []string
	// BillingProject is the project whose quota every call uses, instead of that of the
	// credentials. The request for an impersonated token is not one of these calls.
	BillingProject string
	// Scopes that the token is asked for; default cloud-platform.
	Scopes []string
	// UserAgent goes before that of the client library.
	UserAgent string
	// Uncompressed asks for responses without compression. Inside Google's network, inflating a
	// policy costs more than reading it; far away, the network is what costs.
	Uncompressed bool
	// Meter sees every call of a client that REST or GRPC gave the options for; may be nil. Fetches
	// of tokens and of published keys are not among them.
	Meter Meter
}

// Meter counts calls. A call is the path of a REST call, or the name of a gRPC method.
type Meter interface {
	// Before sees a call on its way out, also one that a client repeats. Its error takes the place
	// of the call.
	Before(ctx context.Context, host, call string) error
	// After sees the error of a call that was answered or broke, as a client would report it.
	After(host, call string, err error)
}

func (c Config) scopes() []string {
	if len(c.Scopes) > 0 {
		return c.Scopes
	}
	return []string{cloudPlatform}
}

// exchangeTimeout is how long one exchange or fetch may take.
const exchangeTimeout = 30 * time.Second

// Access is what a process needs to call Google's APIs. It is safe for concurrent use and lives as
// long as the process.
type Access struct {
	endpoint  *endpoint
	roots     *x509.CertPool    // nil for the machine's
	transport http.RoundTripper // redirected, without credentials
	bearer    *bearer
	userAgent string
	meter     Meter // nil: nobody counts
}

// New checks the endpoint, finds credentials and calls nobody yet, except to learn whether there is
// a metadata server. The error says what to set.
func New(ctx context.Context, c Config) (*Access, error) { return newAccess(ctx, c, nil) }

func newAccess(ctx context.Context, c Config, roots *x509.CertPool) (*Access, error) {
	endpoint, err := parseEndpoint(c.Endpoint)
	if err != nil {
		return nil, err
	}
	a := &Access{endpoint: endpoint, roots: roots, userAgent: c.UserAgent, meter: c.Meter}
	a.transport = &redirectTransport{to: endpoint, base: newTransport(roots, c.Uncompressed)}
	if strings.ContainsFunc(c.BillingProject, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return nil, fmt.Errorf("the billing project %q is no project", c.BillingProject)
	}
	if a.bearer, err = newBearer(ctx, c, a.transport); err != nil {
		return nil, err
	}
	return a, nil
}

// REST returns options for a client of google.golang.org/api that calls host, such as
// "cloudresourcemanager.googleapis.com". The client refuses any other host, so that no environment
// variable can send its token elsewhere.
func (a *Access) REST(host string) []option.ClientOption {
	return []option.ClientOption{
		option.WithHTTPClient(a.AuthorizedClient(host)),
		option.WithEndpoint(host), // a bare host keeps scheme and path of the library's own address
	}
}

// AuthorizedClient returns the client of REST by itself, for calls that no generated client makes.
func (a *Access) AuthorizedClient(host string) *http.Client {
	transport := &authorizedTransport{host: host, bearer: a.bearer, userAgent: a.userAgent, base: a.metered(host)}
	return &http.Client{Transport: transport, CheckRedirect: noRedirects}
}

// HTTPClient returns a client without credentials, redirected like all others: for published keys
// and token exchange. It follows no redirects and gives up after 30 s.
func (a *Access) HTTPClient() *http.Client {
	return &http.Client{Transport: a.transport, CheckRedirect: noRedirects, Timeout: exchangeTimeout}
}

func noRedirects(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Endpoint is the address that stands in for Google, "" for Google itself: for the line that a
// process announces it with.
func (a *Access) Endpoint() string {
	if a.endpoint == nil {
		return ""
	}
	return a.endpoint.String()
}
