package identity

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/keyset"
)

const (
	audience = "/projects/123/locations/europe-west1/services/portal"
	keyID    = "iap-1"
	rsaKeyID = "rsa-1"
)

var now = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// fakeProxy signs as Identity-Aware Proxy does, and as others would.
type fakeProxy struct {
	key *ecdsa.PrivateKey
	rsa *rsa.PrivateKey
}

func newProxy(t testing.TB) *fakeProxy {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsaKey()
	if err != nil {
		t.Fatal(err)
	}
	return &fakeProxy{key, other}
}

// rsaKey takes long to make, and one is enough: it is never the right one.
var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// RoundTrip publishes the keys without a socket.
func (p *fakeProxy) RoundTrip(*http.Request) (*http.Response, error) {
	point, err := p.key.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	encode := base64.RawURLEncoding.EncodeToString
	body, err := json.Marshal(map[string]any{"keys": []map[string]string{
		{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": keyID, "x": encode(point[1:33]), "y": encode(point[33:])},
		{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": rsaKeyID, "n": encode(p.rsa.N.Bytes()), "e": "AQAB"},
	}})
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body))}, err
}

func (p *fakeProxy) keys() *keyset.Set {
	return keyset.New(KeysURL, &http.Client{Transport: p}, keyset.Options{})
}

func (p *fakeProxy) verifier() Verifier {
	return Verifier{Keys: p.keys(), Audiences: []string{"/projects/123/apps/other", audience}, Clock: func() time.Time { return now }}
}

type object = map[string]any

// aliceClaims is what the proxy says about a person.
func aliceClaims() object {
	return object{
		"iss": "https://cloud.google.com/iap", "aud": audience, "azp": audience,
		"iat": now.Add(-time.Minute).Unix(), "exp": now.Add(9 * time.Minute).Unix(),
		"sub": "accounts.google.com:1234567890", "email": "Alice@Example.com", "hd": "example.com", "identity_source": "GOOGLE",
		"google": object{"access_levels": []string{"accessPolicies/1/accessLevels/corp"}, "device_id": "device-1"},
	}
}

// assertionWith changes claims; nil removes one.
func (p *fakeProxy) assertionWith(change object) string {
	c := aliceClaims()
	maps.Copy(c, change)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return p.sign(jwt.SigningMethodES256, object{}, c, p.key)
}

func (p *fakeProxy) sign(method jwt.SigningMethod, header, c object, key any) string {
	t := jwt.NewWithClaims(method, jwt.MapClaims(c))
	t.Header["kid"] = keyID
	maps.Copy(t.Header, header)
	s, err := t.SignedString(key)
	if err != nil {
		panic(err)
	}
	return s
}

func requestWith(assertions ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, a := range assertions {
		r.Header.Add(Header, a)
	}
	return r
}

func TestVerify_ReadsThePerson(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	got, err := p.verifier().Verify(t.Context(), requestWith(p.assertionWith(nil)))
	want := Identity{Email: "alice@example.com", Subject: "accounts.google.com:1234567890", HostedDomain: "example.com",
		Device: "device-1", AccessLevels: []string{"accessPolicies/1/accessLevels/corp"}}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestVerify_BelievesNoOtherHeader(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	r := requestWith()
	r.Header.Set("X-Goog-Authenticated-User-Email", "accounts.google.com:alice@example.com")
	r.Header.Set("X-Goog-Authenticated-User-Id", "accounts.google.com:1234567890")
	r.Header.Set("Authorization", "Bearer "+p.assertionWith(nil))
	r.AddCookie(&http.Cookie{Name: Header, Value: p.assertionWith(nil)})
	checkRefused(t, p.verifier(), r, Missing)
	checkRefused(t, p.verifier(), requestWith(""), Missing)
}

func TestVerify_RefusesTwoAssertions(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	checkRefused(t, p.verifier(), requestWith(p.assertionWith(nil), p.assertionWith(nil)), Malformed)
}

func TestVerify_WithoutExpectedAudienceRefusesEverybody(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	for _, v := range []Verifier{{}, {Audiences: []string{""}}} {
		v.Keys, v.Clock = p.keys(), p.verifier().Clock
		checkRefused(t, v, requestWith(p.assertionWith(nil)), WrongAudience)
		checkRefused(t, v, requestWith(p.assertionWith(object{"aud": ""})), WrongAudience)
		checkRefused(t, v, requestWith(p.assertionWith(object{"aud": nil})), WrongAudience)
	}
}

func TestVerify_AnyAudienceOfTheProject(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	v := Verifier{Keys: p.keys(), Project: "123", Clock: p.verifier().Clock}
	for _, aud := range []string{audience, "/projects/123/apps/p", "/projects/123/global/backendServices/9"} {
		if _, err := v.Verify(t.Context(), requestWith(p.assertionWith(object{"aud": aud}))); err != nil {
			t.Errorf("audience %q: got %v, want the person", aud, err)
		}
	}
	for _, aud := range []string{"/projects/1234/apps/p", "/projects/12/apps/p", "projects/123/apps/p", "/projects/123", "https://x/projects/123/", ""} {
		checkRefused(t, v, requestWith(p.assertionWith(object{"aud": aud})), WrongAudience)
	}
}

func TestVerify_NamesTheAudienceOnlyOfASignedAssertion(t *testing.T) {
	t.Parallel()
	p, mallory := newProxy(t), newProxy(t)
	other := object{"aud": "/projects/9/apps/p"}
	_, err := p.verifier().Verify(t.Context(), requestWith(p.assertionWith(other)))
	if e, ok := errors.AsType[*Error](err); !ok || e.Audience != "/projects/9/apps/p" || !strings.Contains(err.Error(), `"/projects/9/apps/p"`) {
		t.Errorf("got %v, want the audience that came", err)
	}
	_, err = p.verifier().Verify(t.Context(), requestWith(mallory.assertionWith(other)))
	if err == nil || strings.Contains(err.Error(), "/projects/9") {
		t.Errorf("got %v, want nothing of what a forger wrote", err)
	}
}

func TestVerify_SaysThatKeysAreUnavailable(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	v := p.verifier()
	down := errors.New("no route to host")
	v.Keys = keyset.New(KeysURL, &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) { return nil, down })}, keyset.Options{})
	checkRefused(t, v, requestWith(p.assertionWith(nil)), KeysUnavailable)
	if _, err := v.Verify(t.Context(), requestWith(p.assertionWith(nil))); !errors.Is(err, down) {
		t.Errorf("got %v, want the cause", err)
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// checkRefused also checks that no error quotes the assertion or what it says.
func checkRefused(t *testing.T, v Verifier, r *http.Request, want Reason) {
	t.Helper()
	got, err := v.Verify(r.Context(), r)
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Reason != want {
		t.Errorf("got %v, %v, want reason %q, for %.80q", got, err, want, r.Header.Get(Header))
		return
	}
	if diff := cmp.Diff(Identity{}, got); diff != "" {
		t.Errorf("refused, and yet somebody (-want +got):\n%s", diff)
	}
	for part := range strings.SplitSeq(r.Header.Get(Header), ".") {
		if len(part) > 8 && strings.Contains(err.Error(), part) {
			t.Errorf("the error holds a part of the assertion: %v", err)
		}
	}
	if strings.Contains(strings.ToLower(err.Error()), "alice") {
		t.Errorf("the error names the person: %v", err)
	}
}
