package request

import (
	"crypto/rsa"
	"errors"

	"github.com/golang-jwt/jwt/v5"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/keyset"
)

// Reason is why a token was refused: a stable name for audit events.
type Reason string

const (
	Malformed       Reason = "malformed"        // not a token at all, or too long
	WrongAlgorithm  Reason = "algorithm"        // signed by another algorithm than RS256, or not at all
	Critical        Reason = "critical"         // asks for an extension that we do not know
	UnknownKey      Reason = "unknown-key"      // signed by a key that is not, or no longer, the portal's
	BadSignature    Reason = "signature"        // not signed by the key that it names
	WrongIssuer     Reason = "issuer"           // from somebody else than the portal
	WrongAudience   Reason = "audience"         // for somebody else than the portal
	WrongUse        Reason = "use"              // made by the portal for another purpose
	WrongVersion    Reason = "version"          // made by a portal of another generation
	Expired         Reason = "expired"          // all is well, but it is over
	NotYetValid     Reason = "not-yet-valid"    // issued in the future
	BadContents     Reason = "contents"         // a claim is missing, not of its form or out of bounds
	KeysUnavailable Reason = "keys-unavailable" // the portal's keys cannot be read: nobody's fault who asks
)

// Error says why a token was refused. Its text never holds the token, nor
// anything that the token says.
type Error struct {
	Reason Reason

	cause error
}

func (e *Error) Error() string {
	text := "redeeming a request: " + string(e.Reason)
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap gives the cause of KeysUnavailable, or which claim it is that has
// BadContents; nil otherwise.
func (e *Error) Unwrap() error { return e.cause }

var errCritical = errors.New("critical extension")

// explain reads the error of the JWT library, which may wrap several; the first
// of these that fits is told.
func explain(err error) *Error {
	if errors.Is(err, keyset.ErrUnavailable) {
		return &Error{Reason: KeysUnavailable, cause: err}
	}
	for _, known := range []struct {
		err    error
		reason Reason
	}{
		{errCritical, Critical},
		{keyset.ErrUnknownKey, UnknownKey},
		{jwt.ErrTokenMalformed, Malformed},
		{rsa.ErrVerification, BadSignature},
		{jwt.ErrInvalidKeyType, BadSignature},
		{jwt.ErrTokenSignatureInvalid, WrongAlgorithm}, // without one of the two above
		{jwt.ErrTokenUnverifiable, WrongAlgorithm},
	} {
		if errors.Is(err, known.err) {
			return &Error{Reason: known.reason}
		}
	}
	return &Error{Reason: Malformed}
}
