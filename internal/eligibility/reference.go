package eligibility

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// Reference travels in forms: which entitlement is meant, and an unsigned hint of its evidence. It proves nothing;
// whoever receives one looks the evidence up again.
type Reference struct {
	Role, ResourceCondition string
	Constraint              Constraint
	Hint                    Evidence
}

// Reference of the entitlement, with its evidence as the hint.
func (e Entitlement) Reference() Reference {
	return Reference{Role: e.Role, ResourceCondition: e.ResourceCondition, Constraint: e.Constraint, Hint: e.Evidence}
}

const maxReference = 4096

// Encode is the reference as URL-safe text.
func (r Reference) Encode() string {
	b, err := json.Marshal(r)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseReference reads what Encode wrote.
func ParseReference(s string) (Reference, error) {
	if len(s) > maxReference {
		return Reference{}, errors.New("reading a reference: it is too long")
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return Reference{}, fmt.Errorf("reading a reference: %w", err)
	}
	var r Reference
	if err := json.Unmarshal(b, &r); err != nil {
		return Reference{}, fmt.Errorf("reading a reference: %w", err)
	}
	return r, nil
}
