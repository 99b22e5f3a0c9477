package identity

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

func TestVerify_RefusesForgeries(t *testing.T) {
	t.Parallel()
	p, mallory := newProxy(t), newProxy(t)
	good := p.assertionWith(nil)
	parts := strings.Split(good, ".")
	public, err := x509.MarshalPKIXPublicKey(&p.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	signature := func(b ...byte) string {
		return parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(b)
	}
	whole, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	bob := base64.RawURLEncoding.EncodeToString([]byte(`{"email":"bob@example.com"}`))
	tests := map[string]struct {
		assertion string
		want      Reason
	}{
		"signed by somebody else":      {mallory.assertionWith(nil), BadSignature},
		"other claims, same signature": {parts[0] + "." + bob + "." + parts[2], BadSignature},
		"algorithm none":               {p.sign(jwt.SigningMethodNone, object{}, aliceClaims(), jwt.UnsafeAllowNoneSignatureType), WrongAlgorithm},
		"HS256 with the public key":    {p.sign(jwt.SigningMethodHS256, object{}, aliceClaims(), public), WrongAlgorithm},
		"RS256 of a published key":     {p.sign(jwt.SigningMethodRS256, object{"kid": rsaKeyID}, aliceClaims(), p.rsa), WrongAlgorithm},
		"ES256 by the id of RSA's":     {p.sign(jwt.SigningMethodES256, object{"kid": rsaKeyID}, aliceClaims(), p.key), BadSignature},
		"an algorithm nobody knows":    {p.sign(jwt.SigningMethodES256, object{"alg": "ES999"}, aliceClaims(), p.key), WrongAlgorithm},
		"without algorithm":            {p.sign(jwt.SigningMethodES256, object{"alg": nil}, aliceClaims(), p.key), WrongAlgorithm},
		"unknown key":                  {p.sign(jwt.SigningMethodES256, object{"kid": "other"}, aliceClaims(), p.key), UnknownKey},
		"without key id":               {p.sign(jwt.SigningMethodES256, object{"kid": nil}, aliceClaims(), p.key), UnknownKey},
		"critical extension":           {p.sign(jwt.SigningMethodES256, object{"crit": []string{"exp"}}, aliceClaims(), p.key), Critical},
		"empty list of extensions":     {p.sign(jwt.SigningMethodES256, object{"crit": []string{}}, aliceClaims(), p.key), Critical},
		"signature of 63 bytes":        {signature(whole[:63]...), BadSignature},
		"signature of 65 bytes":        {signature(append(whole[:64:64], 0)...), BadSignature},
		"signature of 10 bytes":        {signature(whole[:10]...), BadSignature},
		"signature of 0 bytes":         {signature(), BadSignature},
		"signature of zeros":           {signature(make([]byte, 64)...), BadSignature},
		"truncated":                    {good[:len(good)/2], Malformed},
		"two parts":                    {parts[0] + "." + parts[1], Malformed},
		"four parts":                   {good + ".x", Malformed},
		"two in one":                   {good + ", " + good, Malformed},
		"padded":                       {good + "=", Malformed},
		"claims are null":              {parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte("null")) + "." + parts[2], BadSignature},
		"not a token":                  {"alice@example.com", Malformed},
		"over-long":                    {strings.Repeat("a", 16<<10), Malformed},
		"over-long but signed":         {p.assertionWith(object{"more": strings.Repeat("a", 16<<10)}), Malformed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkRefused(t, p.verifier(), requestWith(tt.assertion), tt.want)
		})
	}
}

func FuzzVerify(f *testing.F) {
	p := newProxy(f)
	v := p.verifier()
	good := p.assertionWith(nil)
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add(good[:strings.LastIndexByte(good, '.')+1])
	f.Add("e30.bnVsbA.")
	f.Add("eyJhbGciOiJFUzI1NiIsImtpZCI6ImlhcC0xIn0.e30.AAAA")
	f.Add("..")
	f.Fuzz(func(t *testing.T, assertion string) {
		r := &http.Request{Header: http.Header{Header: {assertion}}}
		got, err := v.Verify(t.Context(), r)
		if _, ok := errors.AsType[*Error](err); err != nil && !ok {
			t.Errorf("got %v, want an *Error", err)
		}
		if err == nil && assertion != good { // the signature's last bits are checked too
			t.Errorf("%q passed as %v", assertion, got)
		}
	})
}
