// Package identity knows who is asking: it reads the assertion that Identity-Aware Proxy adds to
// each request, and trusts nothing else.
//
// An Identity stands only for a person with a Google account, whom Google's proxy signed in for one
// of the expected audiences within the last minutes. Everything else is refused with an Error that
// says why: other signatures and algorithms, other issuers, other audiences, service accounts,
// external identities, and the headers that anybody could have written.
package identity

import (
	"context"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/keyset"
)

const (
	// Header carries the assertion. The proxy strips it from what clients send.
	Header = "X-Goog-Iap-Jwt-Assertion"
	// KeysURL is where the proxy's keys are published.
	KeysURL = "https://www.gstatic.com/iap/verify/public_key-jwk"

	issuer = "https://cloud.google.com/iap"

	// Leeway is how far the proxy's clock and ours may differ, and maxLifetime the longest
	// assertion that Google documents: 10 minutes and twice that.
	leeway      = 30 * time.Second
	maxLifetime = 10*time.Minute + 2*leeway

	// maxAssertion is several times what the proxy sends.
	maxAssertion = 8 << 10
)

// Identity is a person who was signed in by Google.
type Identity struct {
	Email        string   // lower-case ASCII
	Subject      string   // "accounts.google.com:" and the account's number, which never changes
	HostedDomain string   // the Workspace domain, "" for a consumer account
	Device       string   // id of the device, where endpoint verification is on
	AccessLevels []string // access levels that the request fulfilled, as they were named
}

// Verifier reads assertions. It needs Keys, and Audiences or Project: with neither of the two it
// refuses everybody. It is safe for concurrent use.
type Verifier struct {
	// Keys are those that are published at KeysURL.
	Keys *keyset.Set
	// Audiences are the backends that the portal stands behind, for example
	// /projects/NUMBER/locations/REGION/services/NAME. One must match exactly.
	Audiences []string
	// Project is a project's number. Where it is set, every backend of that project is an expected
	// audience: IAP_VERIFY_AUDIENCE=false.
	Project string
	// Clock is time.Now where it is nil.
	Clock func() time.Time
}

// Verify returns who sent the request. Every error is an *Error. It asks the network only for keys
// that it does not know yet, for as long as ctx lasts.
func (v Verifier) Verify(ctx context.Context, r *http.Request) (Identity, error) {
	assertion, err := assertionHeader(r)
	if err != nil {
		return Identity{}, err
	}
	var c claims
	if _, err := v.parser().ParseWithClaims(assertion, &c, v.Keys.Keyfunc(ctx)); err != nil {
		return Identity{}, explain(err)
	}
	if err := v.checkAudience(c); err != nil {
		return Identity{}, err
	}
	return c.identity()
}

func assertionHeader(r *http.Request) (string, error) {
	values := r.Header.Values(Header)
	switch {
	case len(values) == 0, len(values) == 1 && values[0] == "":
		return "", &Error{Reason: Missing}
	case len(values) > 1, len(values[0]) > maxAssertion:
		return "", &Error{Reason: Malformed}
	}
	return values[0], nil
}

// parser returns a parser that checks the signature, and then the claims that every token has.
func (v Verifier) parser() *jwt.Parser {
	clock := v.Clock
	if clock == nil {
		clock = time.Now
	}
	return jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}),
		jwt.WithStrictDecoding(),
		jwt.WithIssuer(issuer),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(clock),
	)
}
