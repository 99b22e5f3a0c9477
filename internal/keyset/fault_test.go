package keyset

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestFaultOf_ReadsTheErrorsOfTheLibrary(t *testing.T) {
	t.Parallel()
	own, stranger := newKey(t), newKey(t)
	p := newPublisher(t, "a")
	p.key = &own.PublicKey
	now := time.Now()
	sound := jwt.MapClaims{"iss": "us", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
	but := func(claim string, value any) jwt.MapClaims {
		changed := jwt.MapClaims{}
		for k, v := range sound {
			changed[k] = v
		}
		if changed[claim] = value; value == nil {
			delete(changed, claim)
		}
		return changed
	}
	sign := func(method jwt.SigningMethod, key any, claims jwt.MapClaims, header map[string]any) string {
		token := jwt.NewWithClaims(method, claims)
		token.Header["kid"] = "a"
		for k, v := range header {
			token.Header[k] = v
		}
		text, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	es256 := jwt.SigningMethodES256
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"ES256"}), jwt.WithIssuer("us"), jwt.WithExpirationRequired(), jwt.WithIssuedAt())
	keys := p.keys(Options{}).Keyfunc(t.Context())
	for name, row := range map[string]struct {
		token string
		want  Fault
	}{
		"no token":             {"x", Malformed},
		"an extension":         {sign(es256, own, sound, map[string]any{"crit": []string{}}), Critical},
		"an unknown key":       {sign(es256, own, sound, map[string]any{"kid": "b"}), UnknownKey},
		"another's signature":  {sign(es256, stranger, sound, nil), BadSignature},
		"another algorithm":    {sign(jwt.SigningMethodHS256, []byte("x"), sound, nil), WrongAlgorithm},
		"no algorithm":         {sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, sound, nil), WrongAlgorithm},
		"an unknown algorithm": {sign(es256, own, sound, map[string]any{"alg": "ES999"}), WrongAlgorithm},
		"an end that is past":  {sign(es256, own, but("exp", now.Add(-time.Minute).Unix()), nil), Expired},
		"issued tomorrow":      {sign(es256, own, but("iat", now.Add(time.Hour).Unix()), nil), NotYetValid},
		"valid from tomorrow":  {sign(es256, own, but("nbf", now.Add(time.Hour).Unix()), nil), NotYetValid},
		"another issuer":       {sign(es256, own, but("iss", "them"), nil), WrongIssuer},
		"no issuer":            {sign(es256, own, but("iss", nil), nil), WrongIssuer},
	} {
		if _, err := parser.Parse(row.token, keys); err == nil || FaultOf(err) != row.want {
			t.Errorf("%s: %v is fault %d, want %d", name, err, FaultOf(err), row.want)
		}
	}
}

func TestFaultOf_ReturnsTheFirstOfSeveral(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		err  error
		want Fault
	}{
		{errors.New("whatever"), Other},
		{fmt.Errorf("%w: %w", jwt.ErrTokenSignatureInvalid, rsa.ErrVerification), BadSignature},
		{fmt.Errorf("%w: %w", jwt.ErrTokenUnverifiable, ErrUnknownKey), UnknownKey},
		{fmt.Errorf("%w: %w", jwt.ErrTokenUnverifiable, errCritical), Critical},
		{errors.Join(jwt.ErrTokenInvalidIssuer, jwt.ErrTokenExpired), Expired},
	} {
		if got := FaultOf(row.err); got != row.want {
			t.Errorf("%v is fault %d, want %d", row.err, got, row.want)
		}
	}
	p := newPublisher(t)
	p.fail = always(http.StatusServiceUnavailable, "")
	_, err := jwt.Parse("eyJhbGciOiJFUzI1NiIsImtpZCI6ImEifQ.e30.AAAA", p.keys(Options{}).Keyfunc(t.Context()))
	if FaultOf(err) != Unavailable {
		t.Errorf("%v is fault %d, want unavailable", err, FaultOf(err))
	}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
