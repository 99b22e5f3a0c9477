package systemtest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// wantedRefusal is how a decision is refused: the page, and the reason in the log.
type wantedRefusal struct {
	status          int
	heading, reason string
}

var (
	ownRequest   = wantedRefusal{http.StatusForbidden, "This is your own request", "OWN_REQUEST"}
	notNamed     = wantedRefusal{http.StatusForbidden, "You were not asked to review this", "NOT_NAMED"}
	theirsLost   = wantedRefusal{http.StatusConflict, "%s is no longer eligible for this role", "LOST_ELIGIBILITY"}
	mineLost     = wantedRefusal{http.StatusForbidden, "You can no longer approve this", "REVIEWER_LOST_ELIGIBILITY"}
	rulesChanged = wantedRefusal{http.StatusConflict, "The rules of this role have changed", "BINDING_CHANGED"}
	spent        = wantedRefusal{http.StatusConflict, "This request is over", "REQUEST_SPENT"}
)

// A request is approved by somebody whom it names, while both are eligible by the binding that it
// was made under. The odd tenants are eligible by a group on the folder.
func TestInput_DecisionsThatAreRefusedChangeNothing(t *testing.T) {
	t.Parallel()
	type c struct {
		name   string
		by     func(tenant) string
		change func(*scene, tenant) error
		want   wantedRefusal
	}
	first := func(p tenant) string { return p.reviewer(0) }
	without := func(email func(tenant) string) func(*scene, tenant) error {
		return func(s *scene, p tenant) error {
			return s.World().Edit(p.project(), func(policy *iampb.Policy) {
				for _, b := range policy.Bindings {
					if b.GetCondition().GetExpression() == multiPartyMarker {
						b.Members = deleted(b.Members, "user:"+email(p))
					}
				}
			})
		}
	}
	out := func(email func(tenant) string) func(*scene, tenant) error {
		return func(s *scene, p tenant) error { return s.World().RemoveMember(p.group(3), email(p)) }
	}
	move := func(from, to func(tenant) string) func(*scene, tenant) error {
		return func(s *scene, p tenant) error {
			s.removeMultiParty(from(p))
			return s.World().Edit(to(p), func(policy *iampb.Policy) {
				policy.Bindings = append(policy.Bindings, multiPartyBinding(p.member(), "user:"+p.reviewer(0), "user:"+p.reviewer(1)))
			})
		}
	}
	nothing := func(*scene, tenant) error { return nil }
	project, folder := tenant.project, tenant.folder
	cases := []c{
		{"one's own", tenant.person, nothing, ownRequest},
		{"one's own, by a group", tenant.person, nothing, ownRequest},
		{"by a peer whom it does not name", func(p tenant) string { return p.reviewer(1) }, nothing, notNamed},
		{"by a peer of the group whom it does not name", func(p tenant) string { return p.reviewer(1) }, nothing, notNamed},
		{"the beneficiary is out of the binding", first, without(tenant.person), theirsLost},
		{"the beneficiary is out of the group", first, out(tenant.person), theirsLost},
		{"the reviewer is out of the binding", first, without(first), mineLost},
		{"the reviewer is out of the group", first, out(first), mineLost},
		{"the binding moved to the folder", first, move(project, folder), theirsLost}, // as the index is a minute old
		{"the binding moved to the project", first, move(folder, project), rulesChanged},
	}
	s := newMixedScene(t, len(cases))
	portal := s.portal()
	traces := map[string]wantedRefusal{}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := tenant{i}
			request := s.client(portal, p.person()).mustAsk(t, p, p.reviewer(0))
			hints, err := s.client(portal, p.reviewer(0)).decisionForm(t.Context(), request, "approve")
			if err != nil {
				t.Fatal(err)
			}
			if err := c.change(s, p); err != nil {
				t.Fatal(err)
			}
			before := s.policy(p.project())
			a := must(t)(s.client(portal, c.by(p)).post(t.Context(), request+"/approve", hints))
			heading := c.want.heading
			if strings.Contains(heading, "%s") {
				heading = fmt.Sprintf(heading, p.person())
			}
			if a.status != c.want.status || a.heading() != heading {
				t.Errorf("answers %d, %q, want %d, %q", a.status, a.heading(), c.want.status, heading)
			}
			if err := checkSame(before, s.policy(p.project())); err != nil {
				t.Error(err)
			}
			traces[a.trace] = c.want
		})
	}
	wantRefusals(t, portal, traces)
}

func wantRefusals(t *testing.T, portal *testbed.Portal, traces map[string]wantedRefusal) {
	t.Helper()
	if err := portal.Stop(); err != nil {
		t.Fatal(err)
	}
	for trace, want := range traces {
		if events := eventsOf(portal, trace); len(events) != 1 || events[0].Labels["error"] != want.reason {
			t.Errorf("events = %+v, want one %s", events, want.reason)
		}
	}
}

func deleted(all []string, one string) (rest []string) {
	for _, m := range all {
		if m != one {
			rest = append(rest, m)
		}
	}
	return rest
}

// newMixedScene has tenants of which the odd ones are eligible by a group on the folder.
func newMixedScene(t *testing.T, tenants int) *scene {
	t.Helper()
	s := newScene(t, emulator.Options{World: worldOf(t, tenants)})
	for i := range tenants {
		p := tenant{i}
		resource := p.project()
		if i%2 == 1 {
			resource = p.folder()
		}
		s.makeEligibleWithApproval(p, resource, 2, i%2 == 1)
	}
	return s
}

// A request is spent once, whatever has become of what it granted.
func TestInput_AReplayGrantsNothing(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t, 5)
	portal := s.portal()
	admin := s.client(portal, testbed.Administrator)
	key := url.Values{"role": {eligibility.Reference{Role: multiPartyRole, Constraint: eligibility.SelfApproval}.Encode()}}
	for i, c := range []struct {
		name  string
		after func(*testing.T, tenant, string)
		want  string // what the page of the request says
	}{
		{"while it is open", func(*testing.T, tenant, string) {}, "Active until"},
		{"after it was ended", func(t *testing.T, p tenant, _ string) {
			a := must(t)(s.client(portal, p.person()).post(t.Context(), p.page()+"/end", url.Values{"role": key["role"], "id": {activations(s.policy(p.project()))[0].ID}}))
			if a.status != http.StatusSeeOther {
				t.Fatalf("ending answers %d, %q", a.status, a.heading())
			}
		}, "Approved, and over"},
		{"after its reviewer revoked it", func(t *testing.T, p tenant, request string) {
			if a := must(t)(s.client(portal, p.reviewer(1)).post(t.Context(), request+"/revoke", nil)); a.status != http.StatusSeeOther {
				t.Fatalf("revoking answers %d, %q", a.status, a.heading())
			}
		}, "Approved, and over"},
		{"after an administrator revoked it", func(t *testing.T, p tenant, _ string) {
			a := must(t)(admin.post(t.Context(), p.page()+"/revoke", url.Values{"role": key["role"], "user": {p.person()}, "id": {activations(s.policy(p.project()))[0].ID}}))
			if a.status != http.StatusSeeOther {
				t.Fatalf("revoking answers %d, %q", a.status, a.heading())
			}
		}, "Approved, and over"},
		{"after its window", func(t *testing.T, p tenant, _ string) {
			s.edit(p.project(), func(policy *iampb.Policy) {
				for _, b := range policy.Bindings {
					if a, ok := activationOf(b); ok {
						a.Window.End = a.Window.Start.Add(time.Second)
						w, err := eligibility.WriteActivation(eligibility.Activation{Key: eligibility.Key{Role: a.Role}, User: a.User, ID: a.ID, Window: a.Window, Description: a.Description})
						if err != nil {
							t.Fatal(err)
						}
						b.Condition = exprOf(w.Condition)
					}
				}
			})
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := tenant{i}
			request := s.client(portal, p.person()).mustAsk(t, p, p.reviewers(2)...)
			if a := must(t)(s.client(portal, p.reviewer(0)).decide(t.Context(), request, "approve")); a.status != http.StatusSeeOther {
				t.Fatalf("approving answers %d, %q", a.status, a.heading())
			}
			c.after(t, p, request)
			before := s.policy(p.project())
			for _, n := range []int{0, 1} {
				g := s.client(portal, p.reviewer(n))
				if a := must(t)(g.post(t.Context(), request+"/approve", nil)); a.status != http.StatusSeeOther || a.path() != request {
					t.Errorf("approving again answers %d, %q", a.status, a.heading())
				}
				if got := g.mustGet(t, request).heading(); !strings.HasPrefix(got, c.want) {
					t.Errorf("the page is headed %q, want %q", got, c.want)
				}
			}
			if err := checkSame(before, s.policy(p.project())); err != nil {
				t.Error(err)
			}
		})
	}
}

// What a decision closes, it closes for all older requests.
func TestInput_AnOlderRequestIsClosedByADecisionOnANewerOne(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t, 1)
	portal, p := s.portal(), tenant{0}
	older := s.client(portal, p.person()).mustAsk(t, p, p.reviewers(2)...)
	newer := s.client(portal, p.person()).mustAsk(t, p, p.reviewers(2)...)
	if a := must(t)(s.client(portal, p.reviewer(0)).decide(t.Context(), newer, "decline")); a.status != http.StatusSeeOther {
		t.Fatalf("declining answers %d, %q", a.status, a.heading())
	}
	before := s.policy(p.project())
	for _, act := range []string{"/approve", "/decline"} {
		a := must(t)(s.client(portal, p.reviewer(1)).post(t.Context(), older+act, url.Values{"reason": {"use the replica"}}))
		if a.status != spent.status || a.heading() != spent.heading {
			t.Errorf("%s answers %d, %q, want %d, %q", act, a.status, a.heading(), spent.status, spent.heading)
		}
	}
	if err := checkSame(before, s.policy(p.project())); err != nil {
		t.Error(err)
	}
}

// Programs that look at mail open every link. Nothing changes, and nobody is notified.
func TestInput_OpeningEveryLinkChangesNothing(t *testing.T) {
	t.Parallel()
	mails := openMailbox(t)
	s := newRequestScene(t, 1, mails.environment()...)
	portal, p := s.portal(), tenant{0}
	request := s.client(portal, p.person()).mustAsk(t, p, p.reviewers(2)...)
	before, notified := s.policy(p.project()), len(mails.to(p.reviewer(0)))
	if notified != 1 {
		t.Fatalf("the reviewer got %d mails, want 1", notified)
	}
	opened := map[string]bool{}
	for _, email := range append(p.reviewers(2), p.person(), testbed.Administrator, "bob@example.com") {
		g := s.client(portal, email)
		queue := []string{request, request + "/approve", request + "/decline", request + "/withdraw", request + "/resend", request + "/revoke", p.page() + "/request"}
		for len(queue) > 0 {
			address := queue[0]
			queue = queue[1:]
			if opened[email+address] || !strings.HasPrefix(address, "/requests/") && !strings.HasPrefix(address, "/projects/") {
				continue
			}
			opened[email+address] = true
			a := must(t)(g.get(t.Context(), address))
			if a.location != "" {
				queue = append(queue, a.location)
			}
			for _, link := range a.Find("main a[href], form[action]").EachIter() {
				queue = append(queue, link.AttrOr("href", link.AttrOr("action", "")))
			}
		}
	}
	if err := checkSame(before, s.policy(p.project())); err != nil || len(mails.to(p.reviewer(0))) != notified {
		t.Errorf("after opening %d addresses: %v, and %d mails", len(opened), err, len(mails.to(p.reviewer(0))))
	}
}

// No text becomes markup, a header or a recipient, and nobody is asked who cannot approve.
func TestInput_WhatARequestMayNotSay(t *testing.T) {
	t.Parallel()
	mails := openMailbox(t)
	s := newRequestScene(t, 2, mails.environment()...)
	s.makeEligibleWithApproval(tenant{1}, tenant{0}.folder(), 0, false)
	portal, p := s.portal(), tenant{0}
	g := s.client(portal, p.person())
	good, err := g.requestForm(t.Context(), p, p.reviewer(0))
	if err != nil {
		t.Fatal(err)
	}
	reference := strings.TrimPrefix(good.Get("reviewer"), p.reviewer(0))
	before := s.policy(p.project())
	for name, c := range map[string]struct {
		field  string
		values []string
		status int
		says   string
	}{
		"a line break":                {"justification", []string{"x\r\nBcc: mallory@example.com"}, 422, "control characters"},
		"a carriage return":           {"justification", []string{"x\rBcc: mallory@example.com"}, 422, "control characters"},
		"a turned direction":          {"justification", []string{"x \u202etxt.exe"}, 422, "control characters"},
		"10,000 characters":           {"justification", []string{strings.Repeat("x", 10_000)}, 422, "At most"},
		"nothing":                     {"justification", []string{" "}, 422, "Write a justification"},
		"a reviewer with a break":     {"reviewer", []string{p.reviewer(0) + "\r\nBcc:mallory@example.com" + reference}, 400, ""},
		"a reviewer of markup":        {"reviewer", []string{"<script>@example.com" + reference}, 400, ""},
		"a reviewer too long":         {"reviewer", []string{strings.Repeat("r", 10_000) + "@example.com" + reference}, 400, ""},
		"a look-alike":                {"reviewer", []string{strings.Replace(p.reviewer(0), "e", "\u0435", 1) + reference}, 400, ""},
		"who is no peer":              {"reviewer", []string{"bob@example.com" + reference}, 422, "bob@example.com cannot approve this role"},
		"who is a peer elsewhere":     {"reviewer", []string{tenant{1}.reviewer(0) + reference}, 422, "cannot approve this role"},
		"oneself":                     {"reviewer", []string{p.person() + reference}, 422, "somebody else than yourself"},
		"nobody":                      {"reviewer", nil, 422, "Choose at least 1 reviewer"},
		"more than the limit":         {"reviewer", many(11, reference), 422, "Choose at most 10 reviewers; these are 11"},
		"a duration that is too long": {"duration", []string{"24h"}, 422, "At most 120 minutes"},
		"an id of another kind":       {"id", []string{"x] [y"}, 409, ""},
	} {
		t.Run(name, func(t *testing.T) {
			form := url.Values{}
			for field, values := range good {
				form[field] = values
			}
			form[c.field] = c.values
			a := must(t)(g.post(t.Context(), p.page()+"/request", form))
			if a.status != c.status || !strings.Contains(a.page(), c.says) {
				t.Errorf("answers %d, %q, want %d with %q:\n%s", a.status, a.heading(), c.status, c.says, a.Find("main").Text())
			}
		})
	}
	if err := checkSame(before, s.policy(p.project())); err != nil || len(mails.to(p.reviewer(0))) > 0 {
		t.Errorf("%v, and %d mails", err, len(mails.to(p.reviewer(0))))
	}

	odd := `</p><script>alert(1)</script> ` + "\u0430dmin =?utf-8?q?=0d=0aBcc:x?="
	good.Set("justification", odd)
	a := must(t)(g.post(t.Context(), p.page()+"/request", good))
	if a.status != http.StatusSeeOther {
		t.Fatalf("asking answers %d, %q", a.status, a.heading())
	}
	for _, email := range []string{p.person(), p.reviewer(0)} {
		if page := s.client(portal, email).mustGet(t, a.path()); page.Find("main script").Length() > 0 || !strings.Contains(page.Text(), odd) {
			t.Errorf("the page of %s has a script, or not the justification as it was written", email)
		}
	}
	letters := mails.to(p.reviewer(0))
	if len(letters) != 1 {
		t.Fatalf("the reviewer got %d mails, want 1", len(letters))
	}
	_, page, _ := strings.Cut(letters[0].Raw, "Content-Type: text/html")
	if diff := cmp.Diff([]string{p.person(), p.reviewer(0)}, slices.Sorted(slices.Values(letters[0].To))); diff != "" || page == "" || strings.Contains(page, "<script>") || letters[0].Header.Get("Bcc") != "" {
		t.Errorf("recipients (-want +got):\n%s mail:\n%s", diff, letters[0].Raw)
	}
}

func many(n int, reference string) (values []string) {
	for i := range n {
		values = append(values, fmt.Sprintf("somebody-%d@example.com%s", i, reference))
	}
	return values
}

// Nobody asks for, or activates, a role on the project that the portal runs in.
func TestInput_NothingIsAskedForOnThePortalsOwnProject(t *testing.T) {
	t.Parallel()
	s := newRequestScene(t, 1)
	own, p := "projects/"+testbed.PortalProject, tenant{0}
	s.edit(own, func(policy *iampb.Policy) {
		policy.Bindings = append(policy.Bindings, multiPartyBinding(p.member(), "user:"+p.reviewer(0)))
	})
	s.eligible(own, ownRole, p.member())
	portal := s.portal()
	before, g, outsider := s.policy(own), s.client(portal, p.person()), s.client(portal, "zoe@partner.example")
	ownReference := eligibility.Reference{Role: ownRole, Constraint: eligibility.SelfApproval}.Encode()
	fields := url.Values{"role": {multiPartyReference()}, "reviewer": {p.reviewer(0) + " " + multiPartyReference()}, "id": {"mpa-AAAAAAAAAAAAAAAA"}, "justification": {requestReason}, "duration": {"30m"}}
	for name, send := range map[string]func(*client) (*response, error){
		"the form": func(g *client) (*response, error) {
			return g.get(t.Context(), "/"+own+"/request?role="+multiPartyReference())
		},
		"asking": func(g *client) (*response, error) { return g.post(t.Context(), "/"+own+"/request", fields) },
		"activating": func(g *client) (*response, error) {
			return g.post(t.Context(), "/"+own+"/activate", activationForm(t, ownReference))
		},
	} {
		if a := must(t)(send(g)); a.status != http.StatusForbidden || a.heading() != "The portal activates nothing on "+testbed.PortalProject {
			t.Errorf("%s answers %d, %q", name, a.status, a.heading())
		}
		// Everybody could learn which project that is.
		if a := must(t)(send(outsider)); a.status != http.StatusForbidden || a.heading() != "You have no access to this role" {
			t.Errorf("%s answers a stranger %d, %q", name, a.status, a.heading())
		}
	}
	if err := checkSame(before, s.policy(own)); err != nil {
		t.Error(err)
	}
}
