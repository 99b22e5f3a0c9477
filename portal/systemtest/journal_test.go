package systemtest

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// journalLatency is long enough for calls that are made side by side to overlap on a busy machine.
const journalLatency = 40 * time.Millisecond

// cost is the calls to Google of an operation: those that had to follow one another, and all of
// them.
type cost struct{ steps, calls int }

// costRun measures one way to be eligible on a portal of its own.
type costRun struct {
	*scene
	portal *testbed.Portal
	tenant tenant
	client *client
	before *iampb.Policy
}

// newCostRun makes the person of the first tenant eligible for roles, and warms the portal with a
// visit to the second: tokens, keys and connections are there, and the index was not asked about
// the first.
func newCostRun(t *testing.T, roles int, member, resource func(tenant) string) *costRun {
	t.Helper()
	s := newScene(t, emulator.Options{World: worldOf(t, 2)}, "ACTIVATION_REQUEST_MAX_ROLES=100")
	j := &costRun{scene: s, portal: s.portal(), tenant: tenant{0}}
	for i := range roles {
		s.eligible(resource(j.tenant), roleOf(i), member(j.tenant))
	}
	j.before = s.policy(j.tenant.project())
	other := tenant{1}
	s.eligible(other.project(), roleOf(0), other.groupMember())
	s.client(j.portal, other.person()).mustGet(t, other.page())
	j.client = s.client(j.portal, j.tenant.person())
	s.SetLatency(journalLatency)
	return j
}

// manyRoles is how many roles of roleOf every world has.
const manyRoles = 100

func roleOf(i int) string { return fmt.Sprintf("roles/example.role%02d", i) }

// costOf measures what an operation costs.
func (j *costRun) costOf(want cost, operation func()) cost {
	return fewest(want, func() []wire.Call { return j.callsOf(operation) })
}

// fewest measures what a run costs. A busy machine can make calls follow one another that need not:
// of three runs the one with the fewest steps counts. It never makes calls overlap of which one
// needs the other's response.
func fewest(want cost, run func() []wire.Call) cost {
	var best cost
	for i := range 3 {
		calls := run()
		if c := (cost{wire.Steps(calls), len(calls)}); i == 0 || c.steps < best.steps {
			best = c
		}
		if best == want {
			break
		}
	}
	return best
}

func (j *costRun) callsOf(operation func()) []wire.Call {
	j.Journal().Reset()
	operation()
	return j.Journal().Calls()
}

// activate sends a form on the policy as it was.
func (j *costRun) activate(t *testing.T, references []string) {
	t.Helper()
	if err := j.World().SetPolicy(j.tenant.project(), j.before); err != nil {
		t.Fatal(err)
	}
	a, err := j.client.post(t.Context(), j.tenant.page()+"/activate", activationForm(t, references...))
	if err != nil {
		t.Fatal(err)
	}
	if a.status != http.StatusSeeOther {
		t.Fatalf("activating answers %d, %q", a.status, a.heading())
	}
	if got := len(activations(j.policy(j.tenant.project()))); got != len(references) {
		t.Fatalf("the policy holds %d activations, want %d", got, len(references))
	}
}

func TestJournal_RoundTripsAreFlatInRolesAndNesting(t *testing.T) {
	project, folder := tenant.project, tenant.folder
	for _, c := range []struct {
		name                 string
		roles                int
		member, resource     func(tenant) string
		list, home, activate cost
	}{
		{"1 role of a user on the project", 1, tenant.member, project, cost{1, 1}, cost{2, 2}, cost{2, 2}},
		{"50 roles of a user on the project", 50, tenant.member, project, cost{1, 1}, cost{2, 2}, cost{2, 2}},
		{"1 role of a group on the project", 1, tenant.groupMember, project, cost{2, 2}, cost{2, 3}, cost{2, 3}},
		{"50 roles of a group on the project", 50, tenant.groupMember, project, cost{2, 2}, cost{2, 3}, cost{2, 3}},
		{"1 role of a user on the folder", 1, tenant.member, folder, cost{1, 1}, cost{2, 2}, cost{2, 3}},
		{"50 roles of a group on the folder", 50, tenant.groupMember, folder, cost{2, 2}, cost{2, 3}, cost{2, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := newCostRun(t, c.roles, c.member, c.resource)
			references := j.client.mustGet(t, j.tenant.page()).references()
			if len(references) != c.roles {
				t.Fatalf("the project offers %d roles, want %d", len(references), c.roles)
			}
			j.client.mustGet(t, "/") // now the index is warm for home too
			check(t, "the project", c.list, j.costOf(c.list, func() { j.client.mustGet(t, j.tenant.page()) }))
			check(t, "home", c.home, j.costOf(c.home, func() { j.client.mustGet(t, "/") }))
			check(t, "an activation of all roles", c.activate, j.costOf(c.activate, func() { j.activate(t, references) }))
			check(t, "an activation of one role", c.activate, j.costOf(c.activate, func() { j.activate(t, references[:1]) }))
		})
	}
}

func check(t *testing.T, what string, want, got cost) {
	t.Helper()
	if got != want {
		t.Errorf("%s costs %d steps and %d calls, want %d and %d", what, got.steps, got.calls, want.steps, want.calls)
	}
}

// An index is cold that was not asked for a minute: its calls are made beside those that are needed
// anyway. Only home has to know the groups that the index names, and the projects, before it can go
// on. The titles of roles are cold, too, all but the first one's; they are asked for beside groups
// and policies.
func TestJournal_AColdIndexIsAskedBesideEverythingElse(t *testing.T) {
	reference := func(j *costRun) string {
		j.client.portal = j.scene.portal() // another one is asked, so that this one's index stays cold
		defer func() { j.client.portal = j.portal }()
		return j.client.mustGet(t, j.tenant.page()).reference(roleOf(0))
	}
	list := func(j *costRun) []wire.Call { return j.callsOf(func() { j.client.mustGet(t, j.tenant.page()) }) }
	home := func(j *costRun) []wire.Call { return j.callsOf(func() { j.client.mustGet(t, "/") }) }
	activate := func(j *costRun) []wire.Call {
		r := reference(j)
		return j.callsOf(func() { j.activate(t, []string{r}) })
	}
	for _, c := range []struct {
		name             string
		roles            int
		member, resource func(tenant) string
		run              func(*costRun) []wire.Call
		want             cost
	}{
		{"a project's 1 role of a user", 1, tenant.member, tenant.project, list, cost{1, 2}},
		{"a project's 2 roles of a user", 2, tenant.member, tenant.project, list, cost{2, 2 + 1}},
		{"a project's 50 roles of a group on the folder", 50, tenant.groupMember, tenant.folder, list, cost{2, 3 + 49}},
		{"home with 1 role of a group on the project", 1, tenant.groupMember, tenant.project, home, cost{3, 5}},
		{"home with 50 roles of a group on the folder", 50, tenant.groupMember, tenant.folder, home, cost{3, 5 + 49}},
		{"activation by a group on the project", 1, tenant.groupMember, tenant.project, activate, cost{2, 4}},
		{"activation by a group on the folder", 1, tenant.groupMember, tenant.folder, activate, cost{2, 5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			check(t, c.name, c.want, fewest(c.want, func() []wire.Call { return c.run(newCostRun(t, c.roles, c.member, c.resource)) }))
		})
	}
}

// Fifty groups are asked side by side.
func TestJournal_FiftyGroupsCostNoMoreStepsThanOne(t *testing.T) {
	s := newScene(t, emulator.Options{World: worldOf(t, 51)})
	j := &costRun{scene: s, portal: s.portal(), tenant: tenant{0}}
	for i := range 50 {
		s.eligible(j.tenant.project(), roleOf(i), tenant{i}.groupMember())
	}
	j.client = s.client(j.portal, j.tenant.person())
	j.client.mustGet(t, j.tenant.page())
	s.SetLatency(journalLatency)
	check(t, "the project", cost{2, 51}, j.costOf(cost{2, 51}, func() { j.client.mustGet(t, j.tenant.page()) }))
}

func TestJournal_AWrongOrMissingHintCostsOneStepMore(t *testing.T) {
	none := func(r *eligibility.Reference) { r.Hint = eligibility.Evidence{} }
	foreignGroup := func(r *eligibility.Reference) { r.Hint.Member = principal(t, tenant{1}.groupMember()) }
	foreignFolder := func(r *eligibility.Reference) { r.Hint.Resource = tenant{1}.folder() }
	for _, c := range []struct {
		name             string
		member, resource func(tenant) string
		spoil            func(*eligibility.Reference)
		want             cost
	}{
		{"a user on the project needs no hint", tenant.member, tenant.project, none, cost{2, 2}},
		{"a group without a hint", tenant.groupMember, tenant.project, none, cost{3, 3}},
		{"a group with the hint of another", tenant.groupMember, tenant.project, foreignGroup, cost{3, 4}},
		{"a folder without a hint", tenant.member, tenant.folder, none, cost{3, 3}},
		{"a folder with the hint of another", tenant.member, tenant.folder, foreignFolder, cost{3, 4}},
		{"a group on a folder without a hint", tenant.groupMember, tenant.folder, none, cost{3, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := newCostRun(t, 1, c.member, c.resource)
			reference, err := eligibility.ParseReference(j.client.mustGet(t, j.tenant.page()).reference(roleOf(0)))
			if err != nil {
				t.Fatal(err)
			}
			c.spoil(&reference)
			check(t, "the activation", c.want, j.costOf(c.want, func() { j.activate(t, []string{reference.Encode()}) }))
		})
	}
}

func principal(t *testing.T, text string) eligibility.Principal {
	t.Helper()
	p, err := eligibility.ParsePrincipal(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
