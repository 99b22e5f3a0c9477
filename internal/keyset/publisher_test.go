package keyset

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const address = "https://keys.example.com/jwk"

// publisher answers like a host of keys, without a socket, so that it works in a bubble of its own
// time.
type publisher struct {
	mu      sync.Mutex
	ids     []string
	key     *ecdsa.PublicKey
	header  http.Header
	delay   time.Duration
	fail    func(fetch int) (*http.Response, error) // nil results: respond as usual
	fetches int
}

func newPublisher(t *testing.T, ids ...string) *publisher {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &publisher{ids: ids, key: &key.PublicKey, header: http.Header{}}
}

func (p *publisher) RoundTrip(req *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fetches++
	fetch, delay := p.fetches, p.delay
	if delay > 0 {
		p.mu.Unlock()
		select {
		case <-time.After(delay):
		case <-req.Context().Done():
		}
		p.mu.Lock()
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if p.fail != nil {
		if res, err := p.fail(fetch); res != nil || err != nil {
			return res, err
		}
	}
	var keys []any
	for _, id := range p.ids {
		keys = append(keys, ecJWK(id, p.key))
	}
	body, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		return nil, err
	}
	return httpResponse(http.StatusOK, string(body), p.header), nil
}

func (p *publisher) set(change func(*publisher)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

func (p *publisher) wantFetches(t *testing.T, want int) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fetches != want {
		t.Errorf("got %d fetches, want %d", p.fetches, want)
	}
}

func (p *publisher) keys(o Options) *Set { return New(address, &http.Client{Transport: p}, o) }

func httpResponse(status int, body string, h http.Header) *http.Response {
	if h == nil {
		h = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func ecJWK(id string, key *ecdsa.PublicKey) map[string]any {
	point, err := key.Bytes()
	if err != nil {
		panic(err)
	}
	return map[string]any{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id,
		"x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:])}
}

func find(ctx context.Context, s *Set, kid any) (crypto.PublicKey, error) {
	return s.Keyfunc(ctx)(&jwt.Token{Header: map[string]any{"kid": kid}})
}

func mustFind(t *testing.T, s *Set, kid string) {
	t.Helper()
	if key, err := find(t.Context(), s, kid); err != nil || key == nil {
		t.Errorf("key %q: got %v, %v, want the key", kid, key, err)
	}
}

func mustFail(t *testing.T, s *Set, kid any, want error) {
	t.Helper()
	if key, err := find(t.Context(), s, kid); !errors.Is(err, want) || key != nil {
		t.Errorf("key %v: got %v, %v, want error %v", kid, key, err, want)
	}
}

func failFirst(res *http.Response, err error) func(int) (*http.Response, error) {
	return func(fetch int) (*http.Response, error) {
		if fetch == 1 {
			return res, err
		}
		return nil, nil
	}
}

func always(status int, body string) func(int) (*http.Response, error) {
	return func(int) (*http.Response, error) { return httpResponse(status, body, nil), nil }
}
