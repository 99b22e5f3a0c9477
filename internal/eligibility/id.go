package eligibility

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"regexp"
)

// IDKind says how an activation came about.
type IDKind string

const (
	// SelfID is the kind of activations that their beneficiary approved.
	SelfID IDKind = "jit"
	// MultiPartyID is the kind of activations that a peer approved.
	MultiPartyID IDKind = "mpa"
)

const randomBytes = 12

var idPattern = regexp.MustCompile(`^(?:jit|mpa)-[A-Za-z0-9_-]{16}$`)

// NewID makes an activation id: the kind, a hyphen, and 12 bytes of random in 16 base64url
// characters. It fails when random runs dry, or for a kind that is not one of the constants.
func NewID(k IDKind, random io.Reader) (string, error) {
	if k != SelfID && k != MultiPartyID {
		return "", fmt.Errorf("making an activation id: unknown kind %q", k)
	}
	b := make([]byte, randomBytes)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("making an activation id: %w", err)
	}
	return string(k) + "-" + base64.RawURLEncoding.EncodeToString(b), nil
}

// ContentID makes an activation id from texts: the same ones make the same id, and others another.
func ContentID(k IDKind, texts ...string) string {
	sum := sha256.Sum256(lengthPrefixed(nil, texts...))
	return string(k) + "-" + base64.RawURLEncoding.EncodeToString(sum[:randomBytes])
}

// ValidID is true for exactly the texts that NewID can make. Check every id that comes in from
// outside.
func ValidID(s string) bool {
	return idPattern.MatchString(s)
}
