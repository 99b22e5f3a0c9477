package keyset

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
)

const (
	minModulus   = 2048 // bits; NIST SP 800-131A forbids shorter ones
	maxModulus   = 8192 // bits; a longer one only costs time
	maxExponent  = 1<<31 - 1
	p256Size     = 32
	uncompressed = 4 // first byte of an uncompressed point, SEC 1 section 2.3.3
)

// jwk has the members of RFC 7517 and RFC 7518 that a public signing key needs.
type jwk struct {
	Type      string `json:"kty"`
	ID        string `json:"kid"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	Y         string `json:"y"`
	Modulus   string `json:"n"`
	Exponent  string `json:"e"`
}

// parseKeys reads a key set. Keys that cannot be used are passed over, as RFC 7517 section 5 asks;
// a set without any that can is an error.
func parseKeys(body []byte) (map[string]crypto.PublicKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("reading the key set: %w", err)
	}
	keys := make(map[string]crypto.PublicKey, len(set.Keys))
	seen := make(map[string]bool, len(set.Keys))
	for _, raw := range set.Keys {
		var k jwk
		if json.Unmarshal(raw, &k) != nil || k.ID == "" || len(k.ID) > maxKeyID {
			continue
		}
		if seen[k.ID] { // two keys of one id: neither can be told from the other
			delete(keys, k.ID)
			continue
		}
		seen[k.ID] = true
		if key, err := k.publicKey(); err == nil {
			keys[k.ID] = key
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("the key set holds no key that can be used")
	}
	return keys, nil
}

func (k jwk) publicKey() (crypto.PublicKey, error) {
	if k.Use != "" && k.Use != "sig" {
		return nil, errors.New("not a signing key")
	}
	switch {
	case k.Type == "EC" && k.Curve == "P-256" && (k.Algorithm == "" || k.Algorithm == "ES256"):
		return k.p256()
	case k.Type == "RSA" && (k.Algorithm == "" || k.Algorithm == "RS256"):
		return k.rsa()
	}
	return nil, errors.New("not a key of P-256 or RSA")
}

func (k jwk) p256() (crypto.PublicKey, error) {
	x, errX := base64.RawURLEncoding.DecodeString(k.X)
	y, errY := base64.RawURLEncoding.DecodeString(k.Y)
	if err := errors.Join(errX, errY); err != nil {
		return nil, err
	}
	if len(x) != p256Size || len(y) != p256Size {
		return nil, errors.New("coordinates are not 32 bytes long")
	}
	point := append([]byte{uncompressed}, x...)
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(point, y...))
}

func (k jwk) rsa() (crypto.PublicKey, error) {
	n, errN := base64.RawURLEncoding.DecodeString(k.Modulus)
	e, errE := base64.RawURLEncoding.DecodeString(k.Exponent)
	if err := errors.Join(errN, errE); err != nil {
		return nil, err
	}
	modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
	if bits := modulus.BitLen(); bits < minModulus || bits > maxModulus || modulus.Bit(0) == 0 {
		return nil, errors.New("the modulus is too short, too long or even")
	}
	if !exponent.IsInt64() || exponent.Int64() < 3 || exponent.Int64() > maxExponent || exponent.Bit(0) == 0 {
		return nil, errors.New("the exponent is too small, too large or even")
	}
	return &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}, nil
}
