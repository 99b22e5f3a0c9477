package googleapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials"
)

const (
	cloudPlatform = "https://www.googleapis.com/auth/cloud-platform"
	quotaHeader   = "X-Goog-User-Project"
)

// bearer is the one access token of a process: kept until shortly before it expires, then fetched
// again by one caller for all.
type bearer struct {
	tokens       auth.TokenProvider
	quotaProject string // whose quota is used, "" for that of the credentials' own project
}

// newBearer finds the credentials of a configuration, whose exchanges go through transport.
func newBearer(ctx context.Context, c Config, transport http.RoundTripper) (*bearer, error) {
	creds, err := findCredentials(c, exchangeClient(transport))
	if err != nil {
		return nil, err
	}
	project, err := creds.QuotaProjectID(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the quota project of the credentials: %w", err)
	}
	b := &bearer{tokens: creds, quotaProject: project}
	if c.Impersonate != "" {
		if b, err = b.impersonate(c, transport); err != nil {
			return nil, err
		}
	}
	if c.BillingProject != "" {
		b.quotaProject = c.BillingProject
	}
	return b, nil
}

// exchangeClient is a client for token exchanges: no redirects, 30 s.
func exchangeClient(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: refusalTransport{transport}, CheckRedirect: noRedirects, Timeout: exchangeTimeout}
}

// findCredentials keeps tokens in the credentials that it returns. The client exchanges them; the
// library asks the metadata server by another of its own.
func findCredentials(c Config, client *http.Client) (*auth.Credentials, error) {
	options := &credentials.DetectOptions{Scopes: c.scopes(), Client: client}
	switch {
	case c.AccessToken != "" && c.CredentialsJSON != "":
		return nil, errors.New("an access token and credentials cannot both be used")
	case c.AccessToken != "":
		if strings.ContainsFunc(c.AccessToken, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			return nil, errors.New("the access token holds blanks or other characters that no token has")
		}
		return auth.NewCredentials(&auth.CredentialsOptions{TokenProvider: staticToken(c.AccessToken)}), nil
	case c.CredentialsJSON != "":
		return readCredentials(c.CredentialsJSON, options)
	}
	creds, err := credentials.DetectDefault(options)
	if err != nil {
		return nil, fmt.Errorf("finding application default credentials: %w", err)
	}
	return creds, nil
}

// readCredentials takes the kinds of files that gcloud and the console make.
func readCredentials(content string, options *credentials.DetectOptions) (*auth.Credentials, error) {
	var file struct {
		Type credentials.CredType `json:"type"`
	}
	if err := json.Unmarshal([]byte(content), &file); err != nil {
		return nil, errors.New("the credentials are not JSON") // the cause could quote a secret
	}
	switch file.Type {
	case credentials.ServiceAccount, credentials.AuthorizedUser, credentials.ExternalAccount,
		credentials.ExternalAccountAuthorizedUser, credentials.ImpersonatedServiceAccount:
	default:
		return nil, fmt.Errorf("the credentials are of the type %q; write those of a user, a service account or an external account", file.Type)
	}
	creds, err := credentials.NewCredentialsFromJSON(file.Type, []byte(content), options)
	if err != nil {
		return nil, fmt.Errorf("reading the credentials: %w", err)
	}
	return creds, nil
}

// staticToken is an access token that was handed in and is never fetched again.
type staticToken string

func (f staticToken) Token(context.Context) (*auth.Token, error) {
	return &auth.Token{Value: string(f), Type: "Bearer"}, nil
}

// headers are those that authorize a call.
func (b *bearer) headers(ctx context.Context) (map[string]string, error) {
	token, err := b.tokens.Token(ctx)
	if err != nil {
		return nil, fmt.Errorf("fetching an access token: %w", markRefused(err))
	}
	headers := map[string]string{"Authorization": "Bearer " + token.Value}
	if b.quotaProject != "" {
		headers[quotaHeader] = b.quotaProject
	}
	return headers, nil
}

// authorizedTransport adds the token to calls of one host by https and refuses others.
type authorizedTransport struct {
	host      string
	bearer    *bearer
	userAgent string
	base      http.RoundTripper
}

func (a *authorizedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "https" || req.URL.Host != a.host {
		return refuse(req, "this client was made for https://"+a.host)
	}
	headers, err := a.bearer.headers(req.Context())
	if err != nil {
		closeBody(req)
		return nil, err
	}
	own := req.Clone(req.Context())
	for name, value := range headers {
		own.Header.Set(name, value)
	}
	if a.userAgent != "" {
		own.Header.Set("User-Agent", strings.TrimSpace(a.userAgent+" "+req.UserAgent()))
	}
	return a.base.RoundTrip(own)
}
