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

// cost is what an operation asks of Google: calls that had to follow one another, and calls in all.
type cost struct{ steps, calls int }

// journey is one way to be eligible, walked on a portal of its own.
type journey struct {
	*scene
	portal *testbed.Portal
	plot   plot
	guest  *guest
	before *iampb.Policy
}

// newJourney makes the person of the first plot eligible for roles, and warms the portal with a visit to the second:
// tokens, keys and connections are there, and the index was not asked about the first.
func newJourney(t *testing.T, roles int, member, resource func(plot) string) *journey {
	t.Helper()
	s := newScene(t, emulator.Options{World: worldOf(t, 2)}, "ACTIVATION_REQUEST_MAX_ROLES=100")
	j := &journey{scene: s, portal: s.portal(), plot: plot{0}}
	for i := range roles {
		s.eligible(resource(j.plot), roleOf(i), member(j.plot))
	}
	j.before = s.policy(j.plot.project())
	other := plot{1}
	s.eligible(other.project(), roleOf(0), other.groupMember())
	s.guest(j.portal, other.person()).mustGet(t, other.page())
	j.guest = s.guest(j.portal, j.plot.person())
	s.SetLatency(journalLatency)
	return j
}

// manyRoles is how many roles of roleOf every world has.
const manyRoles = 100

func roleOf(i int) string { return fmt.Sprintf("roles/example.role%02d", i) }

// costOf measures what an operation costs.
func (j *journey) costOf(want cost, operation func()) cost {
	return fewest(want, func() []wire.Call { return j.callsOf(operation) })
}

// fewest measures what a run costs. A busy machine can make calls follow one another that need not: of three runs the
// one with the fewest steps counts. It never makes calls overlap of which one needs the other's answer.
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

func (j *journey) callsOf(operation func()) []wire.Call {
	j.Journal().Reset()
	operation()
	return j.Journal().Calls()
}

// activate sends a form on the policy as it was.
func (j *journey) activate(t *testing.T, references []string) {
	t.Helper()
	if err := j.World().SetPolicy(j.plot.project(), j.before); err != nil {
		t.Fatal(err)
	}
	a, err := j.guest.post(t.Context(), j.plot.page()+"/activate", order(t, references...))
	if err != nil {
		t.Fatal(err)
	}
	if a.status != http.StatusSeeOther {
		t.Fatalf("activating answers %d, %q", a.status, a.heading())
	}
	if got := len(activations(j.policy(j.plot.project()))); got != len(references) {
		t.Fatalf("the policy holds %d activations, want %d", got, len(references))
	}
}

func TestJournal_RoundTripsAreFlatInRolesAndNesting(t *testing.T) {
	project, folder := plot.project, plot.folder
	for _, c := range []struct {
		name                 string
		roles                int
		member, resource     func(plot) string
		list, home, activate cost
	}{
		{"1 role of a user on the project", 1, plot.member, project, cost{1, 1}, cost{2, 2}, cost{2, 2}},
		{"50 roles of a user on the project", 50, plot.member, project, cost{1, 1}, cost{2, 2}, cost{2, 2}},
		{"1 role of a group on the project", 1, plot.groupMember, project, cost{2, 2}, cost{2, 3}, cost{2, 3}},
		{"50 roles of a group on the project", 50, plot.groupMember, project, cost{2, 2}, cost{2, 3}, cost{2, 3}},
		{"1 role of a user on the folder", 1, plot.member, folder, cost{1, 1}, cost{2, 2}, cost{2, 3}},
		{"50 roles of a group on the folder", 50, plot.groupMember, folder, cost{2, 2}, cost{2, 3}, cost{2, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := newJourney(t, c.roles, c.member, c.resource)
			references := j.guest.mustGet(t, j.plot.page()).references()
			if len(references) != c.roles {
				t.Fatalf("the project offers %d roles, want %d", len(references), c.roles)
			}
			j.guest.mustGet(t, "/") // now the index is warm for home too
			check(t, "the project", c.list, j.costOf(c.list, func() { j.guest.mustGet(t, j.plot.page()) }))
			check(t, "home", c.home, j.costOf(c.home, func() { j.guest.mustGet(t, "/") }))
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

// An index is cold that was not asked for a minute: its calls are made beside those that are needed anyway. Only home
// has to know the groups that the index names, and the projects, before it can go on. The titles of roles are cold, too,
// all but the first one's; they are asked for beside groups and policies.
func TestJournal_AColdIndexIsAskedBesideEverythingElse(t *testing.T) {
	reference := func(j *journey) string {
		j.guest.portal = j.scene.portal() // another one is asked, so that this one's index stays cold
		defer func() { j.guest.portal = j.portal }()
		return j.guest.mustGet(t, j.plot.page()).reference(roleOf(0))
	}
	list := func(j *journey) []wire.Call { return j.callsOf(func() { j.guest.mustGet(t, j.plot.page()) }) }
	home := func(j *journey) []wire.Call { return j.callsOf(func() { j.guest.mustGet(t, "/") }) }
	activate := func(j *journey) []wire.Call {
		r := reference(j)
		return j.callsOf(func() { j.activate(t, []string{r}) })
	}
	for _, c := range []struct {
		name             string
		roles            int
		member, resource func(plot) string
		run              func(*journey) []wire.Call
		want             cost
	}{
		{"a project's 1 role of a user", 1, plot.member, plot.project, list, cost{1, 2}},
		{"a project's 2 roles of a user", 2, plot.member, plot.project, list, cost{2, 2 + 1}},
		{"a project's 50 roles of a group on the folder", 50, plot.groupMember, plot.folder, list, cost{2, 3 + 49}},
		{"home with 1 role of a group on the project", 1, plot.groupMember, plot.project, home, cost{3, 5}},
		{"home with 50 roles of a group on the folder", 50, plot.groupMember, plot.folder, home, cost{3, 5 + 49}},
		{"activation by a group on the project", 1, plot.groupMember, plot.project, activate, cost{2, 4}},
		{"activation by a group on the folder", 1, plot.groupMember, plot.folder, activate, cost{2, 5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			check(t, c.name, c.want, fewest(c.want, func() []wire.Call { return c.run(newJourney(t, c.roles, c.member, c.resource)) }))
		})
	}
}

// Fifty groups are asked side by side.
func TestJournal_FiftyGroupsCostNoMoreStepsThanOne(t *testing.T) {
	s := newScene(t, emulator.Options{World: worldOf(t, 51)})
	j := &journey{scene: s, portal: s.portal(), plot: plot{0}}
	for i := range 50 {
		s.eligible(j.plot.project(), roleOf(i), plot{i}.groupMember())
	}
	j.guest = s.guest(j.portal, j.plot.person())
	j.guest.mustGet(t, j.plot.page())
	s.SetLatency(journalLatency)
	check(t, "the project", cost{2, 51}, j.costOf(cost{2, 51}, func() { j.guest.mustGet(t, j.plot.page()) }))
}

func TestJournal_AWrongOrMissingHintCostsOneStepMore(t *testing.T) {
	none := func(r *eligibility.Reference) { r.Hint = eligibility.Evidence{} }
	foreignGroup := func(r *eligibility.Reference) { r.Hint.Member = principal(t, plot{1}.groupMember()) }
	foreignFolder := func(r *eligibility.Reference) { r.Hint.Resource = plot{1}.folder() }
	for _, c := range []struct {
		name             string
		member, resource func(plot) string
		spoil            func(*eligibility.Reference)
		want             cost
	}{
		{"a user on the project needs no hint", plot.member, plot.project, none, cost{2, 2}},
		{"a group without a hint", plot.groupMember, plot.project, none, cost{3, 3}},
		{"a group with the hint of another", plot.groupMember, plot.project, foreignGroup, cost{3, 4}},
		{"a folder without a hint", plot.member, plot.folder, none, cost{3, 3}},
		{"a folder with the hint of another", plot.member, plot.folder, foreignFolder, cost{3, 4}},
		{"a group on a folder without a hint", plot.groupMember, plot.folder, none, cost{3, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := newJourney(t, 1, c.member, c.resource)
			reference, err := eligibility.ParseReference(j.guest.mustGet(t, j.plot.page()).reference(roleOf(0)))
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
