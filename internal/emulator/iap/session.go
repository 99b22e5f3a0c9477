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
	// cookiePrefix begins the name of every session cookie. Browsers share cookies between the ports of a host, so the
	// port ends the name: two demos side by side do not sign each other's people out.
	cookiePrefix = "IAP_STANDIN_SESSION_"
)

// person returns who the request's session belongs to; there is none if the cookie is missing, foreign or expired, or
// if the person is gone.
func (p *Proxy) person(r *http.Request) (string, bool) {
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
