package eligibility

import (
	"fmt"
	"strings"
)

// PrincipalKind is the type part of a principal, as IAM spells it.
type PrincipalKind string

const (
	// User is one person's Google account.
	User PrincipalKind = "user"
	// Group is a Google group, whose members are looked up elsewhere.
	Group PrincipalKind = "group"
)

// Principal is who an eligible binding can name: a user or a group. Its e-mail is lower-case, so
// that principals can be compared with ==. The zero value is no principal.
type Principal struct {
	Kind  PrincipalKind
	Email string
}

// maxEmail is the longest address that RFC 5321 allows for (64 + 1 + 255).
const maxEmail = 320

// ParsePrincipal reads a member of a binding. Only "user:" and "group:" are principals here; the
// type part is case-sensitive, as in IAM, and the address is folded to lower case. Everything else
// is an error: other types, deleted principals, and addresses that are not one plain ASCII address.
func ParsePrincipal(s string) (Principal, error) {
	kind, email, found := strings.Cut(s, ":")
	if !found {
		return Principal{}, fmt.Errorf("%q is not a principal: write user:ADDRESS or group:ADDRESS", s)
	}
	switch k := PrincipalKind(kind); k {
	case User, Group:
		if why := badEmail(email); why != "" {
			return Principal{}, fmt.Errorf("%q is not a principal: %s", s, why)
		}
		return Principal{Kind: k, Email: strings.ToLower(email)}, nil
	}
	return Principal{}, fmt.Errorf("%q is not a user or a group", s)
}

// String is the principal as IAM stores it, such as "user:alice@example.com"; "" for the zero
// value.
func (p Principal) String() string {
	if p == (Principal{}) {
		return ""
	}
	return string(p.Kind) + ":" + p.Email
}

// badEmail says why s is no address, or "". It is strict where a lenient reading could make two
// people one: no letters beyond ASCII, which fold in surprising ways, and no characters that other
// notations give a meaning.
func badEmail(s string) string {
	local, domain, found := strings.Cut(s, "@")
	switch {
	case len(s) > maxEmail:
		return fmt.Sprintf("the address has more than %d characters", maxEmail)
	case !found || local == "" || domain == "":
		return "it has no address of the form NAME@DOMAIN"
	case strings.Contains(domain, "@"):
		return "the address has more than one @"
	case strings.ContainsFunc(s, forbiddenInEmail):
		return "the address has a blank or another character that addresses do not have"
	}
	return ""
}

func forbiddenInEmail(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),:;<>?[\]`, r)
}
