package systemtest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// backdateRequest returns a request as if it had been made so much earlier, signed as the portal
// signs.
func (s *scene) backdateRequest(t *testing.T, request string, by time.Duration) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(strings.TrimPrefix(request, "/requests/"), ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims object
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"iat", "exp", "start", "end"} {
		at, ok := claims[name].(float64)
		if !ok {
			t.Fatalf("the request says nothing of %s", name)
		}
		claims[name] = int64(at) - int64(by.Seconds())
	}
	return "/requests/" + s.sign(t, claims)
}

// backdateActivations makes the activations of a policy start so much earlier, and end ten minutes
// after their start at the latest.
func (s *scene) backdateActivations(p tenant, by time.Duration) {
	s.t.Helper()
	s.edit(p.project(), func(policy *iampb.Policy) {
		for _, b := range policy.Bindings {
			if a, ok := activationOf(b); ok {
				a.Window.Start = a.Window.Start.Add(-by)
				a.Window.End = earlier(a.Window.End.Add(-by), a.Window.Start.Add(10*time.Minute))
				s.write(b, a)
			}
		}
	})
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// write puts an activation into a binding.
func (s *scene) write(b *iampb.Binding, a eligibility.Activation) {
	s.t.Helper()
	w, err := eligibility.WriteActivation(a)
	if err != nil {
		s.t.Fatal(err)
	}
	b.Role, b.Members, b.Condition = w.Role, w.Members, exprOf(w.Condition)
}

// addExpired adds two expired activations of somebody else. A sweep removes both, because they
// started more than twelve hours ago.
func (s *scene) addExpired(p tenant) {
	s.t.Helper()
	s.edit(p.project(), func(policy *iampb.Policy) {
		start := s.World().Now().UTC().Truncate(time.Second).Add(-13 * time.Hour)
		for i, id := range []string{"jit-AAAAAAAAAAAAAAAA", "jit-BBBBBBBBBBBBBBBB"} {
			b := new(iampb.Binding)
			s.write(b, eligibility.Activation{
				Key: eligibility.Key{Resource: "projects/" + p.id(), Role: roleOf(i)}, User: "bob@example.com", ID: id, Description: "Self-approved, justification: old",
				Window: eligibility.Window{Start: start, End: start.Add(time.Hour)},
			})
			policy.Bindings = append(policy.Bindings, b)
		}
	})
}

// The binding that shows that a request is spent is not swept, although it ended more than five
// minutes ago.
func TestReplay_AnOldLinkGrantsNothingAfterASweep(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t, 3)
	portal := s.portal()
	role := eligibility.Reference{Role: multiPartyRole, Constraint: eligibility.SelfApproval}.Encode()
	for i, c := range []struct {
		name string
		act  func(*testing.T, tenant, string) *response
	}{
		{"its window is over", nil},
		{"it was ended", func(t *testing.T, p tenant, _ string) *response {
			fields := url.Values{"role": {role}, "id": {activations(s.policy(p.project()))[0].ID}}
			return must(t)(s.client(portal, p.person()).post(t.Context(), p.page()+"/end", fields))
		}},
		{"it was revoked", func(t *testing.T, p tenant, request string) *response {
			return must(t)(s.client(portal, p.reviewer(0)).post(t.Context(), request+"/revoke", nil))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := tenant{i}
			request := s.backdateRequest(t, s.client(portal, p.person()).mustAsk(t, p, p.reviewers(2)...), 30*time.Minute)
			if a := must(t)(s.client(portal, p.reviewer(0)).decide(t.Context(), request, "approve")); a.status != http.StatusSeeOther {
				t.Fatalf("the old link is approved with %d, %q", a.status, a.heading())
			}
			if c.act != nil {
				if a := c.act(t, p, request); a.status != http.StatusSeeOther {
					t.Fatalf("ending or revoking answers %d, %q", a.status, a.heading())
				}
			}
			s.backdateActivations(p, 20*time.Minute)
			s.addExpired(p)
			s.sweep(t, s.client(portal, p.reviewer(1)), p)
			s.wantSpent(t, []*client{s.client(portal, p.reviewer(0)), s.client(portal, p.reviewer(1))}, p, request)
		})
	}
}

// sweep lets somebody else activate a role, which also removes expired activations that are no
// ledger.
func (s *scene) sweep(t *testing.T, g *client, p tenant) {
	t.Helper()
	s.eligible(p.project(), groupRole, "user:"+g.email)
	form := activationFormAs(newID(t), eligibility.Reference{Role: groupRole, Constraint: eligibility.SelfApproval}.Encode())
	if a := must(t)(g.post(t.Context(), p.page()+"/activate", form)); a.status != http.StatusSeeOther {
		t.Fatalf("activating answers %d, %q", a.status, a.heading())
	}
	var left []string
	for _, a := range activations(s.policy(p.project())) {
		left = append(left, a.User+" "+a.Role)
	}
	slices.Sort(left)
	if want := []string{p.person() + " " + multiPartyRole, g.email + " " + groupRole}; !slices.Equal(left, want) {
		t.Fatalf("after a sweep these activations are left: %v, want %v", left, want)
	}
}

// wantSpent approves a request again and again, which writes nothing and shows who decided.
func (s *scene) wantSpent(t *testing.T, reviewers []*client, p tenant, request string) {
	t.Helper()
	before := s.policy(p.project())
	s.Journal().Reset()
	for _, g := range reviewers {
		if a := must(t)(g.post(t.Context(), request+"/approve", nil)); a.status != http.StatusSeeOther || a.path() != request {
			t.Errorf("approving again answers %d to %q, %q", a.status, a.location, a.heading())
		}
		page := g.mustGet(t, request)
		if said := page.Find("main").Text(); page.heading() != "Approved, and over" || !strings.Contains(said, "Approved by "+p.reviewer(0)) {
			t.Errorf("the page is headed %q and does not say who decided: %s", page.heading(), said)
		}
	}
	for _, c := range s.Journal().Calls() {
		if kindOf(c) == callWrite {
			t.Errorf("it was written: %+v", c)
		}
	}
	if err := checkSame(before, s.policy(p.project())); err != nil {
		t.Error(err)
	}
}
