//go:build browser

package browser

import (
	"errors"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// prepareRequest makes three people eligible for a role that needs a peer.
func prepareRequest(t *testing.T, w *world.World) {
	t.Helper()
	grant(t, w, "projects/"+project, eligible("cloudsql.admin", multiParty, "user:"+alice, "user:"+bob, "user:"+carol))
}

func TestBrowser_JourneyOfARequest(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string][]func(*tab){
		"with script":    nil,
		"without script": {withoutScript},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, options{prepare: prepareRequest})
			a, b, c := s.signedIn(t, alice, prepare...), s.signedIn(t, bob, prepare...), s.signedIn(t, carol, prepare...)
			link := askBoth(a)
			approve(a, b, s, link)
			revoke(a, b, s, link)
			decline(a, c, s, askBoth(a))
		})
	}
}

// askBoth asks bob and carol, and returns the link to send them: nobody is sent mail here.
func askBoth(a *tab) string {
	a.t.Helper()
	requestForm(multiPartyRole)(a, nil)
	a.wantPrefix("the heading", a.heading(), "Request Cloud SQL Admin on "+project)
	for _, reviewer := range []string{bob, carol} {
		a.choose(reviewerBox(reviewer))
	}
	a.write("#justification", partyReason)
	a.choose(at(`input[name=duration][value="30m"]`))
	a.follow(at("form[method=post] .act"))
	a.wantPrefix("the heading", a.heading(), "Not sent")
	a.wantPrefix("the notice", a.text(".notice"), "No e-mail was sent. The portal is not set up to send it; tell an administrator. The request itself is valid: send the link below yourself.")
	link := evaluate[string](a, `document.querySelector("#link").value`)
	a.wantPrefix("the link", link, a.base+"/?activation=")
	a.visit(evaluate[string](a, "location.pathname"))
	a.wantPrefix("the heading", a.heading(), "Waiting for approval")
	return link
}

// reviewerBox is the box by which somebody is chosen.
func reviewerBox(email string) element { return at(`input[name=reviewer][value^="` + email + ` "]`) }

// multiPartyBindings are the temporary bindings of multiPartyRole.
func (s *scene) multiPartyBindings() []*iampb.Binding {
	var found []*iampb.Binding
	for _, b := range s.activations(project) {
		if b.GetRole() == multiPartyRole {
			found = append(found, b)
		}
	}
	return found
}

// approve opens a link, approves, and checks the beneficiary's page.
func approve(a, b *tab, s *scene, link string) {
	b.t.Helper()
	b.visit(link)
	b.wantPrefix("the address", b.address(), "/requests/")
	b.wantPrefix("the heading", b.heading(), alice+" asks for Cloud SQL Admin on "+project)
	b.wantPrefix("the justification", b.text("blockquote"), partyReason)
	if n := len(s.multiPartyBindings()); n != 0 {
		b.t.Fatalf("opening the link made %d activations, want none", n)
	}
	b.follow(at(`form[action$="/approve"] .act`))
	b.wantPrefix("the heading", b.heading(), "Approved. "+alice+" has Cloud SQL Admin until ")
	held := s.multiPartyBindings()
	if len(held) != 1 || !strings.HasPrefix(held[0].GetCondition().GetDescription(), "Approved by "+bob+", justification: "+partyReason) {
		b.t.Fatalf("the policy has %v", held)
	}
	if start, end := window(b.t, held[0]); end.Sub(start) != 30*time.Minute {
		b.t.Errorf("the window is %v long, want 30 minutes", end.Sub(start))
	}
	a.reload("Active until ")
}

// revoke takes back what was approved.
func revoke(a, b *tab, s *scene, link string) {
	b.t.Helper()
	b.visit(link)
	b.wantPrefix("the heading", b.heading(), "Active until ")
	b.follow(at(`main .row a[href$="/revoke"]`))
	b.wantPrefix("the heading", b.heading(), "Revoke Cloud SQL Admin on "+project+" from "+alice+" now?")
	b.follow(at("form[method=post] .act"))
	b.wantPrefix("the lead", b.text(".lead"), alice+" no longer has the role.")
	held := s.multiPartyBindings()
	if len(held) != 2 { // what was revoked, and the empty window that closes what was asked for before
		b.t.Fatalf("the policy has %v", held)
	}
	for _, of := range held {
		if start, end := window(b.t, of); end.After(start) && end.After(time.Now()) {
			b.t.Errorf("what was revoked ends at %v", end)
		}
	}
	a.reload("Approved, and over")
}

// decline opens a link and declines, with a reason that the beneficiary can read.
func decline(a, c *tab, s *scene, link string) {
	c.t.Helper()
	c.visit(link)
	c.choose(at("aside details summary"))
	c.write("#reason", "use the replica")
	c.follow(at(`form[action$="/decline"] button`))
	c.wantPrefix("the heading", c.heading(), "Declined")
	for _, b := range s.multiPartyBindings() {
		if start, end := window(c.t, b); end.After(start) && end.After(time.Now()) { // an empty window may lie in the next second
			c.t.Errorf("after the refusal the policy has %v", b)
		}
	}
	a.reload("Declined")
	if got := a.text(".facts"); !strings.Contains(got, "Declined by "+carol+": use the replica") {
		a.t.Errorf("the page says %q, want the reason", got)
	}
}

// reload loads the page again, with script or without.
func (b *tab) reload(heading string) {
	b.t.Helper()
	b.visit(b.address())
	b.wantPrefix("the heading", b.heading(), heading)
}

// The beneficiary's page changes by itself once somebody has decided, and not before.
func TestBrowser_TheWaitingPageChangesOnceItIsDecided(t *testing.T) {
	t.Parallel()
	s := newScene(t, options{prepare: prepareRequest})
	r := s.ask(t, alice)
	b := s.signedIn(t, alice, withClock(time.Time{}))
	b.visit(r.page)
	b.wantPrefix("the heading", b.heading(), "Waiting for approval")
	const asOf = `document.querySelector("[data-as-of]").dateTime`
	first := evaluate[string](b, asOf)
	poll := func(changed func() bool, what string) {
		t.Helper()
		eventually(t, func() error {
			if changed() {
				return nil
			}
			_, err := ask[bool](b, "passes(15000), true") // it is asked again after the last answer
			return errors.Join(err, errors.New(what))
		})
	}
	poll(func() bool { now, err := ask[string](b, asOf); return err == nil && now != first }, "the page does not say when it looked last")
	b.wantPrefix("the heading", b.heading(), "Waiting for approval")
	r.act(bob, "approve")
	poll(func() bool {
		heading, err := ask[string](b, `document.querySelector("h1").innerText`)
		return err == nil && strings.HasPrefix(heading, "Active until ")
	}, "the page does not change by itself")
}
