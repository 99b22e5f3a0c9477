package systemtest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/protobuf/proto"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// runTogether starts all functions at the same time, and waits for them.
func runTogether(all []func()) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for _, one := range all {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			one()
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

func TestInstances_OneRequestApprovedAHundredTimesIsOneApproval(t *testing.T) {
	t.Parallel()
	mails := openMailbox(t)
	s := newRequestScene(t, 1, mails.environment()...)
	p := tenant{0}
	portals := [2]*testbed.Portal{s.portal(), s.portal()}
	request := s.client(portals[0], p.person()).mustAsk(t, p, p.reviewers(2)...)
	before := s.policy(p.project())
	var approvals []func()
	for i := range 100 {
		g := s.client(portals[i%2], p.reviewer(i/2%2))
		approvals = append(approvals, func() {
			a, err := g.post(t.Context(), request+"/approve", nil)
			if err != nil || a.status != http.StatusSeeOther || a.path() != request {
				t.Errorf("the approval by %s ends with %v, %+v", g.email, err, a)
			}
		})
	}
	runTogether(approvals)
	if err := oneApproved(before, s.policy(p.project())); err != nil {
		t.Error(err)
	}
	winner := ""
	if all := activations(s.policy(p.project())); len(all) == 1 {
		winner, _, _ = strings.Cut(strings.TrimPrefix(all[0].Description, "Approved by "), ",")
	}
	first, repeated, overtaken := []string{}, 0, 0
	for _, portal := range portals {
		if err := portal.Stop(); err != nil {
			t.Error(err)
		}
		for _, e := range portal.Events("api.activateRole") {
			switch {
			case e.Labels["repeated"] == "true" && e.Labels["user"] == winner:
				repeated++
			case e.Labels["error"] == "REQUEST_SPENT" && e.Labels["user"] != winner:
				overtaken++
			default:
				first = append(first, e.Labels["user"])
			}
		}
	}
	if !slices.Equal(first, []string{winner}) || repeated != 49 || overtaken != 50 {
		t.Errorf("the logs have approvals by %q, %d repetitions and %d that came too late, want one by %s, 49 and 50", first, repeated, overtaken, winner)
	}
	if got := mails.confirmations(p.person()); len(got) != 1 {
		t.Errorf("%d mails confirm it, want 1: %+v", len(got), got)
	}
}

// Fifty people are granted something at once, while somebody else changes the policy before every
// other write of the portals, so that what they have read is void.
func TestInstances_FiftyActivationsAndApprovalsBesideAForeignWriter(t *testing.T) {
	t.Parallel()
	const each = 25
	s := newScene(t, emulator.Options{World: worldOf(t, 1)})
	p := tenant{0}
	portals := [2]*testbed.Portal{s.portal(), s.portal()}
	colleague := func(i int) string { return fmt.Sprintf("colleague-%02d@example.com", i) }
	var members []string // of both eligible bindings, sorted as Google returns them
	s.World().AddUser(p.reviewer(0), p.reviewer(0))
	for i := range 2 * each {
		s.World().AddUser(colleague(i), colleague(i))
		members = append(members, "user:"+colleague(i))
	}
	members = append(members, "user:"+p.reviewer(0))
	s.eligible(p.project(), groupRole, members...)
	s.edit(p.project(), func(policy *iampb.Policy) { policy.Bindings = append(policy.Bindings, multiPartyBinding(members...)) })
	before := s.policy(p.project())
	acts := s.preparedPosts(t, portals, each, colleague)

	var writes, edits atomic.Int32
	remove := s.Inject(func(c wire.Call) wire.Fault {
		if kindOf(c) == callWrite && writes.Add(1)%2 == 1 {
			n := int(edits.Add(1))
			s.edit(p.project(), func(policy *iampb.Policy) { policy.Bindings = append(policy.Bindings, foreignEdit(n)) })
		}
		return wire.Fault{}
	})
	defer remove()
	var all []func()
	for i, act := range acts {
		all = append(all, func() {
			if a, err := act(t.Context()); err != nil || a.status != http.StatusSeeOther {
				t.Errorf("that of %s ends with %v, %+v", colleague(i), err, a)
			}
		})
	}
	runTogether(all)

	after := s.policy(p.project())
	for n := 1; n <= int(edits.Load()); n++ {
		if !slices.ContainsFunc(after.GetBindings(), func(b *iampb.Binding) bool { return proto.Equal(b, foreignEdit(n)) }) {
			t.Errorf("the foreign edit %d is lost or changed", n)
		}
	}
	removed, added := difference(before, after)
	if want := int(edits.Load()) + 2*each; len(removed) > 0 || len(added) != want || checkSameAudit(before, after) != nil {
		t.Errorf("these are gone: %v; %d have come, want %d", removed, len(added), want)
	}
	if edits.Load() < 2 {
		t.Error("the foreign writer was never in the way")
	}
	holders := map[string]int{}
	for _, a := range activations(after) {
		holders[a.User]++
	}
	for i := range 2 * each {
		if holders[colleague(i)] != 1 {
			t.Errorf("%s has %d activations, want 1", colleague(i), holders[colleague(i)])
		}
	}
}

// preparedPosts returns functions that send activations by so many colleagues, and approvals for as
// many others, to two portals.
func (s *scene) preparedPosts(t *testing.T, portals [2]*testbed.Portal, each int, colleague func(int) string) (all []func(context.Context) (*response, error)) {
	p := tenant{0}
	for i := range each {
		g := s.client(portals[i%2], colleague(i))
		fields := activationForm(t, g.mustGet(t, p.page()).reference(groupRole))
		all = append(all, func(ctx context.Context) (*response, error) { return g.post(ctx, p.page()+"/activate", fields) })
	}
	for i := range each {
		request := s.client(portals[i%2], colleague(each+i)).mustAsk(t, p, p.reviewer(0))
		g := s.client(portals[(i+1)%2], p.reviewer(0))
		all = append(all, func(ctx context.Context) (*response, error) { return g.post(ctx, request+"/approve", nil) })
	}
	return all
}

// foreignEdit is a binding of somebody else, with all that a binding can have.
func foreignEdit(n int) *iampb.Binding {
	return &iampb.Binding{Role: "roles/storage.objectAdmin", Members: []string{"user:bob@example.com"}, Condition: &expr.Expr{
		Title: fmt.Sprintf("Release %d", n), Description: "Only what the pipeline writes", Location: "policies/release.yaml",
		Expression: fmt.Sprintf(`resource.name.startsWith("projects/_/buckets/releases-%d/")`, n),
	}}
}
