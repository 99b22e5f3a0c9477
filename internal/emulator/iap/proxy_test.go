package iap_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/iap"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/keys"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

const (
	audience = "/projects/200000000100/global/backendServices/42"
	signIn   = "/_gcp_gatekeeper/sign-in"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// scene is a proxy in front of a portal that remembers what reached it.
type scene struct {
	*iap.Proxy
	clock   *clock
	world   *world.World
	key     *keys.Ring
	url     string
	portal  chan *http.Request
	browser *http.Client
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{clock: &clock{now: time.Now().Truncate(time.Second)}, key: keys.ES256(), portal: make(chan *http.Request, 16)}
	w, err := world.Parse("demo.json", world.Demo(), world.Options{Clock: s.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.portal <- r
		_, _ = io.WriteString(w, "portal at "+r.URL.RequestURI())
	}))
	t.Cleanup(portal.Close)
	upstream, err := url.Parse(portal.URL)
	if err != nil {
		t.Fatal(err)
	}
	s.world = w
	s.Proxy = iap.New(w, iap.Options{Upstream: upstream, Audience: audience, Key: s.key})
	front := httptest.NewServer(s.Proxy)
	t.Cleanup(front.Close)
	s.url = front.URL
	s.browser = newBrowser(t)
	return s
}

func newBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

// signIn chooses a person on the sign-in page and returns where the browser ends up.
func (s *scene) signIn(t *testing.T, email, address string) *http.Response {
	t.Helper()
	return s.do(t, s.browser, http.MethodPost, signIn, url.Values{"email": {email}, "continue": {address}}.Encode(), nil)
}

func (s *scene) do(t *testing.T, c *http.Client, method, address, form string, h http.Header) *http.Response {
	t.Helper()
	r, err := http.NewRequest(method, s.url+address, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, values := range h {
		r.Header[name] = values
	}
	response, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// arrived is the next request that reached the portal.
func (s *scene) arrived(t *testing.T) *http.Request {
	t.Helper()
	select {
	case r := <-s.portal:
		return r
	default:
		t.Fatal("nothing reached the portal")
		return nil
	}
}

func (s *scene) nothingArrived(t *testing.T) {
	t.Helper()
	select {
	case r := <-s.portal:
		t.Fatalf("%s %s reached the portal", r.Method, r.URL)
	default:
	}
}

// verified checks an assertion against the published key set and returns its claims.
func (s *scene) verified(t *testing.T, assertion string) (jwt.MapClaims, error) {
	t.Helper()
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(assertion, claims, func(token *jwt.Token) (any, error) {
		if key := publishedKeys(t, iap.Keys(s.key))[token.Header["kid"].(string)]; key != nil {
			return key, nil
		}
		return nil, errors.New("no such key")
	}, jwt.WithValidMethods([]string{"ES256"}), jwt.WithTimeFunc(s.clock.Now), jwt.WithExpirationRequired(),
		jwt.WithIssuer("https://cloud.google.com/iap"), jwt.WithAudience(audience))
	return claims, err
}

func publishedKeys(t *testing.T, keys http.Handler) map[string]*ecdsa.PublicKey {
	t.Helper()
	response := httptest.NewRecorder()
	keys.ServeHTTP(response, httptest.NewRequest(http.MethodGet, "/iap/verify/public_key-jwk", nil))
	var set struct {
		Keys []struct{ Kid, Kty, Crv, Alg, Use, X, Y string }
	}
	if err := json.Unmarshal(response.Body.Bytes(), &set); err != nil {
		t.Fatalf("the key set %q: %v", response.Body, err)
	}
	found := map[string]*ecdsa.PublicKey{}
	for _, k := range set.Keys {
		if got, want := []string{k.Kty, k.Crv, k.Alg, k.Use}, []string{"EC", "P-256", "ES256", "sig"}; !slices.Equal(got, want) {
			t.Errorf("key %s is %v, want %v", k.Kid, got, want)
		}
		x, errX := base64.RawURLEncoding.DecodeString(k.X)
		y, errY := base64.RawURLEncoding.DecodeString(k.Y)
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
		if errX != nil || errY != nil || err != nil {
			t.Fatalf("key %s: %v, %v, %v", k.Kid, errX, errY, err)
		}
		found[k.Kid] = key
	}
	return found
}

func TestProxy_AsksWhoIsThereAndComesBackToTheAddress(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	const address = "/projects/payments-prod?tab=roles&q=a%26b"

	page := s.do(t, s.browser, http.MethodGet, address, "", nil)
	s.nothingArrived(t)
	if got := page.Request.URL; got.Path != signIn || got.Query().Get("continue") != address {
		t.Fatalf("a visitor is sent to %s, want the sign-in page with continue=%s", got, address)
	}

	s.signIn(t, "alice@example.com", page.Request.URL.Query().Get("continue"))
	r := s.arrived(t)
	if got := r.Method + " " + r.URL.RequestURI(); got != "GET "+address {
		t.Errorf("after signing in the portal is asked %q, want %q", got, "GET "+address)
	}
	if want := strings.TrimPrefix(s.url, "http://"); r.Host != want {
		t.Errorf("the portal sees host %q, want %q, as the browser does", r.Host, want)
	}
}

func TestProxy_AssertsWhoIsThere(t *testing.T) {
	t.Parallel()
	now := time.Now().Truncate(time.Second)
	for email, domain := range map[string]any{"alice@example.com": "example.com", "zoe@partner.example": "partner.example", "mia@gmail.com": nil} {
		t.Run(email, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			s.clock.now = now
			s.world.AddUser("mia@gmail.com", "Mia")
			s.signIn(t, email, "/")
			r := s.arrived(t)
			got, err := s.verified(t, r.Header.Get("X-Goog-Iap-Jwt-Assertion"))
			if err != nil {
				t.Fatal(err)
			}
			want := jwt.MapClaims{
				"iss": "https://cloud.google.com/iap", "aud": audience, "azp": audience, "email": email,
				"sub": "accounts.google.com:" + world.ID(email), "identity_source": "GOOGLE",
				"iat": float64(now.Unix()), "exp": float64(now.Unix() + 600),
			}
			if domain != nil {
				want["hd"] = domain
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("claims of %s (-want +got):\n%s", email, diff)
			}
			if got, want := r.Header.Get("X-Goog-Authenticated-User-Email"), "accounts.google.com:"+email; got != want {
				t.Errorf("X-Goog-Authenticated-User-Email = %q, want %q", got, want)
			}
		})
	}
}

func TestProxy_LetsNoClientSpeakForIt(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.signIn(t, "alice@example.com", "/")
	s.arrived(t)
	s.do(t, s.browser, http.MethodGet, "/", "", http.Header{
		"X-Goog-Iap-Jwt-Assertion":        {"forged", "twice"},
		"x-goog-authenticated-user-email": {"accounts.google.com:admin@example.com"},
		"X-Goog-Anything":                 {"else"},
		"X-Forwarded-For":                 {"192.0.2.1"},
		"Connection":                      {"X-Goog-Iap-Jwt-Assertion, X-Goog-Authenticated-User-Email"},
		"Cookie":                          {"theme=dark; IAP_STANDIN_SESSION_1=other"},
	})
	r := s.arrived(t)
	if n := len(r.Header.Values("X-Goog-Iap-Jwt-Assertion")); n != 1 {
		t.Errorf("the portal sees %d assertions, want 1", n)
	}
	if claims, err := s.verified(t, r.Header.Get("X-Goog-Iap-Jwt-Assertion")); err != nil || claims["email"] != "alice@example.com" {
		t.Errorf("the portal sees an assertion of %v (%v), want Alice's", claims["email"], err)
	}
	if got := r.Header.Get("X-Goog-Authenticated-User-Email"); got != "accounts.google.com:alice@example.com" {
		t.Errorf("X-Goog-Authenticated-User-Email = %q, want Alice's", got)
	}
	if got := r.Header.Get("X-Goog-Anything"); got != "" {
		t.Errorf("X-Goog-Anything = %q, want it stripped", got)
	}
	if got := r.Header.Get("X-Forwarded-For"); got != "127.0.0.1" {
		t.Errorf("X-Forwarded-For = %q, want what the proxy saw", got)
	}
	if got := r.Header.Get("Cookie"); got != "theme=dark" {
		t.Errorf("the portal sees cookies %q, want only its own", got)
	}
}

func TestProxy_TurnsAPostIntoAGetWhenTheSessionIsOver(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.signIn(t, "alice@example.com", "/")
	s.arrived(t)
	s.clock.Advance(59 * time.Minute)
	s.do(t, s.browser, http.MethodPost, "/activate", "role=a", nil)
	if r := s.arrived(t); r.Method != http.MethodPost {
		t.Errorf("within the hour the portal is asked %s, want POST", r.Method)
	}
	s.clock.Advance(2 * time.Minute)
	page := s.do(t, s.browser, http.MethodPost, "/activate", "role=a", nil)
	s.nothingArrived(t)
	s.signIn(t, "alice@example.com", page.Request.URL.Query().Get("continue"))
	r := s.arrived(t)
	body, err := io.ReadAll(r.Body)
	if got := r.Method + " " + r.URL.Path; got != "GET /activate" || err != nil || len(body) > 0 {
		t.Errorf("after signing in again the portal is asked %q with body %q, want GET /activate with none", got, body)
	}
}

func TestProxy_ForgetsWhoSignsOutOrIsGone(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(*testing.T, *scene){
		"signs out": func(t *testing.T, s *scene) {
			page := s.do(t, s.browser, http.MethodGet, "/projects?page=2&gcp-iap-mode=CLEAR_LOGIN_COOKIE", "", nil)
			if got := page.Request.URL.Query().Get("continue"); got != "/projects?page=2" {
				t.Errorf("the sign-in page continues to %q, want the address without the mode", got)
			}
		},
		"is nobody now": func(t *testing.T, s *scene) {
			home, err := url.Parse(s.url)
			if err != nil {
				t.Fatal(err)
			}
			name := "IAP_STANDIN_SESSION_" + home.Port()
			s.browser.Jar.SetCookies(home, []*http.Cookie{{Name: name, Value: s.world.Token("gone@example.com"), Path: "/"}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			s.signIn(t, "alice@example.com", "/")
			s.arrived(t)
			leave(t, s)
			s.do(t, s.browser, http.MethodGet, "/", "", nil)
			s.nothingArrived(t)
		})
	}
}

func TestProxy_AnswersAScriptWithoutASession(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	got := s.do(t, s.browser, http.MethodGet, "/", "", http.Header{"X-Requested-With": {"XMLHttpRequest"}})
	if got.StatusCode != http.StatusUnauthorized {
		t.Errorf("a script without a session gets %d, want 401", got.StatusCode)
	}
	s.nothingArrived(t)
}

func TestProxy_SaysThatThePortalIsDown(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	upstream, err := url.Parse(gone.URL)
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	front := httptest.NewServer(iap.New(s.world, iap.Options{Upstream: upstream, Audience: audience}))
	t.Cleanup(front.Close)
	s.url = front.URL
	if got := s.signIn(t, "alice@example.com", "/"); got.StatusCode != http.StatusBadGateway {
		t.Errorf("with the portal down a person gets %d, want 502", got.StatusCode)
	}
}
