package systemtest

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

// Two faults that belong together: the response to a write is lost, and the policy cannot be read
// back. The page says that the outcome is open, the write is whole, and the same form finds it.
func TestFaults_AWriteThatCannotBeReadBackIsLeftOpen(t *testing.T) {
	t.Parallel()
	d := newFixture(t)
	d.mustGet(t, d.tenant.page())
	form := activationForm(t, d.tenant.groupReference())
	var written atomic.Bool
	remove := d.Inject(func(c wire.Call) wire.Fault {
		switch {
		case kindOf(c) == callWrite && !written.Swap(true):
			return wire.Fault{Kind: wire.Lose}
		case kindOf(c) == callPolicy && written.Load():
			return wire.Fault{Kind: wire.Refuse, Status: http.StatusServiceUnavailable}
		}
		return wire.Fault{}
	})
	open := must(t)(d.post(t.Context(), d.tenant.page()+"/activate", form))
	remove()
	if open.status != http.StatusServiceUnavailable || open.heading() != nobodyCouldTell.Heading {
		t.Errorf("answers %d, %q, want that it is not certain", open.status, open.heading())
	}
	if err := oneMore(d.before, d.policy(d.tenant.project())); err != nil {
		t.Errorf("the write without an answer: %v", err)
	}
	again := must(t)(d.post(t.Context(), d.tenant.page()+"/activate", form))
	if again.status != http.StatusSeeOther || !strings.HasSuffix(again.location, form.Get("id")) {
		t.Errorf("the form sent again answers %d to %q, %q", again.status, again.location, again.heading())
	}
	if err := oneMore(d.before, d.policy(d.tenant.project())); err != nil {
		t.Errorf("after the form was sent again: %v", err)
	}
	if err := d.portal.Stop(); err != nil {
		t.Fatal(err)
	}
	for trace, want := range map[string]map[string]string{open.trace: {"error": "UNSETTLED"}, again.trace: {"repeated": "true"}} {
		events := eventsOf(d.portal, trace)
		if len(events) != 1 {
			t.Fatalf("events = %+v, want one", events)
		}
		for label, value := range want {
			if got := events[0].Labels[label]; got != value {
				t.Errorf("the label %s is %q, want %q", label, got, value)
			}
		}
	}
}
