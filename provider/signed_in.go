package provider

import (
	"context"
	"errors"
	"net"
	"net/http"

	google "google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// signedIn is an upstream whose calls fail at once when Google refuses to give
// out an access token: a sign-in that expired does not come back by waiting.
type signedIn struct{ policy.Upstream }

func (s signedIn) Get(ctx context.Context, resource string) (*policy.Policy, error) {
	p, err := s.Upstream.Get(ctx, resource)
	return p, unauthorized(err)
}

func (s signedIn) Set(ctx context.Context, resource string, p *policy.Policy, reason string) (*policy.Policy, error) {
	stored, err := s.Upstream.Set(ctx, resource, p, reason)
	return stored, unauthorized(err)
}

// unauthorized turns a refused access token into the 401 that Google answers
// to a bad one; other errors stay as they are.
func unauthorized(err error) error {
	if !refusedToken(err) {
		return err
	}
	return &google.Error{Code: http.StatusUnauthorized, Message: err.Error()}
}

// refusedToken looks for an error of the token exchange that is not temporary.
// Those are the only ones in a call's chain that say whether they are
// temporary and have no network error in them.
func refusedToken(err error) bool {
	for {
		var exchange interface {
			error
			Temporary() bool
		}
		if !errors.As(err, &exchange) {
			return false
		}
		var network net.Error
		if !errors.As(exchange, &network) {
			return !exchange.Temporary()
		}
		err = errors.Unwrap(exchange)
	}
}
