package eligibility

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
)

// Evidence is why somebody is entitled: the resource that the eligible binding stands on, the
// binding's digest, and the member that matched. It is looked up again whenever it matters.
type Evidence struct {
	Resource, Digest string
	Member           Principal
}

// EvidenceOf is what a binding, whose condition says this, shows for a member that it names.
func EvidenceOf(b BindingAt, eligible Eligible, member Principal) Evidence {
	return Evidence{Resource: b.Resource, Digest: digest(b.Resource, b.Binding.Role, eligible), Member: member}
}

// digest stands for what an eligible binding grants: resource, role, constraint, resource condition
// and terms. Members, title and free text are no part of it, so they can change while somebody
// fills in a form.
func digest(resource, role string, eligible Eligible) string {
	terms := ""
	if eligible.Terms {
		terms = "unread"
	}
	expression := eligible.Constraint.Marker()
	if eligible.ResourceCondition != "" {
		expression += " && (" + eligible.ResourceCondition + ")"
	}
	sum := sha256.Sum256(lengthPrefixed(nil, resource, role, expression, terms))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// lengthPrefixed appends texts so that no two lists of texts come out the same.
func lengthPrefixed(to []byte, fields ...string) []byte {
	size := len(to)
	for _, s := range fields {
		size += binary.MaxVarintLen16 + len(s)
	}
	to = slices.Grow(to, size-len(to))
	for _, s := range fields {
		to = binary.AppendUvarint(to, uint64(len(s)))
		to = append(to, s...)
	}
	return to
}

// digestLength is that of 32 bytes in base64url.
const digestLength = 43

// valid is true for evidence that an entitlement can have, and for none at all.
func (e Evidence) valid() bool {
	if e == (Evidence{}) {
		return true
	}
	member, err := ParsePrincipal(e.Member.String())
	return err == nil && member == e.Member && len(e.Digest) == digestLength && consistsOf(e.Digest, letters+digits+"_-") &&
		ResourceName(e.Resource)
}

const (
	lowerCase = "abcdefghijklmnopqrstuvwxyz"
	letters   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + lowerCase
	digits    = "0123456789"
)

// consistsOf is true for a text that has characters, and only these.
func consistsOf(text, these string) bool {
	return text != "" && strings.Trim(text, these) == ""
}
