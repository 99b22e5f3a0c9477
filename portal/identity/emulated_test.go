package identity_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/iap"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/keys"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/keyset"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/identity"
)

const audience = "/projects/100000000001/locations/europe-west1/services/portal"

func TestVerify_BelievesTheStandInAcrossARotation(t *testing.T) {
	t.Parallel()
	w, err := world.Parse("demo.json", world.Demo(), world.Options{})
	if err != nil {
		t.Fatal(err)
	}
	key := keys.ES256()
	proxy := iap.New(w, iap.Options{Upstream: &url.URL{Scheme: "http", Host: "127.0.0.1"}, Audience: audience, Key: key})
	published := httptest.NewServer(iap.Keys(key))
	defer published.Close()
	v := identity.Verifier{
		Keys:      keyset.New(published.URL+"/iap/verify/public_key-jwk", published.Client(), keyset.Options{MinRefetch: time.Nanosecond}),
		Audiences: []string{audience},
	}
	ask := func() (identity.Identity, error) {
		assertion, err := proxy.Assertion(proxy.Claims("alice@example.com"))
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set(identity.Header, assertion)
		return v.Verify(t.Context(), r)
	}
	for range 2 {
		if got, err := ask(); err != nil || got.Email != "alice@example.com" || got.HostedDomain != "example.com" {
			t.Errorf("got %+v, %v, want alice", got, err)
		}
		if err := key.Rotate(); err != nil {
			t.Fatal(err)
		}
	}
	v.Audiences = []string{audience + "-2"}
	if _, err := ask(); !isReason(err, identity.WrongAudience) {
		t.Errorf("got %v, want the audience refused", err)
	}
}

func isReason(err error, want identity.Reason) bool {
	e, ok := errors.AsType[*identity.Error](err)
	return ok && e.Reason == want
}
