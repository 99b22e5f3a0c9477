package identity

import (
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

const (
	people  = "accounts.google.com:" // prefix of the subject of a Google account
	google  = "GOOGLE"               // identity_source of the same
	robots  = "gserviceaccount.com"  // end of the address of every service account
	longest = 254                    // an address, RFC 5321 section 4.5.3.1.3
)

// claims are those of an assertion that we read.
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

// Validate is called by the parser after the signature was checked, beside its
// own checks.
func (c *claims) Validate() error {
	if c.ExpiresAt == nil {
		return errNoEnd
	}
	if c.IssuedAt == nil {
		return errLifetime
	}
	if lifetime := c.ExpiresAt.Sub(c.IssuedAt.Time); lifetime < 0 || lifetime > maxLifetime {
		return errLifetime
	}
	return nil
}

// checkAudience wants exactly one audience, and an expected one.
func (v Verifier) checkAudience(c claims) error {
	if len(c.Audience) == 1 && v.expects(c.Audience[0]) {
		return nil
	}
	seen := strings.Join(c.Audience, " ")
	return &Error{Reason: WrongAudience, Audience: seen[:min(len(seen), longest)]}
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

// person refuses whoever is none.
func (c *claims) person() (Identity, error) {
	email := strings.ToLower(c.Email)
	switch { // the address as it came: letters beyond ASCII may fold into it
	case !strings.HasPrefix(c.Subject, people), len(c.Subject) == len(people),
		c.IdentitySource != "" && c.IdentitySource != google,
		c.External != nil,
		!address(c.Email),
		strings.HasSuffix(email, robots):
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

// address accepts what IAM takes for a person: one @ with something on both
// sides, printable ASCII, and no colon or slash, which prefix the identities of
// other providers ("securetoken.google.com/PROJECT:mail"). ASCII alone has one
// lower case only.
func address(email string) bool {
	local, domain, ok := strings.Cut(email, "@")
	odd := func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`:/,;<>"\`, r) }
	return ok && local != "" && domain != "" && len(email) <= longest &&
		!strings.Contains(domain, "@") && !strings.ContainsFunc(email, odd)
}
