package request

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

func TestRedeem_RefusesForgeries(t *testing.T) {
	t.Parallel()
	g := newGoogle()
	good := g.token(ourPayload())
	parts := strings.Split(good, ".")
	whole, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&portalKey().PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	by := func(method jwt.SigningMethod, header object, key any) string {
		token := jwt.NewWithClaims(method, jwt.MapClaims(ourPayload()))
		token.Header = with(object{"alg": method.Alg(), "kid": "key-1", "typ": "JWT"}, header)
		s, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	signature := func(b ...byte) string {
		return parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(b)
	}
	bobs := base64.RawURLEncoding.EncodeToString([]byte(encode(with(ourPayload(), object{"beneficiary": "bob@example.com"}))))
	own := object{"kty": "RSA", "alg": "RS256", "e": "AQAB", "n": base64.RawURLEncoding.EncodeToString(malloryKey().N.Bytes())}
	tests := map[string]struct {
		token string
		want  Reason
	}{
		"signed again by somebody else":  {by(jwt.SigningMethodRS256, nil, malloryKey()), BadSignature},
		"signed by a key that it brings": {by(jwt.SigningMethodRS256, object{"jwk": own}, malloryKey()), BadSignature},
		"other claims, same signature":   {parts[0] + "." + bobs + "." + parts[2], BadSignature},
		"algorithm none":                 {by(jwt.SigningMethodNone, nil, jwt.UnsafeAllowNoneSignatureType), WrongAlgorithm},
		"algorithm None, signed":         {by(jwt.SigningMethodRS256, object{"alg": "None"}, portalKey()), WrongAlgorithm},
		"HS256 with the public key":      {by(jwt.SigningMethodHS256, nil, public), WrongAlgorithm},
		"HS256 with the public PEM":      {by(jwt.SigningMethodHS256, nil, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})), WrongAlgorithm},
		"ES256":                          {by(jwt.SigningMethodES256, nil, curve), WrongAlgorithm},
		"RS512 by the portal's key":      {by(jwt.SigningMethodRS512, nil, portalKey()), WrongAlgorithm},
		"PS256 by the portal's key":      {by(jwt.SigningMethodPS256, nil, portalKey()), WrongAlgorithm},
		"an algorithm nobody knows":      {by(jwt.SigningMethodRS256, object{"alg": "RS999"}, portalKey()), WrongAlgorithm},
		"without algorithm":              {by(jwt.SigningMethodRS256, object{"alg": nil}, portalKey()), WrongAlgorithm},
		"unknown key":                    {by(jwt.SigningMethodRS256, object{"kid": "key-0"}, portalKey()), UnknownKey},
		"without key id":                 {by(jwt.SigningMethodRS256, object{"kid": nil}, portalKey()), UnknownKey},
		"critical extension":             {by(jwt.SigningMethodRS256, object{"crit": []string{"exp"}}, portalKey()), Critical},
		"empty list of extensions":       {by(jwt.SigningMethodRS256, object{"crit": []string{}}, portalKey()), Critical},
		"critical is null":               {by(jwt.SigningMethodRS256, object{"crit": (*int)(nil)}, portalKey()), Critical},
		"signature of 255 bytes":         {signature(whole[:255]...), BadSignature},
		"signature of 257 bytes":         {signature(append(whole[:256:256], 0)...), BadSignature},
		"signature of 0 bytes":           {signature(), BadSignature},
		"signature of zeros":             {signature(make([]byte, 256)...), BadSignature},
		"one letter less":                {good[:len(good)-1], Malformed},
		"truncated in the signature":     {good[:len(good)-42], BadSignature},
		"truncated in the claims":        {good[:len(parts[0])+20], Malformed},
		"truncated in the header":        {good[:10], Malformed},
		"two parts":                      {parts[0] + "." + parts[1], Malformed},
		"four parts":                     {good + ".x", Malformed},
		"padded":                         {good + "==", Malformed},
		"a line break at the end":        {good + "\n", Malformed},
		"line breaks in the signature":   {good[:len(good)-8] + "\r\n" + good[len(good)-8:], Malformed},
		"obscured":                       {Obscure(good), Malformed},
		"nothing":                        {"", Malformed},
		"dots":                           {"..", Malformed},
		"not a token":                    {"alice@example.com", Malformed},
		"over-long":                      {strings.Repeat("a", maxToken+1), Malformed},
		"over-long but signed":           {g.token(with(ourPayload(), object{"more": strings.Repeat("a", maxToken)})), Malformed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkRefused(t, g.redeemer(now), tt.token, tt.want)
		})
	}
}
