package credentials

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// maxValidity is how far ahead a signed token may expire.
const maxValidity = 12 * time.Hour

// unsignable says why Google would not sign the payload, or nothing. A payload without an expiry is signed.
func unsignable(payload string, now time.Time) string {
	var claims map[string]json.RawMessage
	if err := json.Unmarshal([]byte(payload), &claims); err != nil || claims == nil {
		return "The payload must be a JSON object that contains a JWT Claims Set."
	}
	raw, ok := claims["exp"]
	if !ok {
		return ""
	}
	seconds, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		return "exp must be an integer timestamp."
	}
	switch {
	case seconds < now.Unix():
		return "exp must not be in the past."
	case seconds > now.Add(maxValidity).Unix():
		return "exp must be no more than 12 hours in the future."
	}
	return ""
}

// sign returns the id of the account's signing key and the payload as a compact RS256 token.
func (k *keyring) sign(email, payload string) (id, signed string, err error) {
	keys, err := k.current(email)
	if err != nil {
		return "", "", err
	}
	header, err := json.Marshal(map[string]string{"alg": "RS256", "kid": keys[0].id, "typ": "JWT"})
	if err != nil {
		return "", "", fmt.Errorf("encoding the header of a token: %w", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode(header) + "." + encode([]byte(payload))
	signature, err := jwt.SigningMethodRS256.Sign(text, keys[0].private)
	if err != nil {
		return "", "", fmt.Errorf("signing as %s: %w", email, err)
	}
	return keys[0].id, text + "." + encode(signature), nil
}
