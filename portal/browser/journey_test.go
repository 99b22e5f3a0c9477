//go:build browser

package browser

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

const (
	alice   = "alice@example.com"
	project = "payments-prod"
	reason  = `CASE-1041 <b>node-3</b> & "disk"`
)

// prepareJourney makes alice eligible for three roles, one of them through nested groups.
func prepareJourney(t *testing.T, w *world.World) {
	grant(t, w, "projects/"+project,
		eligible("compute.admin", selfApproval, "group:oncall@example.com"),
		eligible("container.admin", selfApproval, "user:"+alice),
		eligible("cloudsql.admin", selfApproval, "user:"+alice),
	)
}

func TestBrowser_JourneyFromSignInToTheEnd(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string][]func(*tab){
		"with script":    nil,
		"without script": {withoutScript},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, options{prepare: prepareJourney})
			b := s.open(t, prepare...)
			signIn(b)
			chooseTwoRoles(b)
			first := activate(b, s)
			extend(b, s, first)
			end(b, s)
		})
	}
}

// signIn is redirected to the sign-in page, and back to the address that it opened.
func signIn(b *tab) {
	b.t.Helper()
	b.visit("/")
	b.wantPrefix("the address", b.address(), signInPrefix)
	b.follow(at(`button[value="` + alice + `"]`))
	b.wantPrefix("the address", b.address(), "/")
	b.wantPrefix("the heading", b.heading(), "Your access")
	b.wantPrefix("the lead", b.text(".lead"), "Nothing is active. You are eligible for 3 roles on payments-prod.")
}

func chooseTwoRoles(b *tab) {
	b.t.Helper()
	b.follow(at(`.links a[href="/projects/` + project + `"]`))
	b.wantPrefix("the heading", b.heading(), project)
	b.choose(inEntry("form", "roles/compute.admin", "input"))
	b.choose(inEntry("form", "roles/container.admin", "input"))
	b.follow(at("form[data-pick] button"))
	b.wantPrefix("the heading", b.heading(), "Activate 2 roles on "+project)
}

// activate sends the form, and returns the end of the window that it made.
func activate(b *tab, s *scene) time.Time {
	b.t.Helper()
	b.write("#justification", reason)
	b.choose(at(`input[name=duration][value="30m"]`))
	if status := b.follow(at("form[method=post] .act")).Status; status != 200 {
		b.t.Fatalf("the page after the form has status %d, want 200", status)
	}
	b.wantPrefix("the heading", b.heading(), "Active until ")
	if got := b.text(".facts"); !strings.Contains(got, reason) {
		b.t.Errorf("the page says %q, want the justification as it was written", got)
	}
	made := s.activations(project)
	if got := rolesOf(made); !slices.Equal(got, []string{"roles/compute.admin", "roles/container.admin"}) {
		b.t.Fatalf("the policy has activations of %v", got)
	}
	start, until := window(b.t, made[0])
	if until.Sub(start) != 30*time.Minute || !strings.HasPrefix(made[0].GetCondition().GetDescription(), "Self-approved, justification: "+reason+" [jit-") {
		b.t.Errorf("the policy has %v", made[0].GetCondition())
	}
	b.follow(at(`main .row > a[href="/"]`))
	b.wantPrefix("the lead", b.text(".lead"), "2 roles are active. The first ends in ")
	return until
}

func extend(b *tab, s *scene, first time.Time) {
	b.t.Helper()
	b.follow(inEntry("section[aria-labelledby=active]", "roles/compute.admin", `a[href*="/activate"]`))
	b.wantPrefix("the heading", b.heading(), "Extend Compute Admin on "+project)
	b.write("#justification", "CASE-1041 not done yet")
	b.follow(at("form[method=post] .act"))
	b.wantPrefix("the heading", b.heading(), "Active until ")
	for _, made := range s.activations(project) {
		start, until := window(b.t, made)
		longer := until.After(first) && until.Sub(start) == 2*time.Hour
		if longer != (made.GetRole() == "roles/compute.admin") {
			b.t.Errorf("%s is active from %v to %v, first until %v; only compute.admin was extended", made.GetRole(), start, until, first)
		}
	}
}

func end(b *tab, s *scene) {
	b.t.Helper()
	b.visit("/")
	b.follow(inEntry("section[aria-labelledby=active]", "roles/container.admin", `a[href*="/end"]`))
	b.wantPrefix("the heading", b.heading(), "End Kubernetes Engine Admin on "+project+" now?")
	b.follow(at("form[method=post] .act"))
	b.wantPrefix("the heading", b.heading(), "Ended: Kubernetes Engine Admin on "+project)
	for _, made := range s.activations(project) {
		_, until := window(b.t, made)
		if over := !until.After(time.Now()); over != (made.GetRole() == "roles/container.admin") {
			b.t.Errorf("%s ends at %v; only container.admin was ended", made.GetRole(), until)
		}
	}
	b.follow(at(`main a[href="/"].button`))
	b.wantPrefix("the lead", b.text(".lead"), "1 role is active. It ends in ")
}

func rolesOf(bindings []*iampb.Binding) []string {
	var roles []string
	for _, b := range bindings {
		roles = append(roles, b.GetRole())
	}
	slices.Sort(roles)
	return roles
}
