package client

import (
	"context"
	"errors"
	"net/http"

	google "google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/googleapi"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// signedIn is an upstream whose calls fail at once when Google refuses to give out an access token:
// a sign-in that expired does not come back by waiting.
type signedIn struct{ policy.Upstream }

func (s signedIn) Get(ctx context.Context, resource string) (*policy.Policy, error) {
	p, err := s.Upstream.Get(ctx, resource)
	return p, unauthorized(err)
}

func (s signedIn) Set(ctx context.Context, resource string, p *policy.Policy, reason string) (*policy.Policy, error) {
	stored, err := s.Upstream.Set(ctx, resource, p, reason)
	return stored, unauthorized(err)
}

// unauthorized makes a refused access token also the 401 that Google answers to a bad one; other
// errors stay as they are.
func unauthorized(err error) error {
	if !errors.Is(err, googleapi.ErrRefused) {
		return err
	}
	return &RefusedError{err}
}

// RefusedError says that Google refuses to give out an access token. It is also the 401 that Google
// answers to a bad one.
type RefusedError struct{ Err error }

func (e *RefusedError) Error() string { return e.Err.Error() }

func (e *RefusedError) Unwrap() []error {
	return []error{e.Err, &google.Error{Code: http.StatusUnauthorized, Message: e.Err.Error()}}
}
