package iap

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/keys"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

const (
	issuer = "https://cloud.google.com/iap"
	// assertionLifetime is the longest that Google documents.
	assertionLifetime = 10 * time.Minute
	// accountPrefix prefixes identities of Google accounts, in sub and in the unsigned headers.
	accountPrefix = "accounts.google.com:"
)

// Claims returns the claims of an assertion about a person, issued now. Tests change some of them
// before they have them signed by Assertion.
func (p *Proxy) Claims(email string) jwt.MapClaims {
	now := p.world.Now()
	claims := jwt.MapClaims{
		"iss":             issuer,
		"aud":             p.options.Audience,
		"azp":             p.options.Audience,
		"sub":             accountPrefix + world.ID(email),
		"email":           email,
		"identity_source": "GOOGLE",
		"iat":             now.Unix(),
		"exp":             now.Add(assertionLifetime).Unix(),
	}
	if _, domain, ok := strings.Cut(email, "@"); ok && domain != "gmail.com" {
		claims["hd"] = domain
	}
	return claims
}

// Assertion signs claims as they are, with the key that the proxy uses itself.
func (p *Proxy) Assertion(claims jwt.Claims) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encoding an assertion: %w", err)
	}
	_, token, err := p.options.Key.Sign(payload)
	return token, err
}

// Keys serves the proxy's public keys as www.gstatic.com does: the JWK set at
// /iap/verify/public_key-jwk.
func Keys(key *keys.Ring) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /iap/verify/public_key-jwk", key)
	return mux
}
