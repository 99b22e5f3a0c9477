package identity

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/keyset"
)

const (
	audience = "/projects/123/locations/europe-west1/services/portal"
	keyID    = "iap-1"
	rsaKeyID = "rsa-1"
)

var now = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// proxy signs as Identity-Aware Proxy does, and as others would.
type proxy struct {
	key *ecdsa.PrivateKey
	rsa *rsa.PrivateKey
}

func newProxy(t testing.TB) *proxy {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return &proxy{key, other}
}

// RoundTrip publishes the keys without a socket.
func (p *proxy) RoundTrip(*http.Request) (*http.Response, error) {
	point, err := p.key.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	encode := base64.RawURLEncoding.EncodeToString
	body, err := json.Marshal(map[string]any{"keys": []map[string]string{
		{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": keyID, "x": encode(point[1:33]), "y": encode(point[33:])},
		{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": rsaKeyID, "n": encode(p.rsa.N.Bytes()), "e": "AQAB"},
	}})
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body))}, err
}

func (p *proxy) keys() *keyset.Set {
	return keyset.New(KeysURL, &http.Client{Transport: p}, keyset.Options{})
}

func (p *proxy) verifier() Verifier {
	return Verifier{Keys: p.keys(), Audiences: []string{"/projects/123/apps/other", audience}, Clock: func() time.Time { return now }}
}

type members = map[string]any

// alice is what the proxy says about a person.
func alice() members {
	return members{
		"iss": "https://cloud.google.com/iap", "aud": audience, "azp": audience,
		"iat": now.Add(-time.Minute).Unix(), "exp": now.Add(9 * time.Minute).Unix(),
		"sub": "accounts.google.com:1234567890", "email": "Alice@Example.com", "hd": "example.com", "identity_source": "GOOGLE",
		"google": members{"access_levels": []string{"accessPolicies/1/accessLevels/corp"}, "device_id": "device-1"},
	}
}

// but changes members; nil removes one.
func (p *proxy) but(change members) string {
	c := alice()
	maps.Copy(c, change)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return p.sign(jwt.SigningMethodES256, members{}, c, p.key)
}

func (p *proxy) sign(method jwt.SigningMethod, header, c members, key any) string {
	t := jwt.NewWithClaims(method, jwt.MapClaims(c))
	t.Header["kid"] = keyID
	maps.Copy(t.Header, header)
	s, err := t.SignedString(key)
	if err != nil {
		panic(err)
	}
	return s
}

func asking(assertions ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, a := range assertions {
		r.Header.Add(Header, a)
	}
	return r
}

func TestVerify_ReadsThePerson(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	got, err := p.verifier().Verify(t.Context(), asking(p.but(nil)))
	want := Identity{Email: "alice@example.com", Subject: "accounts.google.com:1234567890", HostedDomain: "example.com",
		Device: "device-1", AccessLevels: []string{"accessPolicies/1/accessLevels/corp"}}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestVerify_Accepts(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	tests := map[string]members{
		"over, but within the leeway":        {"exp": at(-29 * time.Second), "iat": at(-10 * time.Minute)},
		"in the future, within the leeway":   {"iat": at(29 * time.Second), "exp": at(10 * time.Minute)},
		"the longest lifetime":               {"iat": at(0), "exp": at(11 * time.Minute)},
		"audience as a list of one":          {"aud": []string{audience}},
		"the other audience":                 {"aud": "/projects/123/apps/other"},
		"a consumer account":                 {"hd": nil, "email": "alice@gmail.com"},
		"an assertion without what is extra": {"identity_source": nil, "google": nil, "azp": nil},
		"claims that we do not know":         {"new": members{"a": 1}},
		"an address with odd characters":     {"email": "o'neil+test_1@sub.example.com"},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := p.verifier().Verify(t.Context(), asking(p.but(change))); err != nil {
				t.Errorf("%v: got %v, want the person", change, err)
			}
		})
	}
}

func TestVerify_RefusesClaims(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	tests := map[string]struct {
		change members
		want   Reason
	}{
		"expired":                       {members{"exp": at(-31 * time.Second), "iat": at(-10 * time.Minute)}, Expired},
		"without an end":                {members{"exp": nil}, Expired},
		"end is null":                   {members{"exp": json.RawMessage("null")}, Expired},
		"end is text":                   {members{"exp": "tomorrow"}, Malformed},
		"end is absurd":                 {members{"exp": 1e300}, Expired},
		"issued in the future":          {members{"iat": at(31 * time.Second), "exp": at(10 * time.Minute)}, NotYetValid},
		"valid from later":              {members{"nbf": at(time.Minute)}, NotYetValid},
		"without a beginning":           {members{"iat": nil}, WrongLifetime},
		"for too long":                  {members{"iat": at(0), "exp": at(11*time.Minute + time.Second)}, WrongLifetime},
		"for years":                     {members{"exp": at(100000 * time.Hour)}, WrongLifetime},
		"ended before it began":         {members{"iat": at(20 * time.Second), "exp": at(-20 * time.Second)}, WrongLifetime},
		"foreign issuer":                {members{"iss": "https://accounts.google.com"}, WrongIssuer},
		"issuer with a slash":           {members{"iss": "https://cloud.google.com/iap/"}, WrongIssuer},
		"without issuer":                {members{"iss": nil}, WrongIssuer},
		"foreign audience":              {members{"aud": "/projects/123/locations/europe-west1/services/other"}, WrongAudience},
		"longer audience":               {members{"aud": audience + "/x"}, WrongAudience},
		"two audiences":                 {members{"aud": []string{audience, "/projects/666/apps/other"}}, WrongAudience},
		"without audience":              {members{"aud": nil}, WrongAudience},
		"empty audience":                {members{"aud": ""}, WrongAudience},
		"audience is a number":          {members{"aud": 5}, Malformed},
		"without email":                 {members{"email": nil}, NotAPerson},
		"email is a list":               {members{"email": []string{"alice@example.com"}}, Malformed},
		"email of two":                  {members{"email": "alice@example.com,bob@example.com"}, NotAPerson},
		"email with two ats":            {members{"email": "alice@example.com@example.org"}, NotAPerson},
		"email without domain":          {members{"email": "alice@"}, NotAPerson},
		"email without name":            {members{"email": "@example.com"}, NotAPerson},
		"email with a line break":       {members{"email": "alice@example.com\r\nx"}, NotAPerson},
		"email with a blank":            {members{"email": "alice @example.com"}, NotAPerson},
		"email that folds to another":   {members{"email": "ma\u212ae@example.com"}, NotAPerson}, // Kelvin sign, lower case k
		"email too long":                {members{"email": strings.Repeat("a", 250) + "@example.com"}, NotAPerson},
		"email with the header's form":  {members{"email": "accounts.google.com:alice@example.com"}, NotAPerson},
		"external email":                {members{"email": "securetoken.google.com/p/t:alice@example.com"}, NotAPerson},
		"external subject":              {members{"sub": "securetoken.google.com/p/t:123"}, NotAPerson},
		"external by its source":        {members{"identity_source": "GCIP"}, NotAPerson},
		"external by its claims":        {members{"gcip": members{"auth_time": 1}}, NotAPerson},
		"workforce":                     {members{"sub": "sts.google.com:123", "identity_source": "WORKFORCE_IDENTITY"}, NotAPerson},
		"without subject":               {members{"sub": nil}, NotAPerson},
		"subject without number":        {members{"sub": "accounts.google.com:"}, NotAPerson},
		"subject is a number":           {members{"sub": 5}, Malformed},
		"service account":               {members{"email": "portal@p.iam.gserviceaccount.com"}, NotAPerson},
		"service account, upper case":   {members{"email": "PORTAL@P.IAM.GSERVICEACCOUNT.COM"}, NotAPerson},
		"service account of an engine":  {members{"email": "p@appspot.gserviceaccount.com"}, NotAPerson},
		"service account of a project":  {members{"email": "123-compute@developer.gserviceaccount.com"}, NotAPerson},
		"access levels of another kind": {members{"google": "corp"}, Malformed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, p.verifier(), asking(p.but(tt.change)), tt.want)
		})
	}
}

func TestVerify_RefusesForgeries(t *testing.T) {
	t.Parallel()
	p, mallory := newProxy(t), newProxy(t)
	good := p.but(nil)
	parts := strings.Split(good, ".")
	public, err := x509.MarshalPKIXPublicKey(&p.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	signature := func(b ...byte) string {
		return parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(b)
	}
	whole, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	bob := base64.RawURLEncoding.EncodeToString([]byte(`{"email":"bob@example.com"}`))
	tests := map[string]struct {
		assertion string
		want      Reason
	}{
		"signed by somebody else":      {mallory.but(nil), BadSignature},
		"other claims, same signature": {parts[0] + "." + bob + "." + parts[2], BadSignature},
		"algorithm none":               {p.sign(jwt.SigningMethodNone, members{}, alice(), jwt.UnsafeAllowNoneSignatureType), WrongAlgorithm},
		"HS256 with the public key":    {p.sign(jwt.SigningMethodHS256, members{}, alice(), public), WrongAlgorithm},
		"RS256 of a published key":     {p.sign(jwt.SigningMethodRS256, members{"kid": rsaKeyID}, alice(), p.rsa), WrongAlgorithm},
		"ES256 by the id of RSA's":     {p.sign(jwt.SigningMethodES256, members{"kid": rsaKeyID}, alice(), p.key), BadSignature},
		"an algorithm nobody knows":    {p.sign(jwt.SigningMethodES256, members{"alg": "ES999"}, alice(), p.key), WrongAlgorithm},
		"without algorithm":            {p.sign(jwt.SigningMethodES256, members{"alg": nil}, alice(), p.key), WrongAlgorithm},
		"unknown key":                  {p.sign(jwt.SigningMethodES256, members{"kid": "other"}, alice(), p.key), UnknownKey},
		"without key id":               {p.sign(jwt.SigningMethodES256, members{"kid": nil}, alice(), p.key), UnknownKey},
		"critical extension":           {p.sign(jwt.SigningMethodES256, members{"crit": []string{"exp"}}, alice(), p.key), Critical},
		"empty list of extensions":     {p.sign(jwt.SigningMethodES256, members{"crit": []string{}}, alice(), p.key), Critical},
		"signature of 63 bytes":        {signature(whole[:63]...), BadSignature},
		"signature of 65 bytes":        {signature(append(whole[:64:64], 0)...), BadSignature},
		"signature of 10 bytes":        {signature(whole[:10]...), BadSignature},
		"signature of 0 bytes":         {signature(), BadSignature},
		"signature of zeros":           {signature(make([]byte, 64)...), BadSignature},
		"truncated":                    {good[:len(good)/2], Malformed},
		"two parts":                    {parts[0] + "." + parts[1], Malformed},
		"four parts":                   {good + ".x", Malformed},
		"two in one":                   {good + ", " + good, Malformed},
		"padded":                       {good + "=", Malformed},
		"claims are null":              {parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte("null")) + "." + parts[2], BadSignature},
		"not a token":                  {"alice@example.com", Malformed},
		"over-long":                    {strings.Repeat("a", 16<<10), Malformed},
		"over-long but signed":         {p.but(members{"more": strings.Repeat("a", 16<<10)}), Malformed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, p.verifier(), asking(tt.assertion), tt.want)
		})
	}
}

func TestVerify_BelievesNoOtherHeader(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	r := asking()
	r.Header.Set("X-Goog-Authenticated-User-Email", "accounts.google.com:alice@example.com")
	r.Header.Set("X-Goog-Authenticated-User-Id", "accounts.google.com:1234567890")
	r.Header.Set("Authorization", "Bearer "+p.but(nil))
	r.AddCookie(&http.Cookie{Name: Header, Value: p.but(nil)})
	refused(t, p.verifier(), r, Missing)
	refused(t, p.verifier(), asking(""), Missing)
}

func TestVerify_RefusesTwoAssertions(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	refused(t, p.verifier(), asking(p.but(nil), p.but(nil)), Malformed)
}

func TestVerify_WithoutExpectedAudienceRefusesEverybody(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	for _, v := range []Verifier{{}, {Audiences: []string{""}}} {
		v.Keys, v.Clock = p.keys(), p.verifier().Clock
		refused(t, v, asking(p.but(nil)), WrongAudience)
		refused(t, v, asking(p.but(members{"aud": ""})), WrongAudience)
		refused(t, v, asking(p.but(members{"aud": nil})), WrongAudience)
	}
}

func TestVerify_AnyAudienceOfTheProject(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	v := Verifier{Keys: p.keys(), Project: "123", Clock: p.verifier().Clock}
	for _, aud := range []string{audience, "/projects/123/apps/p", "/projects/123/global/backendServices/9"} {
		if _, err := v.Verify(t.Context(), asking(p.but(members{"aud": aud}))); err != nil {
			t.Errorf("audience %q: got %v, want the person", aud, err)
		}
	}
	for _, aud := range []string{"/projects/1234/apps/p", "/projects/12/apps/p", "projects/123/apps/p", "/projects/123", "https://x/projects/123/", ""} {
		refused(t, v, asking(p.but(members{"aud": aud})), WrongAudience)
	}
}

func TestVerify_NamesTheAudienceOnlyOfASignedAssertion(t *testing.T) {
	t.Parallel()
	p, mallory := newProxy(t), newProxy(t)
	other := members{"aud": "/projects/9/apps/p"}
	_, err := p.verifier().Verify(t.Context(), asking(p.but(other)))
	if e, ok := errors.AsType[*Error](err); !ok || e.Audience != "/projects/9/apps/p" || !strings.Contains(err.Error(), `"/projects/9/apps/p"`) {
		t.Errorf("got %v, want the audience that came", err)
	}
	_, err = p.verifier().Verify(t.Context(), asking(mallory.but(other)))
	if err == nil || strings.Contains(err.Error(), "/projects/9") {
		t.Errorf("got %v, want nothing of what a forger wrote", err)
	}
}

func TestVerify_SaysThatKeysAreUnavailable(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	v := p.verifier()
	down := errors.New("no route to host")
	v.Keys = keyset.New(KeysURL, &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) { return nil, down })}, keyset.Options{})
	refused(t, v, asking(p.but(nil)), KeysUnavailable)
	if _, err := v.Verify(t.Context(), asking(p.but(nil))); !errors.Is(err, down) {
		t.Errorf("got %v, want the cause", err)
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// refused also holds that no error quotes the assertion or what it says.
func refused(t *testing.T, v Verifier, r *http.Request, want Reason) {
	t.Helper()
	got, err := v.Verify(r.Context(), r)
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Reason != want {
		t.Errorf("got %v, %v, want reason %q, for %.80q", got, err, want, r.Header.Get(Header))
		return
	}
	if diff := cmp.Diff(Identity{}, got); diff != "" {
		t.Errorf("refused, and yet somebody (-want +got):\n%s", diff)
	}
	for part := range strings.SplitSeq(r.Header.Get(Header), ".") {
		if len(part) > 8 && strings.Contains(err.Error(), part) {
			t.Errorf("the error holds a part of the assertion: %v", err)
		}
	}
	if strings.Contains(strings.ToLower(err.Error()), "alice") {
		t.Errorf("the error names the person: %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	p := newProxy(f)
	v := p.verifier()
	good := p.but(nil)
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add(good[:strings.LastIndexByte(good, '.')+1])
	f.Add("e30.bnVsbA.")
	f.Add("eyJhbGciOiJFUzI1NiIsImtpZCI6ImlhcC0xIn0.e30.AAAA")
	f.Add("..")
	f.Fuzz(func(t *testing.T, assertion string) {
		r := &http.Request{Header: http.Header{Header: {assertion}}}
		got, err := v.Verify(t.Context(), r)
		if _, ok := errors.AsType[*Error](err); err != nil && !ok {
			t.Errorf("got %v, want an *Error", err)
		}
		if err == nil && assertion != good { // the signature's last bits are checked too
			t.Errorf("%q passed as %v", assertion, got)
		}
	})
}
