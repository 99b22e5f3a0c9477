package systemtest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// The projects of a pipeline, of images and of secrets can be guarded like the portal's own.
func TestGuard_NothingIsActivatedOnAProjectOfTheConfiguration(t *testing.T) {
	t.Parallel()
	s := newScene(t, emulator.Options{World: worldOf(t, 2)}, "GUARDED_PROJECTS="+tenant{0}.id())
	portal := s.portal()
	for _, c := range []struct {
		tenant  tenant
		status  int
		heading string
	}{
		{tenant{0}, http.StatusForbidden, "The portal activates nothing on " + tenant{0}.id()},
		{tenant{1}, http.StatusSeeOther, ""},
	} {
		s.eligible(c.tenant.project(), roleOf(0), c.tenant.member())
		before, guest := s.policy(c.tenant.project()), s.client(portal, c.tenant.person())
		reference := eligibility.Reference{Role: roleOf(0), Constraint: eligibility.SelfApproval}.Encode()
		a := must(t)(guest.post(t.Context(), c.tenant.page()+"/activate", activationForm(t, reference)))
		if a.status != c.status || a.heading() != c.heading {
			t.Errorf("%s: answers %d, %q, want %d, %q", c.tenant.id(), a.status, a.heading(), c.status, c.heading)
		}
		if unchanged := checkSame(before, s.policy(c.tenant.project())) == nil; unchanged != (c.status == http.StatusForbidden) {
			t.Errorf("%s: the policy is as it was: %t", c.tenant.id(), unchanged)
		}
	}
}

// give writes an activation of a tenant's person into the policy, and returns its id.
func (s *scene) give(p tenant, role string, start, end time.Time) (id string) {
	s.t.Helper()
	id = newID(s.t)
	b, err := eligibility.WriteActivation(eligibility.Activation{
		Key: eligibility.Key{Resource: p.project(), Role: role}, User: p.person(), ID: id,
		Window: eligibility.Window{Start: start, End: end}, Description: eligibility.SelfApprovedDescription("it's CASE-1041"),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.edit(p.project(), func(policy *iampb.Policy) {
		policy.Bindings = append(policy.Bindings, &iampb.Binding{Role: b.Role, Members: b.Members, Condition: exprOf(b.Condition)})
	})
	return id
}

// takingForms are the forms that take something away from the person of a tenant, by who sends them
// and where.
func (s *scene) takingForms(t *testing.T, p tenant, id string) map[string]func(*testbed.Portal) *response {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	activation := url.Values{
		"role": {ownRoleReference()}, "id": {id}, "user": {p.person()},
	}
	request := "/requests/" + s.sign(t, olderClaims(p, p.id(), now, now.Add(time.Hour)))
	send := func(email, address string, fields url.Values) func(*testbed.Portal) *response {
		return func(portal *testbed.Portal) *response {
			return must(t)(s.client(portal, email).post(t.Context(), address, fields))
		}
	}
	return map[string]func(*testbed.Portal) *response{
		"end":      send(p.person(), p.page()+"/end", activation),
		"revoke":   send(testbed.Administrator, p.page()+"/revoke", activation),
		"decline":  send(p.reviewer(0), request+"/decline", url.Values{"reason": {"no"}}),
		"withdraw": send(p.person(), request+"/withdraw", nil),
	}
}

// Once the portal ended and revoked activations, closed requests and swept in projects that it does
// not manage: its account may write the policies of more than its scope.
func TestGate_NothingIsChangedOutsideTheScope(t *testing.T) {
	t.Parallel()
	s := newScene(t, emulator.Options{World: worldOf(t, 2)}, "RESOURCE_SCOPE="+tenant{0}.folder())
	portal, p := s.portal(), tenant{1}
	now := time.Now().UTC().Truncate(time.Second)
	s.give(p, ownRole, now.Add(-26*time.Hour), now.Add(-25*time.Hour)) // due to be swept
	id := s.give(p, ownRole, now.Add(-time.Minute), now.Add(time.Hour))
	before := s.policy(p.project())
	forms := s.takingForms(t, p, id)
	for name, send := range forms {
		a := send(portal)
		if want := "The portal does not manage " + p.id(); a.status != http.StatusForbidden || a.heading() != want {
			t.Errorf("%s answers %d, %q, want 403, %q", name, a.status, a.heading(), want)
		}
		command := a.Find("#command").Text()
		if named := strings.Contains(command, `'\''s CASE-1041 [`+id+`]'`); named != (name == "end" || name == "revoke") || strings.Count(command, "gcloud") > 1 {
			t.Errorf("%s: the page has the command %q", name, command)
		}
		if err := checkSame(before, s.policy(p.project())); err != nil {
			t.Errorf("%s has changed the policy: %v", name, err)
		}
	}
	if a := must(t)(s.client(portal, "bob@example.com").post(t.Context(), p.page()+"/end", url.Values{"role": {ownRoleReference()}, "id": {id}})); a.heading() != notActive.Heading {
		t.Errorf("somebody else reads %q, want %q", a.heading(), notActive.Heading)
	}
	if err := portal.Stop(); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, e := range portal.Events("") {
		if e.Labels["error"] == "OUT_OF_SCOPE" {
			refused++
		}
	}
	if refused != len(forms) {
		t.Errorf("%d refusals are recorded as OUT_OF_SCOPE, want %d", refused, len(forms))
	}
}

// Where nobody answers whether a project stands in the scope, access can still be taken away, and
// none is given.
func TestGate_AccessIsTakenAwayWhereTheIndexDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s := newScene(t, emulator.Options{World: worldOf(t, 4)})
	portal := s.portal()
	s.Inject(func(c wire.Call) wire.Fault {
		if c.Host == "cloudasset.googleapis.com" {
			return wire.Fault{Kind: wire.Refuse, Status: http.StatusServiceUnavailable}
		}
		return wire.Fault{}
	})
	now := time.Now().UTC().Truncate(time.Second)
	for i, name := range []string{"end", "revoke", "decline", "withdraw"} {
		p := tenant{i}
		id := s.give(p, ownRole, now.Add(-time.Minute), now.Add(time.Hour))
		before := s.policy(p.project())
		if a := s.takingForms(t, p, id)[name](portal); a.status != http.StatusSeeOther || checkSame(before, s.policy(p.project())) == nil {
			t.Errorf("%s answers %d, %q, or has not changed the policy", name, a.status, a.heading())
		}
	}
	s.eligible(tenant{0}.project(), roleOf(0), tenant{0}.member())
	before := s.policy(tenant{0}.project())
	form := activationForm(t, eligibility.Reference{Role: roleOf(0), Constraint: eligibility.SelfApproval}.Encode())
	if a := must(t)(s.client(portal, tenant{0}.person()).post(t.Context(), tenant{0}.page()+"/activate", form)); a.status != noInventory.Status || a.heading() != noInventory.Heading {
		t.Errorf("activating answers %d, %q", a.status, a.heading())
	}
	if err := checkSame(before, s.policy(tenant{0}.project())); err != nil {
		t.Errorf("activating has changed the policy: %v", err)
	}
	if err := portal.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"api.endRole", "api.revokeRole", "api.declineRequest", "api.withdrawRequest"} {
		events := portal.Events(kind)
		if len(events) != 1 || events[0].Labels["scope_unproven"] != "true" || events[0].Labels["error"] != "" {
			t.Errorf("%s: %s, want one event with scope_unproven", kind, fmt.Sprint(events))
		}
	}
}

// The location is asked beside the policy, so that ending costs what it did: two steps.
func TestGate_TakingAccessAwayCostsTwoSteps(t *testing.T) {
	t.Parallel()
	s := newScene(t, emulator.Options{World: worldOf(t, 5)})
	portal := s.portal()
	other := s.takingForms(t, tenant{4}, "")["withdraw"] // fetches keys and tokens, and opens connections
	if a := other(portal); a.status != http.StatusSeeOther {
		t.Fatalf("withdrawing answers %d, %q", a.status, a.heading())
	}
	s.SetLatency(journalLatency)
	now := time.Now().UTC().Truncate(time.Second)
	for i, name := range []string{"end", "revoke", "decline", "withdraw"} {
		p := tenant{i}
		form := s.takingForms(t, p, s.give(p, ownRole, now.Add(-time.Minute), now.Add(time.Hour)))[name]
		before := s.policy(p.project())
		want := cost{2, 3} // where the project stands, its policy, the write
		got := fewest(want, func() []wire.Call {
			if err := s.World().SetPolicy(p.project(), before); err != nil {
				t.Fatal(err)
			}
			s.Journal().Reset()
			if a := form(portal); a.status != http.StatusSeeOther {
				t.Fatalf("%s answers %d, %q", name, a.status, a.heading())
			}
			return s.Journal().Calls()
		})
		check(t, name, want, got)
	}
}

func ownRoleReference() string {
	return eligibility.Reference{Role: ownRole, Constraint: eligibility.SelfApproval}.Encode()
}
