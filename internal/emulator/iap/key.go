package iap

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/golang-jwt/jwt/v5"
)

// published is how many key pairs the key set shows: the one that signs and the one before it.
const published = 2

// Key signs assertions and publishes its public half. All proxies of one emulator share a Key, as all of Google's do.
// The zero value is ready: the first use generates a pair. It is safe for concurrent use.
type Key struct {
	mu    sync.Mutex
	pairs []pair // newest first
}

type pair struct {
	id      string
	private *ecdsa.PrivateKey
}

// Rotate makes a new pair sign from now on. The pair before it stays published until the next rotation, so that
// assertions on their way still verify.
func (k *Key) Rotate() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.rotate()
}

func (k *Key) rotate() error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("generating a P-256 key: %w", err)
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		return fmt.Errorf("encoding a P-256 key: %w", err)
	}
	sum := sha1.Sum(point)
	k.pairs = append([]pair{{id: hex.EncodeToString(sum[:3]), private: private}}, k.pairs...)
	k.pairs = k.pairs[:min(len(k.pairs), published)]
	return nil
}

// current returns the pairs that are published, the signing one first.
func (k *Key) current() ([]pair, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.pairs) == 0 {
		if err := k.rotate(); err != nil {
			return nil, err
		}
	}
	return append([]pair(nil), k.pairs...), nil
}

// Sign returns the claims as a compact ES256 token that names its key. It checks nothing: a test signs what no proxy
// would.
func (k *Key) Sign(claims jwt.Claims) (string, error) {
	pairs, err := k.current()
	if err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	token.Header["kid"] = pairs[0].id
	signed, err := token.SignedString(pairs[0].private)
	if err != nil {
		return "", fmt.Errorf("signing an assertion: %w", err)
	}
	return signed, nil
}

// Keys serves what www.gstatic.com serves: the JWK set at /iap/verify/public_key-jwk.
func (k *Key) Keys() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /iap/verify/public_key-jwk", k.serve)
	return mux
}

func (k *Key) serve(w http.ResponseWriter, _ *http.Request) {
	set, err := k.set()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_ = json.NewEncoder(w).Encode(set) // a client that has gone away cannot be told
}

type jwk struct {
	Algorithm string `json:"alg"`
	Curve     string `json:"crv"`
	ID        string `json:"kid"`
	Type      string `json:"kty"`
	Use       string `json:"use"`
	X         string `json:"x"`
	Y         string `json:"y"`
}

func (k *Key) set() (map[string][]jwk, error) {
	pairs, err := k.current()
	if err != nil {
		return nil, err
	}
	keys := make([]jwk, 0, len(pairs))
	for _, p := range pairs {
		point, err := p.private.PublicKey.Bytes() // 0x04, then x and y of 32 bytes each
		if err != nil {
			return nil, fmt.Errorf("encoding a P-256 key: %w", err)
		}
		encode := base64.RawURLEncoding.EncodeToString
		keys = append(keys, jwk{"ES256", "P-256", p.id, "EC", "sig", encode(point[1:33]), encode(point[33:])})
	}
	return map[string][]jwk{"keys": keys}, nil
}
