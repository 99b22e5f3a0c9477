package iap

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// signInPath lies under a prefix that the real proxy reserves, so no portal has a page there.
const signInPath = "/_gcp_gatekeeper/sign-in"

// continueParameter is the parameter with the address that is opened after signing in.
const continueParameter = "continue"

// maxForm bounds the body of the sign-in form: an address, and a person.
const maxForm = 16 << 10

//go:embed signin.css
var signInStyle string

//go:embed signin.html
var signInHTML string

var signInPage = template.Must(template.New("sign-in").Parse(signInHTML))

type person struct{ Email, Name string }

func (p *Proxy) serveSignIn(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		p.showSignIn(w, localAddress(r.URL.Query().Get(continueParameter)))
	case http.MethodPost:
		p.signIn(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		http.Error(w, "The sign-in page answers GET and POST.", http.StatusMethodNotAllowed)
	}
}

func (p *Proxy) showSignIn(w http.ResponseWriter, address string) {
	var page bytes.Buffer
	var people []person
	for _, email := range p.world.Users() {
		people = append(people, person{Email: email, Name: p.world.UserName(email)})
	}
	err := signInPage.Execute(&page, map[string]any{
		"Style": template.CSS(signInStyle), "Action": signInPath, "Wanted": continueParameter, "Address": address, "People": people,
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	hash := sha256.Sum256([]byte(signInStyle))
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(hash[:])+
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(page.Bytes()) // fails only if the browser is gone
}

func (p *Proxy) signIn(w http.ResponseWriter, r *http.Request) {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		http.Error(w, "Another site sent this form.", http.StatusForbidden)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	email := strings.ToLower(r.PostFormValue("email"))
	if !p.world.Exists("user", email) {
		http.Error(w, "There is no such person in this organization.", http.StatusBadRequest)
		return
	}
	http.SetCookie(w, cookie(r, p.world.TokenFor(email, lifetime)))
	redirect(w, localAddress(r.PostFormValue(continueParameter)), http.StatusSeeOther)
}

func (p *Proxy) signOut(w http.ResponseWriter, r *http.Request) {
	ended := cookie(r, "")
	ended.MaxAge = -1
	http.SetCookie(w, ended)
	address := *r.URL
	query := address.Query()
	query.Del("gcp-iap-mode")
	address.RawQuery = query.Encode()
	redirect(w, signInFor(address.RequestURI()), http.StatusFound)
}

// challenge responds to a request without a session. A script gets 401, because it cannot sign
// anybody in.
func challenge(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Requested-With") == "XMLHttpRequest" {
		http.Error(w, "The session has ended. Load the page again to sign in.", http.StatusUnauthorized)
		return
	}
	redirect(w, signInFor(r.URL.RequestURI()), http.StatusFound)
}

func redirect(w http.ResponseWriter, address string, code int) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", address)
	w.WriteHeader(code)
}

func signInFor(address string) string {
	return signInPath + "?" + url.Values{continueParameter: {localAddress(address)}}.Encode()
}

// localAddress returns the address if it is one of this host, and the front page for everything
// else: other hosts, other schemes, the sign-in page itself.
func localAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Path == signInPath {
		return "/"
	}
	own := (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}).String()
	if !strings.HasPrefix(own, "/") || strings.HasPrefix(own, "//") {
		return "/"
	}
	return own
}
