package request

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/keyset"
)

func TestSign_ComesBackAsItWas(t *testing.T) {
	t.Parallel()
	g := newGoogle()
	tests := map[string]func(*Claims){
		"as it is":                        func(*Claims) {},
		"without resource condition":      func(c *Claims) { c.Key.ResourceCondition = "" },
		"a project of a domain":           func(c *Claims) { c.Key.Resource = "projects/example.com:payments" },
		"a role of an organization":       func(c *Claims) { c.Key.Role = "organizations/123/roles/my.role_1" },
		"a role of a project of a domain": func(c *Claims) { c.Key.Role = "projects/example.com:payments/roles/my" },
		"both of a domain, with a condition": func(c *Claims) {
			c.Key.Resource, c.Key.Role = "projects/example.com:a", "projects/example.com:b/roles/c"
		},
		"the beneficiary's account":         func(c *Claims) { c.Subject = "accounts.google.com:118133858486581853996" },
		"one reviewer":                      func(c *Claims) { c.Reviewers = c.Reviewers[:1] },
		"a hundred reviewers":               func(c *Claims) { c.Reviewers = numberedReviewers(MaxReviewers) },
		"99 characters":                     func(c *Claims) { c.Justification = strings.Repeat("\u00e9", 99) },
		"49 characters of two units, and 1": func(c *Claims) { c.Justification = strings.Repeat("\U0001f600", 49) + "!" },
		"quotes and backslashes":            func(c *Claims) { c.Justification = `"},"v":2,\u0000` },
		"the longest":                       func(c *Claims) { c.Duration, c.Expires = 12*time.Hour, now.Add(12*time.Hour) },
		"the shortest":                      func(c *Claims) { c.Duration, c.Expires = time.Second, now.Add(time.Second) },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := aliceClaims()
			change(&c)
			token, err := NewMint(account, g).Sign(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			checkRedeemed(t, g.redeemer(now), token, c)
			back, err := Reveal(Obscure(token))
			if err != nil || back != token {
				t.Errorf("obscured and revealed: got %q, %v, want %q", back, err, token)
			}
		})
	}
}

// signerFunc is a Signer whose answer is chosen by a test.
type signerFunc func(payload string) (string, error)

func (s signerFunc) SignJWT(_ context.Context, payload string) (string, error) { return s(payload) }

func TestSign_WritesWhatBothPortalsRead(t *testing.T) {
	t.Parallel()
	var got, want object
	signer := signerFunc(func(payload string) (string, error) {
		if strings.Contains(payload, `\u003c`) {
			t.Errorf("%s: longer than it need be", payload)
		}
		if err := json.Unmarshal([]byte(payload), &got); err != nil {
			return "", err
		}
		return newGoogle().SignJWT(t.Context(), payload)
	})
	if _, err := NewMint(account, signer).Sign(t.Context(), aliceClaims()); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(encode(ourPayload())), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSign_RefusesBeforeAnythingIsSigned(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*Claims)
		want   error
	}{
		"no id":                         {func(c *Claims) { c.ID = "" }, errID},
		"id of a self-activation":       {func(c *Claims) { c.ID = "jit-AAAABBBBCCCCDDDD" }, errID},
		"no beneficiary":                {func(c *Claims) { c.Beneficiary = "" }, errBeneficiary},
		"beneficiary in upper case":     {func(c *Claims) { c.Beneficiary = "Alice@example.com" }, errBeneficiary},
		"an account with a blank":       {func(c *Claims) { c.Subject = "accounts.google.com: 1" }, errSubject},
		"no reviewers":                  {func(c *Claims) { c.Reviewers = nil }, errReviewers},
		"reviewers not sorted":          {func(c *Claims) { c.Reviewers = []string{"carol@example.com", "bob@example.com"} }, errReviewers},
		"a reviewer twice":              {func(c *Claims) { c.Reviewers = []string{"bob@example.com", "bob@example.com"} }, errReviewers},
		"a reviewer who is none":        {func(c *Claims) { c.Reviewers = []string{"", "bob@example.com"} }, errReviewers},
		"101 reviewers":                 {func(c *Claims) { c.Reviewers = numberedReviewers(101) }, errReviewers},
		"their own reviewer":            {func(c *Claims) { c.Reviewers = []string{"alice@example.com", "bob@example.com"} }, errOwnReviewer},
		"no key":                        {func(c *Claims) { c.Key = eligibility.Key{} }, errEntitlement},
		"a project's number":            {func(c *Claims) { c.Key.Resource = "projects/123456" }, errEntitlement},
		"condition not canonical":       {func(c *Claims) { c.Key.ResourceCondition = `resource.name=='x'` }, errEntitlement},
		"condition that does not parse": {func(c *Claims) { c.Key.ResourceCondition = `resource.name ==` }, errEntitlement},
		"condition that is blank":       {func(c *Claims) { c.Key.ResourceCondition = " " }, errEntitlement},
		"no justification":              {func(c *Claims) { c.Justification = "" }, errJustification},
		"justification not UTF-8":       {func(c *Claims) { c.Justification = "BUG-1 \xff" }, errJustification},
		"not UTC":                       {func(c *Claims) { c.IssuedAt = c.IssuedAt.In(time.FixedZone("CET", 3600)) }, errLifetime},
		"expiry not UTC":                {func(c *Claims) { c.Expires = c.Expires.In(time.FixedZone("CET", 3600)) }, errLifetime},
		"after the year 9999": {func(c *Claims) {
			c.IssuedAt, c.Expires = time.Unix(maxNumber+1, 0).UTC(), time.Unix(maxNumber+2, 0).UTC()
		}, errLifetime},
		"fractions of a second": {func(c *Claims) { c.Expires = c.Expires.Add(time.Millisecond) }, errLifetime},
		"no times":              {func(c *Claims) { c.IssuedAt, c.Expires = time.Time{}, time.Time{} }, errLifetime},
		"no duration":           {func(c *Claims) { c.Duration = 0 }, errWindow},
		"half a second":         {func(c *Claims) { c.Duration = time.Second / 2 }, errWindow},
		"no binding":            {func(c *Claims) { c.Binding = "" }, errBinding},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := aliceClaims()
			tt.change(&c)
			signer := signerFunc(func(string) (string, error) { t.Error("asked to sign"); return "", nil })
			if token, err := NewMint(account, signer).Sign(t.Context(), c); !errors.Is(err, tt.want) || token != "" {
				t.Errorf("got %q, %v, want %v", token, err, tt.want)
			}
		})
	}
	c := aliceClaims()
	c.Fixed = &eligibility.Window{Start: now, End: now.Add(c.Duration)}
	if _, err := NewMint(account, newGoogle()).Sign(t.Context(), c); err == nil {
		t.Error("signed a window that only JIT Access 1.8.1 writes")
	}
}

func TestSign_RefusesNonsenseFromTheSigner(t *testing.T) {
	t.Parallel()
	const header = `{"alg":"RS256","kid":"key-1","typ":"JWT"}`
	whole := func(payload string) string { return signed(portalKey(), header, payload) }
	tests := map[string]func(payload string) string{
		"nothing":          func(string) string { return "" },
		"a page":           func(string) string { return "<html>" },
		"the payload":      func(payload string) string { return payload },
		"two parts":        func(payload string) string { s := whole(payload); return s[:strings.LastIndexByte(s, '.')] },
		"half a signature": func(payload string) string { s := whole(payload); return s[:len(s)-200] },
		"no signature":     func(payload string) string { s := whole(payload); return s[:strings.LastIndexByte(s, '.')+1] },
		"a line break":     func(payload string) string { return whole(payload) + "\n" },
		"an endless token": func(payload string) string { return whole(payload) + strings.Repeat("A", maxToken) },
		"no claims":        func(string) string { return whole("{}") },
		"claims null":      func(string) string { return whole("null") },
		"claims of another": func(string) string {
			return whole(encode(with(ourPayload(), object{"beneficiary": "bob@example.com"})))
		},
		"one claim less":    func(string) string { return whole(encode(with(ourPayload(), object{"start": nil}))) },
		"one claim more":    func(string) string { return whole(encode(with(ourPayload(), object{"nbf": 1}))) },
		"another algorithm": func(payload string) string { return signed(portalKey(), `{"alg":"ES256","kid":"key-1"}`, payload) },
		"no algorithm":      func(payload string) string { return signed(portalKey(), `{"alg":"none","kid":"key-1"}`, payload) },
		"no key id":         func(payload string) string { return signed(portalKey(), `{"alg":"RS256"}`, payload) },
		"critical extension": func(payload string) string {
			return signed(portalKey(), `{"alg":"RS256","kid":"k","crit":["b64"]}`, payload)
		},
		"header is nothing": func(payload string) string { return signed(portalKey(), `null`, payload) },
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signer := signerFunc(func(payload string) (string, error) { return answer(payload), nil })
			token, err := NewMint(account, signer).Sign(t.Context(), aliceClaims())
			if err == nil || token != "" {
				t.Errorf("got %q, %v, want an error", token, err)
			}
		})
	}
}

func TestSign_SaysWhySignerFailed(t *testing.T) {
	t.Parallel()
	denied := errors.New("permission denied")
	signer := signerFunc(func(string) (string, error) { return "", denied })
	if _, err := NewMint(account, signer).Sign(t.Context(), aliceClaims()); !errors.Is(err, denied) {
		t.Errorf("got %v, want %v", err, denied)
	}
}

func TestRedeem_ExpiredTokenStillSaysWhatItWas(t *testing.T) {
	t.Parallel()
	g := newGoogle()
	token := g.token(ourPayload())
	checkRedeemed(t, g.redeemer(now.Add(time.Hour-time.Nanosecond)), token, aliceClaims())
	for _, late := range []time.Duration{time.Hour, 1000 * time.Hour} {
		r := g.redeemer(now.Add(late))
		checkRefused(t, r, token, Expired)
		got, _ := r.Redeem(t.Context(), token)
		if diff := cmp.Diff(aliceClaims(), got); diff != "" {
			t.Errorf("%v later (-want +got):\n%s", late, diff)
		}
	}
}

func TestRedeem_ExpiredAndForgedSaysNothing(t *testing.T) {
	t.Parallel()
	g := newGoogle()
	r := g.redeemer(now.Add(2 * time.Hour))
	checkRefused(t, r, signed(malloryKey(), `{"alg":"RS256","kid":"key-1"}`, encode(ourPayload())), BadSignature)
	checkRefused(t, r, g.token(with(ourPayload(), object{"iss": "mallory@example.com"})), WrongIssuer)
	checkRefused(t, r, g.token(with(ourPayload(), object{"justification": nil})), BadContents)
}

func TestRedeem_TokenOfAnInstanceWhoseClockIsAhead(t *testing.T) {
	t.Parallel()
	g := newGoogle()
	token := g.token(ourPayload())
	checkRedeemed(t, g.redeemer(now.Add(-30*time.Second)), token, aliceClaims())
	checkRefused(t, g.redeemer(now.Add(-31*time.Second)), token, NotYetValid)
}

func TestRedeem_KnowsTheKeyBeforeUntilItIsWithdrawn(t *testing.T) {
	t.Parallel()
	g := newGoogle()
	r := g.redeemer(now)
	old := g.token(ourPayload())
	checkRedeemed(t, r, old, aliceClaims())

	g.rotate(map[string]*rsa.PrivateKey{"key-1": portalKey(), "key-2": nextKey()}, "key-2")
	fresh := g.token(ourPayload())
	checkRedeemed(t, r, fresh, aliceClaims())
	checkRedeemed(t, r, old, aliceClaims())

	g.rotate(map[string]*rsa.PrivateKey{"key-2": nextKey()}, "key-2")
	r = g.redeemer(now) // another instance, which never saw the first key
	checkRedeemed(t, r, fresh, aliceClaims())
	checkRefused(t, r, old, UnknownKey)
}

func TestRedeem_SaysThatKeysAreUnavailable(t *testing.T) {
	t.Parallel()
	down := errors.New("no route to host")
	client := &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) { return nil, down })}
	r := NewRedeemer(account, keyset.New(KeysURL(account), client, keyset.Options{}), nil)
	token := newGoogle().token(ourPayload())
	checkRefused(t, r, token, KeysUnavailable)
	if _, err := r.Redeem(t.Context(), token); !errors.Is(err, down) {
		t.Errorf("got %v, want the cause", err)
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestRedeem_WithoutAClockTakesTheWallClock(t *testing.T) {
	t.Parallel()
	g := newGoogle()
	r := NewRedeemer(account, g.redeemer(now).keys, nil)
	claims := with(ourPayload(), object{"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()})
	if _, err := r.Redeem(t.Context(), g.token(claims)); err != nil {
		t.Errorf("issued now: got %v, want the claims", err)
	}
	checkRefused(t, r, g.token(with(ourPayload(), object{"iat": now.AddDate(-9, 0, 0).Unix(), "exp": now.AddDate(-9, 0, 0).Unix() + 60})), Expired)
}
