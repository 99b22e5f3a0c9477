// Package iap stands in for Identity-Aware Proxy in front of one portal: it signs people in, and
// names them to the portal in a signed assertion.
//
// It knows the people of a world, the audience of the portal and the key that signs. On its sign-in
// page one chooses a person. There is no password, so a proxy belongs on the loopback interface and
// nowhere else.
//
// What always holds: a request without a live session never reaches the portal; headers that begin
// with x-goog- are the proxy's alone; an expired session turns every request, a POST too, into a
// redirect to the sign-in page and from there into a GET of the same address, as with the real one.
package iap

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/keys"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// Options say what a proxy stands in front of.
type Options struct {
	Upstream *url.URL   // where the portal listens
	Audience string     // aud of every assertion, such as /projects/NUMBER/global/backendServices/ID
	Key      *keys.Ring // signs; shared by all proxies of an emulator, nil for one of its own
}

// Proxy is the stand-in in front of one portal. It is safe for concurrent use.
type Proxy struct {
	world   *world.World
	options Options
}

// New returns a proxy for the people of the world. Options.Upstream is required.
func New(w *world.World, o Options) *Proxy {
	if o.Key == nil {
		o.Key = keys.ES256()
	}
	return &Proxy{w, o}
}

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
	email, ok := p.signedIn(r)
	if !ok {
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
		// Rewrite runs after hop-by-hop headers are gone: a client cannot have the assertion
		// dropped by naming it in Connection.
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.SetURL(p.options.Upstream)
			pr.SetXForwarded()
			pr.Out.Host = pr.In.Host
			setIdentity(pr.Out.Header, email, assertion)
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			http.Error(w, "The portal does not answer.", http.StatusBadGateway)
		},
	}
	proxy.ServeHTTP(w, r)
}

// setIdentity replaces all headers about identity that the client sent by the proxy's own.
func setIdentity(h http.Header, email, assertion string) {
	for name := range h {
		if strings.HasPrefix(name, "X-Goog-") {
			h.Del(name)
		}
	}
	removeSessionCookies(h)
	h.Set("X-Goog-Iap-Jwt-Assertion", assertion)
	h.Set("X-Goog-Authenticated-User-Email", accountPrefix+email)
	h.Set("X-Goog-Authenticated-User-Id", accountPrefix+world.ID(email))
}
