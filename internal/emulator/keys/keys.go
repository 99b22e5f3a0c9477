// Package keys holds the key pairs of one issuer of signed tokens.
//
// It signs with the newest pair, and publishes that and the one before it, so that tokens that were
// signed just before a rotation still verify. Private keys never leave the package. It checks
// nothing of what it signs.
package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"sync"

	"github.com/golang-jwt/jwt/v5"
)

const (
	rsaBits   = 2048
	published = 2
)

// Ring is the key pairs of one issuer. Its first pair is made when it is first used. It is safe for
// concurrent use, and serves its JWK set.
type Ring struct {
	method   jwt.SigningMethod
	generate func() (crypto.Signer, jwk, error)
	idBytes  int

	mu    sync.Mutex
	pairs []pair // newest first
}

// jwk is a public key as RFC 7517 writes it.
type jwk map[string]string

type pair struct {
	private crypto.Signer
	public  jwk
}

// RS256 returns the ring of an issuer that signs as service accounts do, under ids of 40
// characters.
func RS256() *Ring { return &Ring{method: jwt.SigningMethodRS256, generate: newRSA, idBytes: 20} }

// ES256 returns the ring of an issuer that signs as Identity-Aware Proxy does, under ids of 6
// characters.
func ES256() *Ring { return &Ring{method: jwt.SigningMethodES256, generate: newP256, idBytes: 3} }

// Rotate makes a new pair sign from now on. The pair before it stays published until the next
// rotation.
func (r *Ring) Rotate() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rotate()
}

func (r *Ring) rotate() error {
	private, public, err := r.generate()
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	id := make([]byte, r.idBytes)
	rand.Read(id)
	public["alg"], public["use"], public["kid"] = r.method.Alg(), "sig", hex.EncodeToString(id)
	r.pairs = slices.Insert(r.pairs, 0, pair{private, public})
	r.pairs = r.pairs[:min(len(r.pairs), published)]
	return nil
}

// current returns the published pairs, the signing one first.
func (r *Ring) current() ([]pair, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.pairs) == 0 {
		if err := r.rotate(); err != nil {
			return nil, err
		}
	}
	return slices.Clone(r.pairs), nil
}

// Sign returns the payload, byte for byte, as a compact token, and the id of the key that signed
// it.
func (r *Ring) Sign(payload []byte) (id, token string, err error) {
	pairs, err := r.current()
	if err != nil {
		return "", "", err
	}
	id = pairs[0].public["kid"]
	header, err := json.Marshal(map[string]string{"alg": r.method.Alg(), "kid": id, "typ": "JWT"})
	if err != nil {
		return "", "", fmt.Errorf("encoding the header of a token: %w", err)
	}
	text := encode(header) + "." + encode(payload)
	signature, err := r.method.Sign(text, pairs[0].private)
	if err != nil {
		return "", "", fmt.Errorf("signing a token: %w", err)
	}
	return id, text + "." + encode(signature), nil
}

// ServeHTTP serves the JWK set of the published keys.
func (r *Ring) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	pairs, err := r.current()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	var set struct {
		Keys []jwk `json:"keys"`
	}
	for _, p := range pairs {
		set.Keys = append(set.Keys, p.public)
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_ = json.NewEncoder(w).Encode(set) // fails only if the client is gone
}

func newRSA() (crypto.Signer, jwk, error) {
	private, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return nil, nil, err
	}
	exponent := big.NewInt(int64(private.E)).Bytes()
	return private, jwk{"kty": "RSA", "n": encode(private.N.Bytes()), "e": encode(exponent)}, nil
}

func newP256() (crypto.Signer, jwk, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	point, err := private.PublicKey.Bytes() // 0x04, then x and y of 32 bytes each
	if err != nil {
		return nil, nil, err
	}
	return private, jwk{"kty": "EC", "crv": "P-256", "x": encode(point[1:33]), "y": encode(point[33:])}, nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
