package systemtest

import (
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

// newManyGroups has a project that names seventy groups, more than are asked one by one, and others
// beside them. The first tenant's person is in one of the seventy, by way of two more groups. The
// portal is warm, and its index and its memory of groups are cold.
func newManyGroups(t *testing.T, others ...string) *costRun {
	t.Helper()
	const named = 70
	s := newScene(t, emulator.Options{World: worldOf(t, named)})
	j := &costRun{scene: s, portal: s.portal(), tenant: tenant{0}}
	for i := range named {
		s.eligible(j.tenant.project(), roleOf(0), tenant{i}.groupMember())
	}
	for _, other := range others {
		s.World().AddGroup(other)
		s.eligible(j.tenant.project(), roleOf(0), "group:"+other)
	}
	warming := tenant{1}
	s.eligible(warming.project(), roleOf(0), warming.member())
	s.client(j.portal, warming.person()).mustGet(t, warming.page())
	j.client = s.client(j.portal, j.tenant.person())
	s.SetLatency(journalLatency)
	return j
}

// The climb takes four steps: three find a group, the fourth none. What the customer's groups are
// is two pages, once an hour and beside the climb. A group of somebody else is asked, beside the
// climb too: in two calls, because its domain is not the person's.
func TestJournal_ManyGroupsCostAClimbAndOneListAnHour(t *testing.T) {
	for _, c := range []struct {
		name         string
		others       []string
		first, later cost
	}{
		{"all of the customer", nil, cost{1 + 4 + 1, 2 + 4 + 2 + 1}, cost{4 + 1, 4 + 1}},
		{"and a partner's", []string{"team@partner.example"}, cost{1 + 4 + 1, 2 + 4 + 2 + 2 + 1}, cost{4 + 1, 4 + 2 + 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var j *costRun
			home := func() []wire.Call {
				j = newManyGroups(t, c.others...)
				return j.callsOf(func() { j.client.mustGet(t, "/") })
			}
			check(t, "the first home of an hour", c.first, fewest(c.first, home))
			check(t, "a later home", c.later, j.costOf(c.later, func() { j.client.mustGet(t, "/") }))
		})
	}
}
