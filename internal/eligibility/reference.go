package eligibility

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"unicode/utf8"
)

// Reference travels in forms: which entitlement is meant, and an unsigned hint of its evidence. It
// proves nothing; whoever receives one looks the evidence up again, and the hint only says where to
// look first.
type Reference struct {
	Role, ResourceCondition string
	Constraint              Constraint
	// Hint may be the zero value.
	Hint Evidence
}

const (
	// maxReference is how long a reference can be, in characters.
	maxReference = 4096
	// maxRole leaves room for the longest resource condition; Google's names of roles have at most
	// 100 characters or so.
	maxRole = 512
	// referenceVersion is the first byte of every reference.
	referenceVersion = 1
	referenceFields  = 7
)

var errReference = errors.New("this is not a reference to an entitlement")

// Reference of the entitlement, with its evidence as the hint.
func (e Entitlement) Reference() Reference {
	return Reference{Role: e.Role, ResourceCondition: e.ResourceCondition, Constraint: e.Constraint, Hint: e.Evidence}
}

// Matches tells whether an entitlement is of the role, resource condition and constraint that is
// meant.
func (r Reference) Matches(e Entitlement) bool {
	return e.Role == r.Role && e.ResourceCondition == r.ResourceCondition && e.Constraint == r.Constraint
}

// Names tells whether an entitlement stands on the very binding that the hint names; where it names
// none, all that match do.
func (r Reference) Names(e Entitlement) bool {
	return r.Matches(e) && (r.Hint.Digest == "" || e.Evidence.Digest == r.Hint.Digest)
}

// Find returns the entitlement that is meant: the one that the hint names, if it is open, or else
// the first that matches, so that a form still works when the binding that it was made for has been
// replaced. The entitlements are in the order of Entitlements, so that the first is the best.
func (r Reference) Find(all []Entitlement) (Entitlement, bool) {
	i := slices.IndexFunc(all, func(e Entitlement) bool { return r.Names(e) && e.Closed == "" })
	if i < 0 {
		i = slices.IndexFunc(all, r.Matches)
	}
	if i < 0 {
		return Entitlement{}, false
	}
	return all[i], true
}

// Encode is the reference as URL-safe text of at most 4,096 characters, or "" for a reference that
// ParseReference would refuse; entitlements with such a reference are closed.
func (r Reference) Encode() string {
	if !r.isEncodable() {
		return ""
	}
	b := lengthPrefixed([]byte{referenceVersion},
		r.Role, r.ResourceCondition, string(r.Constraint),
		r.Hint.Resource, r.Hint.Digest, string(r.Hint.Member.Kind), r.Hint.Member.Email)
	return base64.RawURLEncoding.EncodeToString(b)
}

// encodedLength is the length of the text that Encode makes.
func (r Reference) encodedLength() int {
	bytes := 1
	for _, field := range []string{r.Role, r.ResourceCondition, string(r.Constraint), r.Hint.Resource, r.Hint.Digest, string(r.Hint.Member.Kind), r.Hint.Member.Email} {
		bytes += varintLength(len(field)) + len(field)
	}
	return base64.RawURLEncoding.EncodedLen(bytes)
}

// varintLength is how many bytes a number takes; see binary.AppendUvarint.
func varintLength(n int) int {
	length := 1
	for ; n >= 0x80; n >>= 7 {
		length++
	}
	return length
}

// isEncodable is true for references that Encode makes a text of.
func (r Reference) isEncodable() bool { return r.valid() && r.encodedLength() <= maxReference }

// ParseReference reads exactly what Encode writes.
func ParseReference(s string) (Reference, error) {
	if len(s) > maxReference {
		return Reference{}, errReference
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) == 0 || b[0] != referenceVersion {
		return Reference{}, errReference
	}
	f, ok := cutFields(b[1:], referenceFields)
	if !ok {
		return Reference{}, errReference
	}
	r := Reference{Role: f[0], ResourceCondition: f[1], Constraint: Constraint(f[2])}
	r.Hint = Evidence{Resource: f[3], Digest: f[4], Member: Principal{Kind: PrincipalKind(f[5]), Email: f[6]}}
	if r.Encode() != s {
		return Reference{}, errReference
	}
	return r, nil
}

// valid is true for references that entitlements can have.
func (r Reference) valid() bool {
	return len(r.Role) <= maxRole && consistsOf(r.Role, letters+digits+"_.:/-") && r.Constraint.Marker() != "" && r.Hint.valid() &&
		utf8.ValidString(r.ResourceCondition)
}

// cutFields is the opposite of lengthPrefixed, for n texts and nothing behind them.
func cutFields(b []byte, n int) ([]string, bool) {
	fields := make([]string, 0, n)
	for range n {
		length, used := binary.Uvarint(b)
		if used <= 0 || length > uint64(len(b)-used) {
			return nil, false
		}
		b = b[used:]
		fields = append(fields, string(b[:length]))
		b = b[length:]
	}
	return fields, len(b) == 0
}
