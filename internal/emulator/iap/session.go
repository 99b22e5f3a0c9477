package iap

import (
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	// lifetime is how long a session lasts.
	lifetime = time.Hour
	// cookiePrefix begins the name of every session cookie. Browsers share cookies between the
	// ports of a host, so the port ends the name: two demos side by side do not sign each other's
	// people out.
	cookiePrefix = "IAP_STANDIN_SESSION_"
)

// signedIn returns whose session the request belongs to; false if the cookie is missing, foreign or
// expired, or if the person no longer exists.
func (p *Proxy) signedIn(r *http.Request) (string, bool) {
	c, err := r.Cookie(cookieName(r))
	if err != nil {
		return "", false
	}
	email, ok := p.world.Caller(c.Value)
	return email, ok && p.world.Exists("user", email)
}

// cookie is not Secure: the stand-in speaks plain HTTP on the loopback interface.
func cookie(r *http.Request, value string) *http.Cookie {
	return &http.Cookie{Name: cookieName(r), Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

func cookieName(r *http.Request) string {
	_, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		port = "80"
	}
	return cookiePrefix + port
}

// removeSessionCookies removes the stand-in's cookies, which are none of the portal's business.
func removeSessionCookies(h http.Header) {
	var others []string
	for _, line := range h.Values("Cookie") {
		for _, c := range strings.Split(line, ";") {
			if c = strings.TrimSpace(c); c != "" && !strings.HasPrefix(c, cookiePrefix) {
				others = append(others, c)
			}
		}
	}
	h.Del("Cookie")
	if len(others) > 0 {
		h.Set("Cookie", strings.Join(others, "; "))
	}
}
