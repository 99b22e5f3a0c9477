package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/googleapi"
)

func TestUnauthorized_StopsWhatCannotBeMended(t *testing.T) {
	t.Parallel()
	refused := unauthorized(&url.Error{Op: "Post", URL: "https://example.com", Err: fmt.Errorf("fetching an access token: %w", googleapi.ErrNotImpersonated)})
	if cause.Of(refused).Status != http.StatusUnauthorized || !errors.Is(refused, googleapi.ErrNotImpersonated) {
		t.Errorf("got %v, want an error that is a 401 and still says why", refused)
	}
	if broken := errors.New("connection reset"); unauthorized(broken) != broken || unauthorized(nil) != nil {
		t.Error("another error did not stay as it was")
	}
}
