package googleapi

import (
	"context"
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

// bearer is the one access token of a process: kept until shortly before it
// expires, then fetched again by one caller for all.
type bearer struct {
	tokens       auth.TokenProvider
	quotaProject string // whose quota is used, "" for that of the credentials' own project
}

func newBearer(ctx context.Context, c Config, client *http.Client) (*bearer, error) {
	creds, err := findCredentials(c, client)
	if err != nil {
		return nil, err
	}
	project, err := creds.QuotaProjectID(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the quota project of the credentials: %w", err)
	}
	return &bearer{tokens: creds, quotaProject: project}, nil
}

// findCredentials keeps tokens in the credentials that it returns. The client
// exchanges them; the library asks the metadata server by another of its own.
func findCredentials(c Config, client *http.Client) (*auth.Credentials, error) {
	if c.AccessToken != "" {
		if strings.ContainsFunc(c.AccessToken, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			return nil, errors.New("the access token holds blanks or other characters that no token has")
		}
		return auth.NewCredentials(&auth.CredentialsOptions{TokenProvider: fixed(c.AccessToken)}), nil
	}
	scopes := c.Scopes
	if len(scopes) == 0 {
		scopes = []string{cloudPlatform}
	}
	creds, err := credentials.DetectDefault(&credentials.DetectOptions{Scopes: scopes, Client: client})
	if err != nil {
		return nil, fmt.Errorf("finding application default credentials: %w", err)
	}
	return creds, nil
}

type fixed string

func (f fixed) Token(context.Context) (*auth.Token, error) {
	return &auth.Token{Value: string(f), Type: "Bearer"}, nil
}

// headers are what authorizes a call.
func (b *bearer) headers(ctx context.Context) (map[string]string, error) {
	token, err := b.tokens.Token(ctx)
	if err != nil {
		return nil, fmt.Errorf("fetching an access token: %w", err)
	}
	headers := map[string]string{"Authorization": "Bearer " + token.Value}
	if b.quotaProject != "" {
		headers[quotaHeader] = b.quotaProject
	}
	return headers, nil
}

// authorized adds the token to calls of one host by https and refuses others.
type authorized struct {
	host      string
	bearer    *bearer
	userAgent string
	base      http.RoundTripper
}

func (a *authorized) RoundTrip(req *http.Request) (*http.Response, error) {
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
