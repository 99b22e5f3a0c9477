package keyset

import (
	"crypto/rsa"
	"errors"

	"github.com/golang-jwt/jwt/v5"
)

// Fault is why a token was not believed.
type Fault int

const (
	// Other is whatever has no name here. A token that is not understood is not believed.
	Other          Fault = iota
	Unavailable          // the keys cannot be read: nothing is known about the token
	Critical             // it asks for an extension that we do not know
	UnknownKey           // signed by a key that is not published
	Malformed            // no token at all
	BadSignature         // not signed by the key that it names
	WrongAlgorithm       // signed by another algorithm than the expected one, or not at all
	Expired
	NotYetValid
	WrongIssuer // or a claim that is missing
)

// FaultOf reads the error that parsing a token by a Set's keys ended with. It may wrap several; the
// first in this order counts. Faults of claims stand last: the library looks at claims only behind
// a good signature.
func FaultOf(err error) Fault {
	for _, known := range []struct {
		err   error
		fault Fault
	}{
		{ErrUnavailable, Unavailable},
		{errCritical, Critical},
		{ErrUnknownKey, UnknownKey},
		{jwt.ErrTokenMalformed, Malformed},
		{jwt.ErrECDSAVerification, BadSignature},
		{rsa.ErrVerification, BadSignature},
		{jwt.ErrInvalidKeyType, BadSignature},
		{jwt.ErrTokenSignatureInvalid, WrongAlgorithm}, // without one of the three above
		{jwt.ErrTokenUnverifiable, WrongAlgorithm},
		{jwt.ErrTokenExpired, Expired},
		{jwt.ErrTokenUsedBeforeIssued, NotYetValid},
		{jwt.ErrTokenNotValidYet, NotYetValid},
		{jwt.ErrTokenInvalidIssuer, WrongIssuer},
		{jwt.ErrTokenRequiredClaimMissing, WrongIssuer},
	} {
		if errors.Is(err, known.err) {
			return known.fault
		}
	}
	return Other
}
