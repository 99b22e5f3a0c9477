package provider

import (
	"context"
	"errors"
	"net/http"

	google "google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/googleapi"
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

// unauthorized makes a refused access token also the 401 that Google answers
// to a bad one; other errors stay as they are.
func unauthorized(err error) error {
	if !errors.Is(err, googleapi.ErrRefused) {
		return err
	}
	return &refusedError{err}
}

// refusedError is a refused access token.
type refusedError struct{ cause error }

func (e *refusedError) Error() string { return e.cause.Error() }

func (e *refusedError) Unwrap() []error {
	return []error{e.cause, &google.Error{Code: http.StatusUnauthorized, Message: e.cause.Error()}}
}
