package identity

import (
	"errors"
	"strconv"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/keyset"
)

// Reason is why nobody was recognised: a stable name for audit events.
type Reason string

const (
	Missing         Reason = "missing"          // no assertion: the request did not come through the proxy
	Malformed       Reason = "malformed"        // not an assertion at all, too long, or several
	WrongAlgorithm  Reason = "algorithm"        // signed by another algorithm than ES256, or not at all
	Critical        Reason = "critical"         // asks for an extension that we do not know
	UnknownKey      Reason = "unknown-key"      // signed by a key that is not the proxy's
	BadSignature    Reason = "signature"        // not signed by the key that it names
	WrongIssuer     Reason = "issuer"           // from somebody else than the proxy
	WrongAudience   Reason = "audience"         // for another backend
	Expired         Reason = "expired"          // over, or without an end
	NotYetValid     Reason = "not-yet-valid"    // issued in the future
	WrongLifetime   Reason = "lifetime"         // issued for longer than the proxy does, or without a beginning
	NotAPerson      Reason = "not-a-person"     // a service account, an external identity, or no address
	KeysUnavailable Reason = "keys-unavailable" // the proxy's keys cannot be read, which is not the fault of who asks
)

// Error says why nobody was recognised. Its text never holds the assertion.
type Error struct {
	Reason Reason
	// Audience is what a properly signed assertion was for, with WrongAudience: what an
	// administrator may want to configure.
	Audience string

	cause error
}

func (e *Error) Error() string {
	text := "verifying the assertion of Identity-Aware Proxy: " + string(e.Reason)
	if e.Reason == WrongAudience {
		text += " " + strconv.QuoteToASCII(e.Audience)
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap gives the cause of KeysUnavailable, nil otherwise: causes found in an assertion may quote
// from it.
func (e *Error) Unwrap() error { return e.cause }

// What claims may lack that the JWT library does not check.
var (
	errNoExpiry = errors.New("no end")
	errLifetime = errors.New("lifetime")
)

// reasons are those of the faults that any token can have. With any other fault it is malformed.
var reasons = map[keyset.Fault]Reason{
	keyset.Critical:       Critical,
	keyset.UnknownKey:     UnknownKey,
	keyset.BadSignature:   BadSignature,
	keyset.WrongAlgorithm: WrongAlgorithm,
	keyset.Expired:        Expired,
	keyset.NotYetValid:    NotYetValid,
	keyset.WrongIssuer:    WrongIssuer,
}

// explain returns why the parser failed. Its error may wrap several, of which the most telling
// counts.
func explain(err error) *Error {
	fault := keyset.FaultOf(err)
	reason, known := reasons[fault]
	switch {
	case fault == keyset.Unavailable:
		return &Error{Reason: KeysUnavailable, cause: err}
	case errors.Is(err, errNoExpiry):
		return &Error{Reason: Expired}
	case known:
		return &Error{Reason: reason}
	case errors.Is(err, errLifetime):
		return &Error{Reason: WrongLifetime}
	}
	return &Error{Reason: Malformed}
}
