package systemtest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// waitTimeout bounds how long a test waits.
const waitTimeout = 30 * time.Second

// TestKill_LeavesThePolicyWholeWhereverItStrikes kills the portal with SIGKILL while each call of
// an activation is stopped, before and after it acts. Sending the same form to the portal that is
// started next makes one activation.
func TestKill_LeavesThePolicyWholeWhereverItStrikes(t *testing.T) {
	t.Parallel()
	calls := operations[slices.IndexFunc(operations, func(o operation) bool { return o.name == activates && o.cold })].calls
	s := faultScene(t, 2*len(calls))
	for i, call := range calls {
		for k, when := range []wire.Stage{wire.Before, wire.After} {
			t.Run(fmt.Sprintf("%s %s", when, call), func(t *testing.T) {
				k := &kill{scene: s, call: call, when: when, tenant: tenant{2*i + k}}
				k.run(t)
			})
		}
	}
}

type kill struct {
	*scene
	call   callKind
	when   wire.Stage
	tenant tenant
}

func (k *kill) run(t *testing.T) {
	before := k.policy(k.tenant.project())
	id := newID(t)
	k.killWhenHeld(t, k.portal(), id)

	after := k.policy(k.tenant.project())
	written := checkSame(before, after) != nil
	if err := oneMore(before, after); written && err != nil {
		t.Errorf("the policy is neither as it was nor whole after the kill: %v", err)
	}
	// A write that was stopped before it acted may go on without the portal.
	late := k.call == callWrite && k.when == wire.Before
	if want := k.call == callWrite; written != want && !late {
		t.Errorf("written by the portal that was killed: %t, want %t", written, want)
	}

	p := k.portal()
	a, err := k.client(p, k.tenant.person()).post(t.Context(), k.tenant.page()+"/activate", activationFormAs(id, k.tenant.groupReference()))
	if err != nil {
		t.Fatal(err)
	}
	if want := k.tenant.page() + "/activations/" + id; a.status != http.StatusSeeOther || a.location != want {
		t.Fatalf("the form sent again answers %d to %q, %q; want a redirect to %s", a.status, a.location, a.heading(), want)
	}
	page := k.client(p, k.tenant.person()).mustGet(t, a.location)
	if !strings.HasPrefix(page.heading(), "Active until ") {
		t.Errorf("the page is headed %q", page.heading())
	}
	if err := oneMore(before, k.policy(k.tenant.project())); err != nil {
		t.Errorf("after the form was sent again: %v", err)
	}
	k.wantEvent(t, p, a.trace, written, late)
}

// killWhenHeld kills the portal when the call is stopped.
func (k *kill) killWhenHeld(t *testing.T, p *testbed.Portal, id string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waitTimeout)
	defer cancel()
	if err := k.firstVisit(ctx, p); err != nil {
		t.Fatal(err)
	}
	x := &experiment{tenant: k.tenant}
	held := k.Hold(k.when, func(c wire.Call) bool { return kindOf(c) == k.call && x.about(c) })
	defer held.Release()
	var sending sync.WaitGroup
	sending.Go(func() {
		a, err := k.client(p, k.tenant.person()).post(ctx, k.tenant.page()+"/activate", activationFormAs(id, k.tenant.groupReference()))
		if err == nil {
			t.Errorf("the portal that was killed answered %d", a.status)
		}
	})
	select {
	case <-held.Arrived():
	case <-ctx.Done():
		t.Fatal("the call was not made")
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	sending.Wait()
}

// wantEvent: the activation is in the log of the portal that was started again, as a repetition
// where it was written before the kill.
func (k *kill) wantEvent(t *testing.T, p *testbed.Portal, trace string, repeated, late bool) {
	t.Helper()
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	events := eventsOf(p, trace)
	if len(events) != 1 || events[0].Labels["event"] != "api.activateRole" || events[0].Labels["error"] != "" {
		t.Fatalf("events = %+v, want one activation", events)
	}
	if (events[0].Labels["repeated"] == "true") != repeated && !late {
		t.Errorf("event = %+v, want repeated: %t", events[0], repeated)
	}
}
