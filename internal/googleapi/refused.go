package googleapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"cloud.google.com/go/auth"
)

var (
	// ErrRefused says that Google gives out no access token for the credentials, and will not when
	// asked again: they expired, were revoked, or may not act as the service account that is to be
	// impersonated.
	ErrRefused = errors.New("Google refuses the credentials") //nolint:staticcheck // a name

	// ErrNotImpersonated says which of these it is: the credentials are good, but may not act as
	// the service account. Its errors are ErrRefused too.
	ErrNotImpersonated = fmt.Errorf("%w to act as the service account", ErrRefused)
)

// markRefused marks the errors of a token exchange that would be the same when tried again.
func markRefused(err error) error {
	var exchange *auth.Error
	if errors.Is(err, ErrRefused) || !errors.As(err, &exchange) || exchange.Response == nil || !isFinal(exchange.Response.StatusCode) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrRefused, err)
}

// isFinal tells whether a response would be the same when asked again.
func isFinal(status int) bool {
	return status >= 400 && status < 500 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests
}

// refusalTransport turns final responses into errors, on the hosts whose responses Google's library
// reports as text only.
type refusalTransport struct{ base http.RoundTripper }

func (r refusalTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.base.RoundTrip(req)
	if err != nil || !isFinal(resp.StatusCode) {
		return resp, err
	}
	kind := ErrRefused
	switch {
	case req.URL.Host == credentialsHost && resp.StatusCode != http.StatusUnauthorized:
		kind = ErrNotImpersonated
	case req.URL.Host != credentialsHost && req.URL.Host != "sts.googleapis.com":
		return resp, nil
	}
	defer resp.Body.Close()
	const longest = 2048
	body, err := io.ReadAll(io.LimitReader(resp.Body, longest))
	if err != nil {
		return nil, fmt.Errorf("reading why %s refuses: %w", req.URL.Host, err)
	}
	return nil, fmt.Errorf("%w: %s answered %d: %s", kind, req.URL.Host, resp.StatusCode, strings.TrimSpace(string(body)))
}
