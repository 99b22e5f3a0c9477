package identity

import (
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

const (
	accountPrefix        = "accounts.google.com:" // prefix of the subject of a Google account
	googleSource         = "GOOGLE"               // identity_source of the same
	serviceAccountSuffix = "gserviceaccount.com"  // end of the address of every service account
	maxAddress           = 254                    // an address, RFC 5321 section 4.5.3.1.3
)

// claims are the claims of an assertion that are read.
type claims struct {
	jwt.RegisteredClaims
	Email          string `json:"email"`
	HostedDomain   string `json:"hd"`
	IdentitySource string `json:"identity_source"`
	External       any    `json:"gcip"`
	Google         struct {
		AccessLevels []string `json:"access_levels"`
		Device       string   `json:"device_id"`
	} `json:"google"`
}

// Validate is called by the parser after the signature was checked, beside its own checks.
func (c *claims) Validate() error {
	if c.ExpiresAt == nil {
		return errNoExpiry
	}
	if c.IssuedAt == nil {
		return errLifetime
	}
	if lifetime := c.ExpiresAt.Sub(c.IssuedAt.Time); lifetime < 0 || lifetime > maxLifetime {
		return errLifetime
	}
	return nil
}

// checkAudience refuses any but exactly one audience that is expected.
func (v Verifier) checkAudience(c claims) error {
	if len(c.Audience) == 1 && v.expects(c.Audience[0]) {
		return nil
	}
	seen := strings.Join(c.Audience, " ")
	return &Error{Reason: WrongAudience, Audience: seen[:min(len(seen), maxAddress)]}
}

func (v Verifier) expects(audience string) bool {
	if audience == "" {
		return false
	}
	if slices.Contains(v.Audiences, audience) {
		return true
	}
	return v.Project != "" && strings.HasPrefix(audience, "/projects/"+v.Project+"/")
}

// identity returns the person whom the claims are about. Whoever is no person is refused.
func (c *claims) identity() (Identity, error) {
	email := strings.ToLower(c.Email)
	switch { // checks c.Email: letters beyond ASCII may have a lower case in ASCII
	case !strings.HasPrefix(c.Subject, accountPrefix), len(c.Subject) == len(accountPrefix),
		c.IdentitySource != "" && c.IdentitySource != googleSource,
		c.External != nil,
		!isPersonAddress(c.Email),
		strings.HasSuffix(email, serviceAccountSuffix):
		return Identity{}, &Error{Reason: NotAPerson}
	}
	return Identity{
		Email:        email,
		Subject:      c.Subject,
		HostedDomain: c.HostedDomain,
		Device:       c.Google.Device,
		AccessLevels: c.Google.AccessLevels,
	}, nil
}

// isPersonAddress accepts the addresses that IAM accepts for people: one @ with something on both
// sides, printable ASCII, and no colon or slash, which prefix the identities of other providers
// ("securetoken.google.com/PROJECT:mail"). ASCII alone has one lower case only.
func isPersonAddress(email string) bool {
	local, domain, ok := strings.Cut(email, "@")
	forbidden := func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`:/,;<>"\`, r) }
	return ok && local != "" && domain != "" && len(email) <= maxAddress &&
		!strings.Contains(domain, "@") && !strings.ContainsFunc(email, forbidden)
}
