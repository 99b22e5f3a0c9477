package keyset

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"testing"
)

func rsaJWK(id string, n *big.Int, e int64) map[string]any {
	return map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id,
		"n": base64.RawURLEncoding.EncodeToString(n.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(e).Bytes())}
}

func withMember(key map[string]any, name string, value any) map[string]any {
	key = maps.Clone(key)
	key[name] = value
	return key
}

func TestParse_TakesAndPassesOver(t *testing.T) {
	t.Parallel()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := ecJWK("good", &private.PublicKey)
	ec := ecJWK("k", &private.PublicKey)
	odd := func(bits uint) *big.Int {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		return n.SetBit(n, 0, 1)
	}
	tests := map[string]struct {
		key  any
		want bool
	}{
		"EC":                        {ec, true},
		"EC without use and alg":    {withMember(withMember(ec, "use", ""), "alg", ""), true},
		"EC for encryption":         {withMember(ec, "use", "enc"), false},
		"EC of another algorithm":   {withMember(ec, "alg", "ES384"), false},
		"EC of another curve":       {withMember(ec, "crv", "P-384"), false},
		"EC off the curve":          {withMember(ec, "y", ec["x"]), false},
		"EC short":                  {withMember(ec, "x", "AAAA"), false},
		"EC padded":                 {withMember(ec, "x", ec["x"].(string)+"="), false},
		"EC without y":              {withMember(ec, "y", ""), false},
		"without id":                {withMember(ec, "kid", ""), false},
		"id of another type":        {withMember(ec, "kid", 5), false},
		"symmetric":                 {map[string]any{"kty": "oct", "kid": "k", "k": "AAAA"}, false},
		"not an object":             {"k", false},
		"RSA":                       {rsaJWK("k", odd(2048), 65537), true},
		"RSA short":                 {rsaJWK("k", odd(2047), 65537), false},
		"RSA long":                  {rsaJWK("k", odd(8193), 65537), false},
		"RSA even":                  {rsaJWK("k", new(big.Int).Lsh(big.NewInt(1), 2047), 65537), false},
		"RSA exponent one":          {rsaJWK("k", odd(2048), 1), false},
		"RSA exponent even":         {rsaJWK("k", odd(2048), 4), false},
		"RSA exponent long":         {rsaJWK("k", odd(2048), 1<<31+1), false},
		"RSA of another algorithm":  {withMember(rsaJWK("k", odd(2048), 65537), "alg", "PS256"), false},
		"RSA with a broken modulus": {withMember(rsaJWK("k", odd(2048), 65537), "n", "!"), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, err := json.Marshal(map[string]any{"keys": []any{tt.key, good}})
			if err != nil {
				t.Fatal(err)
			}
			keys, err := parseKeys(body)
			if err != nil || keys["good"] == nil {
				t.Fatalf("got %v, %v, want at least the good key", keys, err)
			}
			if got := keys["k"] != nil; got != tt.want || len(keys) > 2 {
				t.Errorf("%s: taken %v, want %v, in %s", name, got, tt.want, body)
			}
		})
	}
}

func TestParse_ReadsRSAKeyAsWritten(t *testing.T) {
	t.Parallel()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{"keys": []any{rsaJWK("k", private.N, int64(private.E))}})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := parseKeys(body)
	if err != nil || !private.PublicKey.Equal(keys["k"]) {
		t.Errorf("got %v, %v, want the key that was written", keys, err)
	}
}

func TestParse_TwoKeysOfOneIDAreNone(t *testing.T) {
	t.Parallel()
	one, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	two, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	body, err := json.Marshal(map[string]any{"keys": []any{
		ecJWK("twice", &one.PublicKey), ecJWK("twice", &two.PublicKey), ecJWK("once", &one.PublicKey)}})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := parseKeys(body)
	if err != nil || len(keys) != 1 || keys["once"] == nil {
		t.Errorf("got %v, %v, want only the key whose id is its own", keys, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":"AA","y":"AA"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"RSA","kid":"k","n":"AQAB","e":"AQAB"},null,7]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, body []byte) {
		keys, err := parseKeys(body)
		if (err == nil) != (len(keys) > 0) {
			t.Errorf("parse(%q): %d keys and error %v", body, len(keys), err)
		}
	})
}
