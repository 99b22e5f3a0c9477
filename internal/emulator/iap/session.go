package iap

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// cookiePrefix begins the name of every session cookie. Browsers share cookies between the ports of a host, so the port
// ends the name: two demos side by side do not sign each other's people out.
const cookiePrefix = "IAP_STANDIN_SESSION_"

// sessions remembers who signed in, in a cookie that only this proxy can have made.
type sessions struct {
	secret   []byte
	clock    func() time.Time
	lifetime time.Duration
}

func newSessions(clock func() time.Time, lifetime time.Duration) sessions {
	return sessions{secret: []byte(rand.Text()), clock: clock, lifetime: lifetime}
}

// start returns the cookie that keeps the person signed in for the sessions' lifetime.
func (s sessions) start(r *http.Request, email string) (*http.Cookie, error) {
	claims := jwt.RegisteredClaims{Subject: email, ExpiresAt: jwt.NewNumericDate(s.clock().Add(s.lifetime))}
	value, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(s.secret)
	if err != nil {
		return nil, fmt.Errorf("signing a session: %w", err)
	}
	return s.cookie(r, value), nil
}

// end returns the cookie that signs the person out.
func (s sessions) end(r *http.Request) *http.Cookie {
	c := s.cookie(r, "")
	c.MaxAge = -1
	return c
}

// person returns who the request's session belongs to; there is none if the cookie is missing, foreign or expired.
func (s sessions) person(r *http.Request) (string, bool) {
	c, err := r.Cookie(cookieName(r))
	if err != nil {
		return "", false
	}
	var claims jwt.RegisteredClaims
	_, err = jwt.ParseWithClaims(c.Value, &claims, func(*jwt.Token) (any, error) { return s.secret, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.clock))
	return claims.Subject, err == nil
}

// cookie is not Secure: the stand-in speaks plain HTTP on the loopback interface.
func (s sessions) cookie(r *http.Request, value string) *http.Cookie {
	return &http.Cookie{Name: cookieName(r), Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

func cookieName(r *http.Request) string {
	_, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		port = "80"
	}
	return cookiePrefix + port
}

// withoutSessions removes the stand-in's cookies, which are none of the portal's business.
func withoutSessions(h http.Header) {
	var kept []string
	for _, line := range h.Values("Cookie") {
		for _, c := range strings.Split(line, ";") {
			if c = strings.TrimSpace(c); c != "" && !strings.HasPrefix(c, cookiePrefix) {
				kept = append(kept, c)
			}
		}
	}
	h.Del("Cookie")
	if len(kept) > 0 {
		h.Set("Cookie", strings.Join(kept, "; "))
	}
}
