package systemtest

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

const (
	ownRole   = "roles/example.own"   // of the person, on the project
	groupRole = "roles/example.group" // of the group, on the folder
)

// experiment is one run of an operation with one fault, for a tenant of its own.
type experiment struct {
	operation operation
	call      callKind
	fault     faultName
	times     times

	tenant        tenant
	before, after *iampb.Policy
	response      *response
	scene         *scene
	portal        *testbed.Portal
	began, ended  time.Time
	machine       semaphore // nil for a run that is alone on it
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

// TestFaults_LeaveThePolicyUnchangedOrWhole is generated: each operation, every call that its good
// run makes, every fault, once and always. The table is in outcomes_test.go.
func TestFaults_LeaveThePolicyUnchangedOrWhole(t *testing.T) {
	t.Parallel()
	var all []*experiment
	for i, calls := range callsWithoutFaults(t) {
		for _, call := range calls {
			if call == callRole { // cached for everybody: see request_fault_test.go
				continue
			}
			for _, fault := range operations[i].faultsToTry() {
				all = append(all, &experiment{operation: operations[i], call: call, fault: fault, times: once},
					&experiment{operation: operations[i], call: call, fault: fault, times: always})
			}
		}
	}
	runAll(t, all)
	for _, x := range all {
		t.Run(x.String(), func(t *testing.T) { x.check(t) })
	}
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
	case strings.Contains(c.Resource, administrators+"/hasMember/"):
		return callAdministrator
	case strings.Contains(c.Resource, "/hasMember/reviewer-"):
		return callReviewer
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

// about tells whether a call is made for the experiment. Searches of the index and keys are shared.
func (x *experiment) about(c wire.Call) bool {
	switch kindOf(c) {
	case callSearch, callProjects, callKeys, callRole, callPublished:
		return true
	case callSign: // the payload is not in the journal, so one request at a time is signed
		return true
	case callMember:
		return strings.HasSuffix(c.Resource, x.tenant.outerGroup()+"/hasMember/"+x.person())
	case callReviewer:
		return strings.HasSuffix(c.Resource, "/hasMember/"+x.tenant.reviewer(0))
	case callAdministrator:
		if x.operation.name == lists {
			return strings.HasSuffix(c.Resource, "/hasMember/"+x.person())
		}
		return strings.HasSuffix(c.Resource, "/hasMember/"+x.tenant.administrator())
	case callMembers:
		return strings.Contains(c.Resource, x.tenant.outerGroup())
	}
	return strings.HasSuffix(c.Resource, x.tenant.project()) || c.Resource == x.tenant.folder()
}

func (x *experiment) person() string {
	if x.operation.name == activatesAsOutsider {
		return x.tenant.outsider()
	}
	return x.tenant.person()
}

// outsider is somebody of another domain, one for each tenant, because the portal limits how many
// pages a person may open.
func (p tenant) outsider() string { return fmt.Sprintf("zoe-%04d@partner.example", p.number) }

// faultScene has tenants whose person is eligible for one role by name, and for another by the
// group. Somebody of another domain is in each group, too.
func faultScene(t *testing.T, tenants int) *scene {
	t.Helper()
	s := newScene(t, emulator.Options{World: worldOf(t, tenants)}, "ADMINISTRATORS=group:"+administrators)
	for i := range tenants {
		p := tenant{i}
		s.eligible(p.project(), ownRole, p.member())
		s.eligible(p.folder(), groupRole, p.groupMember())
		s.World().AddUser(p.administrator(), p.administrator())
		s.World().AddUser(p.outsider(), p.outsider())
		for email, group := range map[string]string{p.outsider(): p.group(3), p.administrator(): administrators} {
			if err := s.World().AddMember(group, email); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s
}

// firstVisit lets somebody else open another project, so that the portal has keys, tokens and
// connections.
func (s *scene) firstVisit(ctx context.Context, p *testbed.Portal) error {
	_, err := s.client(p, "bob@example.com").get(ctx, "/projects/"+testbed.PortalProject)
	return err
}

// run prepares the tenant, and sends the operation's request while the fault is injected.
func (x *experiment) run(ctx context.Context, s *scene, p *testbed.Portal) {
	x.scene, x.portal = s, p
	leave := x.acquire()
	defer func() { leave() }()
	send, err := x.prepare(ctx, s)
	if err != nil {
		x.err = fmt.Errorf("preparing: %w", err)
		return
	}
	x.before = s.policy(x.tenant.project())
	if x.fault == "" {
		s.Journal().Reset()
	}
	remove := s.Inject(x.faultFor)
	if x.waits() {
		leave()
		leave = func() {}
	}
	x.began = time.Now()
	x.response, x.err = send()
	x.ended = time.Now()
	remove()
	x.after = s.policy(x.tenant.project())
}

// acquire takes a slot of the semaphore, and returns the function that releases it.
func (x *experiment) acquire() (leave func()) {
	if x.machine == nil {
		return func() {}
	}
	x.machine.enter()
	return x.machine.leave
}

// faultFor is the fault that the emulator injects into a call.
func (x *experiment) faultFor(c wire.Call) wire.Fault {
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

// check compares the outcome with the table.
func (x *experiment) check(t *testing.T) {
	defer x.explain(t)
	if x.err != nil {
		t.Fatal(x.err)
	}
	// For an outsider, the list of members may decide before the other call has arrived.
	if x.struck.Load() == 0 && (x.operation.name != activatesAsOutsider || x.call != callMember) {
		t.Fatal("the fault did not strike")
	}
	want, ok := expected(x.operation.name, x.call, x.fault, x.times)
	if !ok {
		t.Fatal("the table has no rule for it")
	}
	if took := x.ended.Sub(x.began); took > maxResponseTime {
		t.Errorf("the answer took %v: nobody waits for more than %v", took, maxResponseTime)
	}
	if diff := cmp.Diff(x.complete(want), x.outcome(t)); diff != "" {
		t.Errorf("outcome (-table +got):\n%s", diff)
	}
	if got := x.response.Find("dt:contains('Missing permission') + dd").Text(); got != missing[x.call] && want == notPermitted {
		t.Errorf("the page says that %q is missing, want %q", got, missing[x.call])
	}
	body := strings.ReplaceAll(x.response.body, x.scene.Address(), "") // where a request's link leads
	for _, text := range upstreamTexts {
		if strings.Contains(body, text) {
			t.Errorf("the page says %q, which is none of a browser's business", text)
		}
	}
}

// complete adds to a rule's outcome what the run without faults has.
func (x *experiment) complete(want outcome) outcome {
	if want.Status == 0 {
		want.Status, want.Changed = x.operation.status, x.operation.change != nil
	}
	if want.Heading == "" && want.Status == http.StatusOK {
		want.Heading = x.operation.heading
	}
	return want
}

// maxResponseTime bounds a response: a write has 20 s, with the reads before it.
const maxResponseTime = 40 * time.Second

// missing are the permissions that the portal lacks where Google responds to a call with 403.
var missing = map[callKind]string{
	callPolicy:    "resourcemanager.projects.getIamPolicy",
	callWrite:     "resourcemanager.projects.setIamPolicy",
	callPlacement: "cloudasset.assets.analyzeIamPolicy",
	callSearch:    "cloudasset.assets.searchAllIamPolicies",
	callProjects:  "cloudasset.assets.searchAllResources",
	callSign:      "iam.serviceAccounts.signJwt",
}

var clockTime = regexp.MustCompile(`[0-9]{2}:[0-9]{2}`)

// heading is the page's, for any tenant and at any time.
func (x *experiment) heading() string {
	names := strings.NewReplacer(x.tenant.person(), "PERSON", x.tenant.id(), "PROJECT")
	return clockTime.ReplaceAllString(names.Replace(x.response.heading()), "TIME")
}

// outcome is what happened. A policy that is neither unchanged nor whole is an error.
func (x *experiment) outcome(t *testing.T) outcome {
	t.Helper()
	got := outcome{
		Status: x.response.status, Heading: x.heading(), Gap: x.response.Find(".notice.wait").Length() > x.operation.warnings,
		Changed: checkSame(x.before, x.after) != nil,
	}
	if got.Changed && x.operation.change == nil {
		t.Errorf("the policy has changed: %v", checkSame(x.before, x.after))
	} else if got.Changed {
		if err := x.operation.change(x.before, x.after); err != nil {
			t.Errorf("the policy is neither as it was nor whole: %v", err)
		}
	}
	events := eventsOf(x.portal, x.response.trace)
	refused := got.Status != x.operation.status
	if want := x.operation.acts || refused; len(events) > 1 || want != (len(events) == 1) {
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

// upstreamTexts are what the emulator says on behalf of Google, what libraries say of broken calls,
// and who else is in the policy.
var upstreamTexts = []string{
	"invalid authentication", "caller does not have", "entity was not found", "concurrent policy changes", "Precondition check",
	"Quota exceeded", "Internal error encountered", "currently unavailable", "the page you are looking for",
	"googleapi", "googleapis.com", "rpc error", ": EOF", "unexpected EOF", "invalid character", "deadline exceeded", "127.0.0.1", "connection re",
	"bob@example.com", "mallory", "etag",
}
