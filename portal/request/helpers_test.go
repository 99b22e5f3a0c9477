package request

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/keyset"
)

const (
	account = "portal@jit-access.iam.gserviceaccount.com"
	digest  = "0123456789abcdefghijABCDEFGHIJ-_0123456789a"
)

var now = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// Keys take long to make: the portal's, the portal's next one, and somebody else's.
var (
	portalKey  = sync.OnceValue(newKey)
	nextKey    = sync.OnceValue(newKey)
	malloryKey = sync.OnceValue(newKey)
)

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// fakeGoogle signs as IAM Credentials does, and publishes the keys without a socket.
type fakeGoogle struct {
	mu   sync.Mutex
	keys map[string]*rsa.PrivateKey
	with string // id of the key that signs
}

func newGoogle() *fakeGoogle {
	return &fakeGoogle{keys: map[string]*rsa.PrivateKey{"key-1": portalKey()}, with: "key-1"}
}

func (g *fakeGoogle) rotate(keys map[string]*rsa.PrivateKey, with string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keys, g.with = keys, with
}

func (g *fakeGoogle) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.String() != KeysURL(account) {
		return nil, errors.New("no such keys")
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	set := []object{}
	for id, key := range g.keys {
		n := base64.RawURLEncoding.EncodeToString(key.N.Bytes())
		set = append(set, object{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "n": n, "e": "AQAB"})
	}
	body, err := json.Marshal(object{"keys": set})
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body))}, err
}

func (g *fakeGoogle) SignJWT(_ context.Context, payload string) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return signed(g.keys[g.with], `{"alg":"RS256","kid":"`+g.with+`","typ":"JWT"}`, payload), nil
}

// signed puts a token together from texts, by RS256 whatever the header says.
func signed(key *rsa.PrivateKey, header, payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(header)) + "." + encode([]byte(payload))
	signature, err := jwt.SigningMethodRS256.Sign(text, key)
	if err != nil {
		panic(err)
	}
	return text + "." + encode(signature)
}

func (g *fakeGoogle) redeemer(at time.Time) *Redeemer {
	keys := keyset.New(KeysURL(account), &http.Client{Transport: g}, keyset.Options{MinRefetch: time.Nanosecond})
	return NewRedeemer(account, keys, func() time.Time { return at })
}

type object = map[string]any

// ourPayload is the payload of a token of ours, and aliceClaims are its claims.
func ourPayload() object {
	return object{
		"iss": account, "aud": account, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "jti": "mpa-AAAABBBBCCCC-_12",
		"beneficiary": "alice@example.com", "reviewers": []string{"bob@example.com", "carol@example.com"},
		"entitlement":   "payments-prod:roles/compute.admin:cmVzb3VyY2UubmFtZSA9PSAieCI=",
		"justification": "BUG-1 <disk> & \u00e9", "start": now.Unix(), "end": now.Add(2 * time.Hour).Unix(),
		"v": 1, "use": "approve", "duration": 7200, "binding": digest,
	}
}

func aliceClaims() Claims {
	return Claims{
		ID: "mpa-AAAABBBBCCCC-_12", Beneficiary: "alice@example.com", Reviewers: []string{"bob@example.com", "carol@example.com"},
		Key:           eligibility.Key{Resource: "projects/payments-prod", Role: "roles/compute.admin", ResourceCondition: `resource.name == "x"`},
		Justification: "BUG-1 <disk> & \u00e9", Duration: 2 * time.Hour, IssuedAt: now, Expires: now.Add(time.Hour), Binding: digest,
	}
}

// with changes claims; nil removes one.
func with(claims, change object) object {
	claims = maps.Clone(claims)
	maps.Copy(claims, change)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	return claims
}

func encode(claims object) string {
	b, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// token is what the portal's account signs if asked for it.
func (g *fakeGoogle) token(claims object) string {
	s, err := g.SignJWT(context.Background(), encode(claims))
	if err != nil {
		panic(err)
	}
	return s
}

func checkRedeemed(t *testing.T, r *Redeemer, token string, want Claims) {
	t.Helper()
	got, err := r.Redeem(t.Context(), token)
	if err != nil {
		t.Errorf("got %v, want the claims", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// checkRefused also checks that no error quotes the token or what it says.
func checkRefused(t *testing.T, r *Redeemer, token string, want Reason) {
	t.Helper()
	got, err := r.Redeem(t.Context(), token)
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Reason != want {
		t.Errorf("got %v, %v, want reason %q, for %.80q", got, err, want, token)
		return
	}
	if diff := cmp.Diff(Claims{}, got); diff != "" && want != Expired {
		t.Errorf("refused, and yet claims (-want +got):\n%s", diff)
	}
	for part := range strings.SplitSeq(token, ".") {
		if len(part) > 8 && strings.Contains(err.Error(), part) {
			t.Errorf("the error holds a part of the token: %v", err)
		}
	}
	for _, part := range []string{"alice", "BUG-1", "payments"} {
		if strings.Contains(err.Error(), part) {
			t.Errorf("the error says what the token says: %v", err)
		}
	}
}

func key(project, role string) eligibility.Key {
	return eligibility.Key{Resource: "projects/" + project, Role: role}
}
