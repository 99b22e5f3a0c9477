package world

import (
	"crypto/rand"
	"time"
)

// tokenPrefix is how Google's access tokens begin.
const tokenPrefix = "ya29."

// tokenOwner is whose token it is, and until when.
type tokenOwner struct {
	email  string
	expiry time.Time
}

// Token is an access token of the caller that lasts an hour.
func (w *World) Token(email string) string { return w.TokenFor(email, time.Hour) }

// TokenFor is an access token of the caller with a lifetime. Only this world accepts it.
func (w *World) TokenFor(email string, lifetime time.Duration) string {
	token := tokenPrefix + rand.Text()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tokens[token] = tokenOwner{fold(email), w.Now().Add(lifetime)}
	return token
}

// Caller returns whose token it is; false for one that is foreign, damaged or expired.
func (w *World) Caller(token string) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	g, ok := w.tokens[token]
	if !ok || !w.Now().Before(g.expiry) {
		return "", false
	}
	return g.email, true
}
