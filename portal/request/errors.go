package request

import "github.com/jitaccess/terraform-provider-jitaccess/internal/keyset"

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
	KeysUnavailable Reason = "keys-unavailable" // the portal's keys cannot be read, which is not the fault of who asks
)

// Error says why a token was refused. Its text never holds the token, nor anything that the token
// says.
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

// Unwrap returns the cause of KeysUnavailable, or the claim that caused BadContents; nil otherwise.
func (e *Error) Unwrap() error { return e.cause }

// reasons are those of the faults of a token. With any other fault it is malformed.
var reasons = map[keyset.Fault]Reason{
	keyset.Critical:       Critical,
	keyset.UnknownKey:     UnknownKey,
	keyset.BadSignature:   BadSignature,
	keyset.WrongAlgorithm: WrongAlgorithm,
}

// explain returns why the JWT library refused a token.
func explain(err error) *Error {
	fault := keyset.FaultOf(err)
	if fault == keyset.Unavailable {
		return &Error{Reason: KeysUnavailable, cause: err}
	}
	if reason, known := reasons[fault]; known {
		return &Error{Reason: reason}
	}
	return &Error{Reason: Malformed}
}
