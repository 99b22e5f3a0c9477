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

// Signer signs a JSON text as the portal's own service account, as IAM
// Credentials does by signJwt, and returns the compact token.
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

// Sign returns a token that says exactly c, which a Redeemer of the same account
// believes until c.Expires. Claims that would not be read back as the same are
// an error before anything is signed. Whatever the signer answers is read before
// it is handed out: an answer that is no RS256 token with the same claims is an
// error.
func (m *Mint) Sign(ctx context.Context, c Claims) (string, error) {
	payload, err := write(c, m.account)
	if err != nil {
		return "", fmt.Errorf("writing a request: %w", err)
	}
	token, err := m.signer.SignJWT(ctx, payload)
	if err != nil {
		return "", fmt.Errorf("signing a request: %w", err)
	}
	if err := answers(token, payload); err != nil {
		return "", fmt.Errorf("reading the signed request: %w", err)
	}
	return token, nil
}

// answers says why a token is not what comes of signing the payload, or nil. It
// does not check the signature. Its errors quote nothing of the answer.
func answers(token, payload string) error {
	if !compact(token) {
		return errors.New("it is no token")
	}
	said := jwt.MapClaims{}
	t, _, err := jwt.NewParser(jwt.WithStrictDecoding()).ParseUnverified(token, said)
	if err != nil {
		return errors.New("it is no token")
	}
	var asked jwt.MapClaims
	if err := json.Unmarshal([]byte(payload), &asked); err != nil {
		return err
	}
	kid, _ := t.Header["kid"].(string)
	_, critical := t.Header["crit"]
	switch {
	case t.Method.Alg() != jwt.SigningMethodRS256.Alg():
		return errors.New("it was signed by another algorithm than RS256")
	case kid == "", critical, len(t.Signature) < minSignature:
		return errors.New("nobody could verify its signature")
	case !reflect.DeepEqual(said, asked):
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

// NewRedeemer returns a redeemer of what the service account signed. The keys
// are those at KeysURL(account); the clock is time.Now where it is nil. Without
// an account it refuses everything.
func NewRedeemer(account string, keys *keyset.Set, clock func() time.Time) *Redeemer {
	if clock == nil {
		clock = time.Now
	}
	return &Redeemer{account: account, keys: keys, clock: clock}
}

// Redeem returns what a token says. Every error is an *Error, and the Claims
// beside it are empty, except with Expired: then the token was believable in
// everything else, and its Claims are returned, so that a page can say what has
// expired. Redeem asks the network only for keys that it does not know yet, for
// as long as ctx lasts. The same token can be redeemed any number of times.
func (r *Redeemer) Redeem(ctx context.Context, token string) (Claims, error) {
	if !compact(token) {
		return Claims{}, &Error{Reason: Malformed}
	}
	said := jwt.MapClaims{}
	if _, err := verifier.ParseWithClaims(token, said, r.keys.Keyfunc(ctx)); err != nil {
		return Claims{}, explain(err)
	}
	c, err := read(said, r.account)
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

// verifier checks algorithm and signature. The claims are read afterwards, all
// before the expiry: only so is an expired token known to be sound otherwise.
var verifier = jwt.NewParser(
	jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}),
	jwt.WithStrictDecoding(),
	jwt.WithoutClaimsValidation(),
)

// compact is true for texts of the characters that a token has. The decoder
// alone passes over line breaks, so that a token would have several spellings.
func compact(token string) bool {
	return len(token) <= maxToken && !strings.ContainsFunc(token, func(r rune) bool {
		return !urlSafe(r) && r != '.'
	})
}

// urlSafe is true for the alphabet of base64url, RFC 4648 section 5.
func urlSafe(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}
