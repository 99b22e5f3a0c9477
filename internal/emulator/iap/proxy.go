// Package iap stands in for Identity-Aware Proxy in front of one portal: it asks the browser who is there, and tells
// the portal in a signed assertion.
//
// It knows the people of a world, the audience of the portal and the key that signs. Sign-in is a page of its own, on
// which one chooses a person; there is no password, so a proxy belongs on the loopback interface and nowhere else.
//
// What always holds: a request without a live session never reaches the portal; headers that begin with x-goog- reach
// it only from here; an expired session turns every request, a POST too, into a redirect to the sign-in page and from
// there into a GET of the same address, as with the real one.
package iap

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// DefaultLifetime is how long a session lasts unless Options say otherwise.
const DefaultLifetime = time.Hour

// Options say what a proxy stands in front of.
type Options struct {
	Upstream *url.URL         // where the portal listens
	Audience string           // aud of every assertion, such as /projects/NUMBER/global/backendServices/ID
	Key      *Key             // signs; shared by all proxies of an emulator, nil for one of its own
	Clock    func() time.Time // nil: the world's
	Lifetime time.Duration    // of a session; zero: DefaultLifetime
}

// Proxy is the stand-in in front of one portal. It is safe for concurrent use.
type Proxy struct {
	world    *world.World
	upstream *url.URL
	audience string
	key      *Key
	clock    func() time.Time
	sessions sessions
}

// New returns a proxy for the people of the world. Options.Upstream is required.
func New(w *world.World, o Options) *Proxy {
	if o.Key == nil {
		o.Key = new(Key)
	}
	if o.Clock == nil {
		o.Clock = w.Now
	}
	if o.Lifetime == 0 {
		o.Lifetime = DefaultLifetime
	}
	return &Proxy{
		world: w, upstream: o.Upstream, audience: o.Audience, key: o.Key, clock: o.Clock,
		sessions: newSessions(o.Clock, o.Lifetime),
	}
}

// Keys serves the key set that the proxy's assertions verify against, as Key.Keys does.
func (p *Proxy) Keys() http.Handler { return p.key.Keys() }

// ServeHTTP forwards what a signed-in person asks for and sends everybody else to the sign-in page.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == signInPath {
		p.serveSignIn(w, r)
		return
	}
	if r.URL.Query().Get("gcp-iap-mode") == "CLEAR_LOGIN_COOKIE" {
		p.signOut(w, r)
		return
	}
	email, ok := p.sessions.person(r)
	if !ok || !p.world.UserExists(email) {
		challenge(w, r)
		return
	}
	p.forward(w, r, email)
}

func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, email string) {
	assertion, err := p.Assertion(p.Claims(email))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	proxy := httputil.ReverseProxy{
		// Rewrite runs after hop-by-hop headers are gone: a client cannot have the assertion dropped by naming it in
		// Connection.
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.SetURL(p.upstream)
			pr.SetXForwarded()
			pr.Out.Host = pr.In.Host
			identify(pr.Out.Header, email, assertion)
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			http.Error(w, "The portal does not answer.", http.StatusBadGateway)
		},
	}
	proxy.ServeHTTP(w, r)
}

// identify replaces whatever the client said about identity by what the proxy knows.
func identify(h http.Header, email, assertion string) {
	for name := range h {
		if strings.HasPrefix(name, "X-Goog-") {
			h.Del(name)
		}
	}
	withoutSessions(h)
	h.Set("X-Goog-Iap-Jwt-Assertion", assertion)
	h.Set("X-Goog-Authenticated-User-Email", accounts+email)
	h.Set("X-Goog-Authenticated-User-Id", accounts+world.ID(email))
}
