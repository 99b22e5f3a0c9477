package app_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/stage"
)

const (
	ownRole   = "roles/example.own"   // of the person, on the project
	groupRole = "roles/example.group" // of the group, on the folder
	outsider  = "zoe@partner.example"
)

// operation is what a person does on a plot of their own. Setting the scene and warming the portal comes before, and
// leaves what is to be sent.
type operation struct {
	name   operationName
	cold   bool // the index was not asked yet; for home the portal has just started
	calls  []callKind
	status int // of the good run
	change func(before, after *iampb.Policy) error
}

var operations = []operation{
	{lists, false, []callKind{callPolicy, callMember}, http.StatusOK, same},
	{lists, true, []callKind{callPlacement, callPolicy, callMember}, http.StatusOK, same},
	{goesHome, false, []callKind{callPolicy, callMember}, http.StatusOK, same},
	{goesHome, true, []callKind{callKeys, callProjects, callSearch, callPolicy, callMember}, http.StatusOK, same},
	{activates, false, []callKind{callAncestor, callPolicy, callMember, callWrite}, http.StatusSeeOther, oneMore},
	{activates, true, []callKind{callAncestor, callPlacement, callPolicy, callMember, callWrite}, http.StatusSeeOther, oneMore},
	{activatesAsOutsider, false, []callKind{callAncestor, callPolicy, callMember, callMembers, callWrite}, http.StatusSeeOther, oneMore},
	{ends, false, []callKind{callPolicy, callWrite}, http.StatusSeeOther, oneShorter},
	{asks, false, []callKind{callAncestor, callPolicy, callMember, callSign, callRole}, http.StatusSeeOther, same},
	{approves, false, []callKind{callAncestor, callPolicy, callMember, callWrite}, http.StatusSeeOther, oneApproved},
	{declines, false, []callKind{callPolicy, callWrite}, http.StatusSeeOther, oneDeclined},
	{withdraws, false, []callKind{callPolicy, callWrite}, http.StatusSeeOther, oneWithdrawn},
	{revokes, false, []callKind{callPolicy, callWrite}, http.StatusSeeOther, oneShorter},
}

// experiment is one run of an operation with one fault, on a plot that no other has.
type experiment struct {
	operation operation
	call      callKind
	fault     faultName
	times     times

	plot          plot
	before, after *iampb.Policy
	answer        *answer
	portal        *stage.Portal
	struck        atomic.Int32
	err           error
}

func (x *experiment) String() string {
	index := "warm"
	if x.operation.cold {
		index = "cold"
	}
	return fmt.Sprintf("%s, %s/%s/%s %s", x.operation.name, index, x.call, x.fault, x.times)
}

// TestFaults_LeaveThePolicyUnchangedOrWhole is generated: each operation, every call that its good run makes, every
// fault, once and always. The table is in outcomes_test.go.
func TestFaults_LeaveThePolicyUnchangedOrWhole(t *testing.T) {
	t.Parallel()
	var all []*experiment
	for _, o := range operations {
		for _, call := range recorded(t, o) {
			if call == callRole { // kept for everybody: see party_fault_test.go
				continue
			}
			for _, fault := range everyFault {
				all = append(all, &experiment{operation: o, call: call, fault: fault, times: once},
					&experiment{operation: o, call: call, fault: fault, times: always})
			}
		}
	}
	runAll(t, all)
	for _, x := range all {
		t.Run(x.String(), func(t *testing.T) { x.judge(t) })
	}
}

// recorded are the calls of a good run, which the operation's list must name.
func recorded(t *testing.T, o operation) []callKind {
	t.Helper()
	s := faultScene(t, 1)
	x, p := &experiment{operation: o}, s.portal()
	if !x.alone() {
		if err := s.firstVisit(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	s.SetLatency(journalLatency) // no answer may forestall another call
	x.run(t.Context(), s, p)
	if x.err != nil || x.answer.status != o.status {
		t.Fatalf("a good run of %s: %v, %+v", o.name, x.err, x.answer)
	}
	var kinds []callKind
	for _, c := range s.Journal().Calls() {
		if kind := kindOf(c); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	want := slices.Sorted(slices.Values(o.calls))
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(kinds))); diff != "" {
		t.Errorf("calls of a good run of %s, cold %t (-want +got):\n%s", o.name, o.cold, diff)
	}
	return kinds
}

func kindOf(c wire.Call) callKind {
	switch {
	case c.Method == "GetIamPolicy" && strings.HasPrefix(c.Resource, "projects/"):
		return callPolicy
	case c.Method == "GetIamPolicy":
		return callAncestor
	case c.Method == "SetIamPolicy":
		return callWrite
	case c.Method == "BatchGetEffectiveIamPolicies":
		return callPlacement
	case c.Method == "SearchAllIamPolicies":
		return callSearch
	case c.Method == "SearchAllResources":
		return callProjects
	case strings.Contains(c.Resource, "/hasMember/"):
		return callMember
	case strings.HasSuffix(c.Resource, "/members"):
		return callMembers
	case c.Method == "SignJwt":
		return callSign
	case c.Method == "GetRole":
		return callRole
	case c.Host == "www.googleapis.com":
		return callPublished
	case c.Host == "www.gstatic.com":
		return callKeys
	}
	return callKind(c.Host + " " + c.Method)
}

// about tells whether a call is made for the experiment. The searches of the index and the keys are for all.
func (x *experiment) about(c wire.Call) bool {
	switch kindOf(c) {
	case callSearch, callProjects, callKeys, callRole, callPublished:
		return true
	case callSign: // its payload is nobody's business, so one request at a time is signed
		return true
	case callMember:
		return strings.HasSuffix(c.Resource, x.plot.outerGroup()+"/hasMember/"+x.person())
	case callMembers:
		return strings.Contains(c.Resource, x.plot.outerGroup())
	}
	return strings.HasSuffix(c.Resource, x.plot.project()) || c.Resource == x.plot.folder()
}

func (x *experiment) person() string {
	if x.operation.name == activatesAsOutsider {
		return outsider
	}
	return x.plot.person()
}

// faultScene has plots on which a role is the person's own, and another the group's. Somebody of another domain is in
// each group, too.
func faultScene(t *testing.T, plots int) *scene {
	t.Helper()
	s := newScene(t, emulator.Options{World: worldOf(t, plots)})
	for i := range plots {
		p := plot{i}
		s.eligible(p.project(), ownRole, p.member())
		s.eligible(p.folder(), groupRole, p.groupMember())
		if err := s.World().AddMember(p.group(3), outsider); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// firstVisit is one of somebody else to another project: the portal has keys, tokens and connections after it.
func (s *scene) firstVisit(ctx context.Context, p *stage.Portal) error {
	_, err := s.guest(p, "bob@example.com").get(ctx, "/projects/"+stage.PortalProject)
	return err
}

// run sets the plot up, and sends the operation's request while the fault strikes.
func (x *experiment) run(ctx context.Context, s *scene, p *stage.Portal) {
	x.portal = p
	leave := takeSeat()
	send, err := x.prepare(ctx, s)
	if x.waits() || err != nil {
		leave()
	} else {
		defer leave()
	}
	if err != nil {
		x.err = fmt.Errorf("preparing: %w", err)
		return
	}
	x.before = s.policy(x.plot.project())
	if x.fault == "" {
		s.Journal().Reset()
	}
	remove := s.Inject(x.strike)
	x.answer, x.err = send()
	remove()
	x.after = s.policy(x.plot.project())
}

// prepare leaves what is to be sent.
func (x *experiment) prepare(ctx context.Context, s *scene) (func() (*answer, error), error) {
	g := s.guest(x.portal, x.person())
	look := func(address string) func() (*answer, error) {
		return func() (*answer, error) { return g.get(ctx, address) }
	}
	switch x.operation.name {
	case lists:
		return look(x.plot.page()), x.warm(look(x.plot.page()))
	case goesHome:
		return look("/"), x.warm(look("/"))
	case ends:
		return x.prepareEnd(ctx, s, g)
	case asks, approves, declines, withdraws, revokes:
		return x.prepareParty(ctx, s, g)
	}
	fields := orderAs(fmt.Sprintf("jit-%016d", x.plot.number), x.plot.groupReference())
	return func() (*answer, error) { return g.post(ctx, x.plot.page()+"/activate", fields) }, x.warm(look(x.plot.page()))
}

// warm makes a visit before, so that the index is known.
func (x *experiment) warm(look func() (*answer, error)) error {
	if x.operation.cold {
		return nil
	}
	a, err := look()
	if err == nil && a.status != http.StatusOK {
		err = fmt.Errorf("a visit without faults answers %d, %q", a.status, a.heading())
	}
	return err
}

// groupReference names the group's role, with the right hint.
func (p plot) groupReference() string {
	e := eligibility.Entitlement{
		Key: eligibility.Key{Project: p.id(), Role: groupRole}, Constraint: eligibility.SelfApproval,
		Evidence: eligibility.Evidence{
			Resource: p.folder(), Digest: strings.Repeat("A", 43),
			Member: eligibility.Principal{Kind: eligibility.Group, Email: p.outerGroup()},
		},
	}
	return e.Reference().Encode()
}

func (x *experiment) prepareEnd(ctx context.Context, s *scene, g *guest) (func() (*answer, error), error) {
	now := s.World().Now().UTC().Truncate(time.Second)
	a := eligibility.Activation{
		Key: eligibility.Key{Project: x.plot.id(), Role: ownRole}, User: g.email, ID: fmt.Sprintf("jit-%016d", x.plot.number),
		Window:      eligibility.Window{Start: now.Add(-time.Minute), End: now.Add(time.Hour)},
		Description: eligibility.SelfApprovedDescription("CASE-1041"),
	}
	b, err := eligibility.WriteActivation(a)
	if err != nil {
		return nil, err
	}
	s.edit(x.plot.project(), func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: b.Role, Members: b.Members, Condition: exprOf(b.Condition)})
	})
	reference := eligibility.Reference{Role: ownRole, Constraint: eligibility.SelfApproval}
	fields := map[string][]string{"role": {reference.Encode()}, "id": {a.ID}}
	return func() (*answer, error) { return g.post(ctx, x.plot.page()+"/end", fields) },
		x.warm(func() (*answer, error) { return g.get(ctx, x.plot.page()) })
}

// strike is the fault, for the emulator.
func (x *experiment) strike(c wire.Call) wire.Fault {
	if x.fault == "" || kindOf(c) != x.call || !x.about(c) {
		return wire.Fault{}
	}
	if x.struck.Add(1) > 1 && x.times == once {
		return wire.Fault{}
	}
	if status, err := strconv.Atoi(string(x.fault)); err == nil {
		return wire.Fault{Kind: wire.Refuse, Status: status}
	}
	return wire.Fault{Kind: wire.FaultKind(x.fault)}
}

// judge compares what happened with the table.
func (x *experiment) judge(t *testing.T) {
	if x.err != nil {
		t.Fatal(x.err)
	}
	// The list of an outsider's group may tell before anybody hears of the other question.
	if x.struck.Load() == 0 && (x.operation.name != activatesAsOutsider || x.call != callMember) {
		t.Fatal("the fault did not strike")
	}
	want, ok := expected(x.operation.name, x.call, x.fault, x.times)
	if !ok {
		t.Fatal("the table has no rule for it")
	}
	if diff := cmp.Diff(x.complete(want), x.outcome(t)); diff != "" {
		t.Errorf("outcome (-table +got):\n%s", diff)
	}
	for _, text := range upstreamTexts {
		if strings.Contains(x.answer.body, text) {
			t.Errorf("the page says %q, which is none of a browser's business", text)
		}
	}
}

// complete fills a rule's outcome with what the good run has.
func (x *experiment) complete(want outcome) outcome {
	if want.Status == 0 {
		want.Status, want.Changed = x.operation.status, x.operation.status == http.StatusSeeOther && x.operation.name != asks
	}
	if want.Heading == "" && want.Status == http.StatusOK {
		want.Heading = map[operationName]string{lists: x.plot.id(), goesHome: "Your access"}[x.operation.name]
	}
	return want
}

// outcome is what happened. A policy that is neither unchanged nor whole is an error.
func (x *experiment) outcome(t *testing.T) outcome {
	t.Helper()
	got := outcome{
		Status: x.answer.status, Heading: strings.ReplaceAll(x.answer.heading(), x.plot.person(), "PERSON"), Gap: x.answer.Find(".notice.wait").Length() > 0,
		Changed: same(x.before, x.after) != nil,
	}
	if got.Changed {
		if err := x.operation.change(x.before, x.after); err != nil {
			t.Errorf("the policy is neither as it was nor whole: %v", err)
		}
	}
	events := eventsOf(x.portal, x.answer.trace)
	acted := x.operation.status == http.StatusSeeOther
	if want := acted || got.Status != http.StatusOK; len(events) > 1 || want != (len(events) == 1) {
		t.Errorf("the log has %d events of the request: %+v", len(events), events)
	}
	for _, e := range events {
		got.Error = e.Labels["error"]
		if e.Labels["repeated"] != "" {
			t.Errorf("the event says that it was a repetition: %+v", e)
		}
	}
	return got
}

// upstreamTexts are what the emulator says on behalf of Google, what libraries say of broken calls, and who else is in
// the policy.
var upstreamTexts = []string{
	"invalid authentication", "caller does not have", "entity was not found", "concurrent policy changes", "Precondition check",
	"Quota exceeded", "Internal error encountered", "currently unavailable", "the page you are looking for",
	"googleapi", "googleapis.com", "rpc error", ": EOF", "unexpected EOF", "invalid character", "deadline exceeded", "127.0.0.1", "connection re",
	"bob@example.com", "mallory", "etag",
}
