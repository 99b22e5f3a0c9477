package request

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/keyset"
)

const (
	// leeway is how far the clocks of two instances may differ.
	leeway = 30 * time.Second
	// maxToken is several times what fits in a link.
	maxToken = 16 << 10
	// minSignature is that of the shortest key that a key set accepts, in bytes.
	minSignature = 256
)

// Signer signs a JSON text as the portal's own service account, as IAM Credentials does by signJwt,
// and returns the compact token.
type Signer interface {
	SignJWT(ctx context.Context, payload string) (string, error)
}

// Mint makes tokens. It is safe for concurrent use if its Signer is.
type Mint struct {
	account string
	signer  Signer
}

// NewMint returns the mint of a service account, for which the signer signs.
func NewMint(account string, s Signer) *Mint { return &Mint{account: account, signer: s} }

// Sign returns a token that says exactly c, which a Redeemer of the same account accepts until
// c.Expires. Claims that would be read back differently are refused before anything is signed. What
// the signer returns is checked: it is an error unless it is an RS256 token with the same claims.
func (m *Mint) Sign(ctx context.Context, c Claims) (string, error) {
	payload, err := encodePayload(c, m.account)
	if err != nil {
		return "", fmt.Errorf("writing a request: %w", err)
	}
	token, err := m.signer.SignJWT(ctx, payload)
	if err != nil {
		return "", fmt.Errorf("signing a request: %w", err)
	}
	if err := checkSigned(token, payload); err != nil {
		return "", fmt.Errorf("reading the signed request: %w", err)
	}
	return token, nil
}

// checkSigned returns an error unless the token holds the payload and could be verified. It does
// not check the signature. Its errors quote nothing of the token.
func checkSigned(token, payload string) error {
	if !hasTokenCharacters(token) {
		return errors.New("it is no token")
	}
	claims := jwt.MapClaims{}
	t, _, err := jwt.NewParser(jwt.WithStrictDecoding()).ParseUnverified(token, claims)
	if err != nil {
		return errors.New("it is no token")
	}
	var wanted jwt.MapClaims
	if err := json.Unmarshal([]byte(payload), &wanted); err != nil {
		return err
	}
	kid, _ := t.Header["kid"].(string)
	_, critical := t.Header["crit"]
	switch {
	case t.Method.Alg() != jwt.SigningMethodRS256.Alg():
		return errors.New("it was signed by another algorithm than RS256")
	case kid == "", critical, len(t.Signature) < minSignature:
		return errors.New("nobody could verify its signature")
	case !reflect.DeepEqual(claims, wanted):
		return errors.New("it says something else than was asked for")
	}
	return nil
}

// Redeemer reads tokens. It is safe for concurrent use.
type Redeemer struct {
	account string
	keys    *keyset.Set
	clock   func() time.Time
}

// NewRedeemer returns a redeemer of what the service account signed. The keys are those at
// KeysURL(account); the clock is time.Now where it is nil. Without an account it refuses
// everything.
func NewRedeemer(account string, keys *keyset.Set, clock func() time.Time) *Redeemer {
	if clock == nil {
		clock = time.Now
	}
	return &Redeemer{account: account, keys: keys, clock: clock}
}

// Redeem returns what a token says. Every error is an *Error, and the Claims beside it are empty,
// except with Expired: then everything else about the token is valid, and its Claims are returned,
// so that a page can say what has expired. Redeem asks the network only for keys that it does not
// know yet, for as long as ctx lasts. The same token can be redeemed any number of times.
func (r *Redeemer) Redeem(ctx context.Context, token string) (Claims, error) {
	if !hasTokenCharacters(token) {
		return Claims{}, &Error{Reason: Malformed}
	}
	claims := jwt.MapClaims{}
	if _, err := verifier.ParseWithClaims(token, claims, r.keys.Keyfunc(ctx)); err != nil {
		return Claims{}, explain(err)
	}
	c, err := decodePayload(claims, r.account)
	if err != nil {
		return Claims{}, err
	}
	now := r.clock()
	switch {
	case c.IssuedAt.After(now.Add(leeway)):
		return Claims{}, &Error{Reason: NotYetValid}
	case !now.Before(c.Expires):
		return c, &Error{Reason: Expired}
	}
	return c, nil
}

// verifier checks algorithm and signature. The claims are checked afterwards, the expiry last, so
// that an expired token is known to be valid in everything else.
var verifier = jwt.NewParser(
	jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}),
	jwt.WithStrictDecoding(),
	jwt.WithoutClaimsValidation(),
)

// hasTokenCharacters accepts texts of the characters that a token may have. The decoder would
// ignore line breaks, so that one token could be written in several ways.
func hasTokenCharacters(token string) bool {
	return len(token) <= maxToken && !strings.ContainsFunc(token, func(r rune) bool {
		return !urlSafe(r) && r != '.'
	})
}

// urlSafe accepts the alphabet of base64url, RFC 4648 section 5.
func urlSafe(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}
