package systemtest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/iap"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// fixture is a portal and a client whose person is eligible for one role, by a group on the folder.
type fixture struct {
	*scene
	portal *testbed.Portal
	tenant tenant
	before *iampb.Policy // of its project
	*client
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	s := faultScene(t, 2)
	d := &fixture{scene: s, portal: s.portal(), tenant: tenant{0}}
	d.before, d.client = s.policy(d.tenant.project()), s.client(d.portal, d.tenant.person())
	return d
}

// wantUnchanged fails if act changes the policy of the project.
func (d *fixture) wantUnchanged(t *testing.T, act func() *response) *response {
	t.Helper()
	before := d.policy(d.tenant.project())
	a := act()
	if err := checkSame(before, d.policy(d.tenant.project())); err != nil {
		t.Errorf("the policy has changed: %v", err)
	}
	return a
}

// must fails the test if there is no response.
func must(t *testing.T) func(*response, error) *response {
	t.Helper()
	return func(a *response, err error) *response {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		wantHeaders(t, a)
		return a
	}
}

const assertionHeader = "X-Goog-Iap-Jwt-Assertion"

// withAssertions replaces the client's assertion.
func withAssertions(assertions ...string) func(http.Header) {
	return func(h http.Header) {
		h.Del(assertionHeader)
		for _, a := range assertions {
			h.Add(assertionHeader, a)
		}
	}
}

func TestInput_NobodyGetsPastWithoutAnAssertionThatProvesWho(t *testing.T) {
	t.Parallel()
	d := newFixture(t)
	signed := func(s *iap.Proxy, change jwt.MapClaims) string {
		claims := s.Claims(d.email)
		for name, value := range change {
			claims[name] = value
		}
		text, err := s.Assertion(claims)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	good := signed(d.signer, nil)
	parts := strings.Split(good, ".")
	now := time.Now()
	forge := func(method jwt.SigningMethod, key any) string {
		token := jwt.NewWithClaims(method, d.signer.Claims(d.email))
		var header map[string]any
		text, err := base64.RawURLEncoding.DecodeString(parts[0])
		if err != nil || json.Unmarshal(text, &header) != nil {
			t.Fatal(err)
		}
		token.Header["kid"] = header["kid"]
		forged, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return forged
	}
	outsider := iap.New(d.World(), iap.Options{Audience: d.Audience()})
	foreignSignature := signed(outsider, nil)
	tests := map[string]struct {
		assertions []string
		reason     string
	}{
		"none, with x-goog-authenticated-user-email": {nil, "missing"},
		"forged, by another key":                     {[]string{foreignSignature}, "unknown-key"},
		"forged, with another's signature":           {[]string{parts[0] + "." + parts[1] + foreignSignature[strings.LastIndex(foreignSignature, "."):]}, "signature"},
		"forged, HS256":                              {[]string{forge(jwt.SigningMethodHS256, []byte("secret"))}, "algorithm"},
		"forged, without a signature":                {[]string{forge(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType)}, "algorithm"},
		"expired":                                    {[]string{signed(d.signer, jwt.MapClaims{"iat": now.Add(-11 * time.Minute).Unix(), "exp": now.Add(-time.Minute).Unix()})}, "expired"},
		"from the future":                            {[]string{signed(d.signer, jwt.MapClaims{"iat": now.Add(5 * time.Minute).Unix(), "exp": now.Add(10 * time.Minute).Unix()})}, "not-yet-valid"},
		"for another service":                        {[]string{signed(d.signer, jwt.MapClaims{"aud": "/projects/1/global/backendServices/2"})}, "audience"},
		"an ID token of Google":                      {[]string{signed(d.signer, jwt.MapClaims{"iss": "https://accounts.google.com"})}, "issuer"},
		"of a service account":                       {[]string{signed(d.signer, jwt.MapClaims{"email": testbed.PortalAccount})}, "not-a-person"},
		"truncated":                                  {[]string{good[:len(good)/2]}, "malformed"},
		"with a short signature":                     {[]string{parts[0] + "." + parts[1] + ".AAAAAAAAAAAA"}, "signature"},
		"not a token":                                {[]string{d.email}, "malformed"},
		"two headers":                                {[]string{good, good}, "malformed"},
	}
	traces := map[string]string{}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			claim := func(h http.Header) { h.Set("X-Goog-Authenticated-User-Email", "accounts.google.com:"+d.email) }
			for _, send := range []func() (*response, error){
				func() (*response, error) {
					return d.send(t.Context(), http.MethodGet, d.tenant.page(), nil, withAssertions(c.assertions...), claim)
				},
				func() (*response, error) {
					return d.send(t.Context(), http.MethodPost, d.tenant.page()+"/activate", activationForm(t, d.tenant.groupReference()), formHeaders, withAssertions(c.assertions...), claim)
				},
			} {
				a := d.wantUnchanged(t, func() *response { return must(t)(send()) })
				if a.status != http.StatusForbidden || a.heading() != "Sign in to continue" || strings.Contains(a.body, d.email) {
					t.Errorf("answers %d, %q, with the address: %t", a.status, a.heading(), strings.Contains(a.body, d.email))
				}
				traces[a.trace] = c.reason
			}
		})
	}
	d.mustGet(t, d.tenant.page())
	if err := d.portal.Stop(); err != nil {
		t.Fatal(err)
	}
	for trace, reason := range traces {
		events := eventsOf(d.portal, trace)
		if len(events) != 1 || events[0].Labels["event"] != "iap.authenticate" || events[0].Labels["error"] != reason || events[0].Labels["user"] != "" {
			t.Errorf("events = %+v, want iap.authenticate with %q and nobody's name", events, reason)
		}
	}
	for _, line := range d.log.all() {
		if strings.Contains(line, parts[1]) {
			t.Errorf("the log holds an assertion: %s", line)
		}
	}
}

var requestNumber = regexp.MustCompile(`[0-9a-f]{12}`)

// page is all that a person reads, without the request's number.
func (a *response) page() string {
	return requestNumber.ReplaceAllString(strings.Join(strings.Fields(a.Find("body").Text()), " "), "NUMBER")
}

func TestInput_WhatIsNotMineLooksLikeWhatDoesNotExist(t *testing.T) {
	t.Parallel()
	d := newFixture(t)
	other := tenant{1}
	role := func(name string) string {
		return eligibility.Reference{Role: name, Constraint: eligibility.SelfApproval}.Encode()
	}
	look := func(address string) func(*testing.T) (*response, error) {
		return func(t *testing.T) (*response, error) { return d.get(t.Context(), address) }
	}
	activate := func(project, reference string) func(*testing.T) (*response, error) {
		return func(t *testing.T) (*response, error) {
			return d.post(t.Context(), "/projects/"+project+"/activate", activationForm(t, reference))
		}
	}
	end := func(project, reference string) func(*testing.T) (*response, error) {
		return func(t *testing.T) (*response, error) {
			return d.post(t.Context(), "/projects/"+project+"/end", url.Values{"role": {reference}, "id": {newID(t)}})
		}
	}
	// The words are those for a role where the address or the form names one; that alone makes a
	// difference.
	unknown := must(t)(look("/projects/no-such-project")(t)).page()
	unknownRole := must(t)(look("/projects/no-such-project/activate?role=" + role(groupRole))(t)).page()
	looksAround := []string{"somebody else's project", "a project's number", "a text that is no project", "somebody else's activation", "the portal's own project"}
	for name, send := range map[string]func(*testing.T) (*response, error){
		"somebody else's project":             look(other.page()),
		"a project's number":                  look("/projects/800000000"),
		"a text that is no project":           look("/projects/..%2F..%2Fx"),
		"the form of somebody else's project": look(other.page() + "/activate?role=" + role(groupRole)),
		"the form of an unknown role":         look(d.tenant.page() + "/activate?role=" + role("roles/no.such")),
		"somebody else's activation":          look(other.page() + "/activations/" + newID(t)),
		"activating an unknown role":          activate(d.tenant.id(), role("roles/no.such")),
		"activating an existing role":         activate(d.tenant.id(), role("roles/logging.viewer")),
		"activating on somebody else's":       activate(other.id(), other.groupReference()),
		"activating on an unknown project":    activate("no-such-project", role(groupRole)),
		"activating on a number":              activate("800000000", role(groupRole)),
		"ending what is not active":           end(d.tenant.id(), role(groupRole)),
		"ending on somebody else's":           end(other.id(), role(groupRole)),
		"ending on an unknown project":        end("no-such-project", role(groupRole)),
		"the portal's own project":            look("/projects/" + testbed.PortalProject),
	} {
		t.Run(name, func(t *testing.T) {
			before := d.policy(other.project())
			a := d.wantUnchanged(t, func() *response { return must(t)(send(t)) })
			if a.status != http.StatusForbidden {
				t.Errorf("answers %d, want 403", a.status)
			}
			want := unknownRole
			if slices.Contains(looksAround, name) {
				want = unknown
			}
			if diff := cmp.Diff(want, a.page()); diff != "" {
				t.Errorf("the page differs from that of an unknown project:\n%s", diff)
			}
			if err := checkSame(before, d.policy(other.project())); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestInput_NothingIsActivatedOnThePortalsOwnProject(t *testing.T) {
	t.Parallel()
	d := newFixture(t)
	own := "projects/" + testbed.PortalProject
	d.eligible(own, groupRole, d.tenant.member())
	before := d.policy(own)
	reference := eligibility.Reference{Role: groupRole, Constraint: eligibility.SelfApproval}.Encode()
	for name, send := range map[string]func() (*response, error){
		"the form": func() (*response, error) { return d.get(t.Context(), "/"+own+"/activate?role="+reference) },
		"activating": func() (*response, error) {
			return d.post(t.Context(), "/"+own+"/activate", activationForm(t, reference))
		},
	} {
		a := must(t)(send())
		if a.status != http.StatusForbidden || a.heading() != "The portal activates nothing on "+testbed.PortalProject {
			t.Errorf("%s answers %d, %q", name, a.status, a.heading())
		}
	}
	if a := d.mustGet(t, "/"+own); len(a.references()) != 0 || !strings.Contains(a.page(), "Cannot be activated") {
		t.Errorf("the project offers %q", a.references())
	}
	if err := checkSame(before, d.policy(own)); err != nil {
		t.Error(err)
	}
}

// The index is an hour late. What decides is read live.
func TestInput_WhatChangedAMomentAgoCounts(t *testing.T) {
	t.Parallel()
	clock := newClock(-2 * time.Hour)
	s := newScene(t, emulator.Options{World: worldOf(t, 2), IndexLag: time.Hour, Clock: clock.now})
	removed, granted := tenant{0}, tenant{1}
	s.eligible(removed.project(), ownRole, removed.member())
	clock.set(0)
	p := s.portal()
	reference := eligibility.Reference{Role: ownRole, Constraint: eligibility.SelfApproval}.Encode()

	s.removeEligible(removed.project())
	before := s.policy(removed.project())
	if indexed, _ := s.World().IndexedPolicy(removed.project()); checkSame(before, indexed) == nil {
		t.Fatal("the index is not late")
	}
	leaver := s.client(p, removed.person())
	if a := must(t)(leaver.get(t.Context(), removed.page())); a.status != http.StatusForbidden {
		t.Errorf("the page of what was removed answers %d", a.status)
	}
	if a := must(t)(leaver.post(t.Context(), removed.page()+"/activate", activationForm(t, reference))); a.status != http.StatusForbidden {
		t.Errorf("activating what was removed answers %d, %q", a.status, a.heading())
	}
	if err := checkSame(before, s.policy(removed.project())); err != nil {
		t.Error(err)
	}

	joiner := s.client(p, granted.person())
	if a := must(t)(joiner.get(t.Context(), granted.page())); a.status != http.StatusForbidden {
		t.Errorf("the page of what is not granted yet answers %d", a.status)
	}
	s.eligible(granted.project(), ownRole, granted.member())
	found := joiner.mustGet(t, granted.page()).reference(ownRole)
	if a := must(t)(joiner.post(t.Context(), granted.page()+"/activate", activationForm(t, found))); a.status != http.StatusSeeOther {
		t.Errorf("activating what was granted answers %d, %q", a.status, a.heading())
	}
	if got := activations(s.policy(granted.project())); len(got) != 1 {
		t.Errorf("activations = %+v, want one", got)
	}
}
