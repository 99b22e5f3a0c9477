package systemtest

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// instances are two portals side by side, each behind a proxy of its own.
type instances struct {
	*scene
	portals   [2]*testbed.Portal
	addresses [2]string
	tenant    tenant
}

func newInstances(t *testing.T) *instances {
	t.Helper()
	n := &instances{scene: newScene(t, emulator.Options{World: worldOf(t, 1)})}
	for i := range n.portals {
		n.portals[i] = n.portal()
		_, address, err := n.Proxy(n.portals[i])
		if err != nil {
			t.Fatal(err)
		}
		n.addresses[i] = address
	}
	return n
}

// visitor signs in at one of the two.
func (n *instances) visitor(t *testing.T, instance int, email string) *testbed.Visitor {
	t.Helper()
	v, err := testbed.SignIn(t.Context(), n.addresses[instance], email)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// form opens the form of the only role of the project.
func (n *instances) form(t *testing.T, v *testbed.Visitor) *testbed.Page {
	t.Helper()
	project := mustOpen(t, v, n.tenant.page())
	reference, ok := project.Find("input[name=role]").Attr("value")
	if !ok {
		t.Fatalf("the project, headed %q, offers nothing", project.Heading())
	}
	form, err := v.Send(t.Context(), project, "form[method=get]", url.Values{"role": {reference}})
	if err != nil {
		t.Fatal(err)
	}
	return form
}

var filled = url.Values{"justification": {"CASE-1041 the disk is full"}, "duration": {"30m"}}

func mustOpen(t *testing.T, v *testbed.Visitor, address string) *testbed.Page {
	t.Helper()
	p, err := v.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestInstances_ShowAtOnceWhatTheOtherWrote(t *testing.T) {
	t.Parallel()
	n := newInstances(t)
	n.eligible(n.tenant.folder(), groupRole, n.tenant.groupMember())
	here, there := n.visitor(t, 0, n.tenant.person()), n.visitor(t, 1, n.tenant.person())
	const active = "active until"
	shown := func(v *testbed.Visitor) bool {
		return strings.Contains(strings.ToLower(mustOpen(t, v, n.tenant.page()).Text("main")), active)
	}
	if shown(here) || shown(there) {
		t.Fatal("the role is active before it was activated")
	}
	page, err := here.Send(t.Context(), n.form(t, here), "form[method=post]", filled)
	if err != nil || !strings.HasPrefix(page.Heading(), "Active until ") {
		t.Fatalf("the activation ends with %v, %q", err, page.Heading())
	}
	if !shown(here) || !shown(there) {
		t.Error("the project's page does not show at once what was activated")
	}
	if got := mustOpen(t, there, page.Address.Path).Heading(); got != page.Heading() {
		t.Errorf("the activation's page is headed %q on the other instance, want %q", got, page.Heading())
	}
	link, ok := mustOpen(t, there, n.tenant.page()).Find(`a[href*="/end?"]`).Attr("href")
	if !ok {
		t.Fatal("the other instance offers nothing to end")
	}
	if _, err := there.Send(t.Context(), mustOpen(t, there, link), "form[method=post]", nil); err != nil {
		t.Fatal(err)
	}
	if shown(here) || shown(there) {
		t.Error("the project's page shows what has ended as active")
	}
}

func TestInstances_TwentyPeopleActivateAtOnce(t *testing.T) {
	t.Parallel()
	n := newInstances(t)
	var people, members []string
	for i := range 20 {
		person := fmt.Sprintf("colleague-%02d@example.com", i)
		n.World().AddUser(person, person)
		people, members = append(people, person), append(members, "user:"+person)
	}
	n.eligible(n.tenant.project(), groupRole, members...)
	before := n.policy(n.tenant.project())
	var ready, sent sync.WaitGroup
	start := make(chan struct{})
	for i, person := range people {
		v := n.visitor(t, i%2, person)
		form := n.form(t, v)
		ready.Add(1)
		sent.Go(func() {
			ready.Done()
			<-start
			page, err := v.Send(t.Context(), form, "form[method=post]", filled)
			if err != nil || !strings.HasPrefix(page.Heading(), "Active until ") {
				t.Errorf("the activation of %s ends with %v, %+v", person, err, page)
			}
		})
	}
	ready.Wait()
	close(start)
	sent.Wait()
	after := n.policy(n.tenant.project())
	removed, added := difference(before, after)
	if len(removed) != 0 || len(added) != len(people) || checkSameAudit(before, after) != nil {
		t.Fatalf("%d bindings are gone and %d have come, want 0 and %d", len(removed), len(added), len(people))
	}
	holders := map[string]int{}
	for _, a := range activations(after) {
		holders[a.User]++
	}
	for _, person := range people {
		if holders[person] != 1 {
			t.Errorf("%s has %d activations, want 1", person, holders[person])
		}
	}
}

func TestInstances_OneFormSentToBothMakesOneActivation(t *testing.T) {
	t.Parallel()
	n := newInstances(t)
	n.eligible(n.tenant.project(), groupRole, n.tenant.groupMember())
	before := n.policy(n.tenant.project())
	visitors := [2]*testbed.Visitor{n.visitor(t, 0, n.tenant.person()), n.visitor(t, 1, n.tenant.person())}
	fields := testbed.Fields(n.form(t, visitors[0]).Find("form[method=post]"))
	for name, values := range filled {
		fields[name] = values
	}
	var sent sync.WaitGroup
	var pages [2]*testbed.Page
	for i, v := range visitors {
		sent.Go(func() {
			var err error
			if pages[i], err = v.Post(t.Context(), n.tenant.page()+"/activate", fields); err != nil {
				t.Error(err)
			}
		})
	}
	sent.Wait()
	if t.Failed() {
		return
	}
	if pages[0].Heading() != pages[1].Heading() || pages[0].Address.Path != pages[1].Address.Path || !strings.HasPrefix(pages[0].Heading(), "Active until ") {
		t.Errorf("the two show %q at %s and %q at %s", pages[0].Heading(), pages[0].Address.Path, pages[1].Heading(), pages[1].Address.Path)
	}
	if err := oneMore(before, n.policy(n.tenant.project())); err != nil {
		t.Error(err)
	}
	first, repeated := 0, 0
	for _, p := range n.portals {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
		for _, e := range p.Events("api.activateRole") {
			if e.Labels["repeated"] == "true" {
				repeated++
			} else {
				first++
			}
		}
	}
	if first != 1 || repeated != 1 {
		t.Errorf("the logs have %d events of the activation and %d of its repetition, want 1 and 1", first, repeated)
	}
}
