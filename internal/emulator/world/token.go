package world

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// tokenPrefix is how Google's access tokens begin.
const tokenPrefix = "ya29."

// Token is an access token of the caller, good for an hour.
func (w *World) Token(email string) string { return w.TokenFor(email, time.Hour) }

// TokenFor is an access token of the caller with a lifetime. Only the world
// that made it knows whose it is.
func (w *World) TokenFor(email string, lifetime time.Duration) string {
	claim := fmt.Sprintf("%d %s", w.Now().Add(lifetime).Unix(), fold(email))
	return tokenPrefix + encode([]byte(claim)) + "." + encode(w.sign(claim))
}

// Caller tells whose token it is; false for one that is foreign, damaged or
// expired.
func (w *World) Caller(token string) (string, bool) {
	rest, ok := strings.CutPrefix(token, tokenPrefix)
	body, signature, found := strings.Cut(rest, ".")
	if !ok || !found {
		return "", false
	}
	claim, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || !hmac.Equal([]byte(signature), []byte(encode(w.sign(string(claim))))) {
		return "", false
	}
	expiry, email, _ := strings.Cut(string(claim), " ")
	seconds, err := strconv.ParseInt(expiry, 10, 64)
	if err != nil || !w.Now().Before(time.Unix(seconds, 0)) {
		return "", false
	}
	return email, true
}

func (w *World) sign(claim string) []byte {
	mac := hmac.New(sha256.New, w.key)
	mac.Write([]byte(claim))
	return mac.Sum(nil)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
