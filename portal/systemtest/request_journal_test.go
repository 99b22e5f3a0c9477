package systemtest

import (
	"net/http"
	"net/url"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// requestCostRun measures a request and its decisions on a portal of its own.
type requestCostRun struct {
	*scene
	portal    *testbed.Portal
	tenant    tenant
	asker     *client
	reviewer  *client
	reviewers []string
	mails     *mailbox
	before    *iampb.Policy
}

// newRequestCostRun warms the portal with a whole request on another tenant, so that keys, tokens,
// connections and the role are there; the index was asked about the tenant when its form was shown.
func newRequestCostRun(t *testing.T, reviewers int, byGroup bool, resource func(tenant) string) *requestCostRun {
	t.Helper()
	mails := openMailbox(t)
	s := newScene(t, emulator.Options{World: worldOf(t, 2)}, mails.environment()...)
	r := &requestCostRun{scene: s, tenant: tenant{0}, mails: mails}
	s.makeEligibleWithApproval(r.tenant, resource(r.tenant), reviewers, byGroup)
	s.makeEligibleWithApproval(tenant{1}, tenant{1}.project(), 1, false)
	r.portal, r.reviewers, r.before = s.portal(), r.tenant.reviewers(reviewers), s.policy(r.tenant.project())
	r.asker, r.reviewer = s.client(r.portal, r.tenant.person()), s.client(r.portal, r.tenant.reviewer(0))
	warm := s.client(r.portal, tenant{1}.person()).mustAsk(t, tenant{1}, tenant{1}.reviewer(0))
	if a, err := s.client(r.portal, tenant{1}.reviewer(0)).decide(t.Context(), warm, "approve"); err != nil || a.status != http.StatusSeeOther {
		t.Fatalf("the first approval: %v, %+v", err, a)
	}
	s.SetLatency(journalLatency)
	return r
}

// must posts a form, and fails the test if it is refused.
func (r *requestCostRun) must(t *testing.T, g *client, address string, fields url.Values) *response {
	t.Helper()
	a, err := g.post(t.Context(), address, fields)
	if err != nil {
		t.Fatal(err)
	}
	if a.status != http.StatusSeeOther {
		t.Fatalf("it answers %d, %q", a.status, a.heading())
	}
	return a
}

// A request is confirmed and signed, an approval read and written, for any number of reviewers who
// are asked and however they are eligible. Mail is no call to Google, and goes out beside nothing
// else.
func TestJournal_RequestAndApprovalAreFlatInReviewersAndNesting(t *testing.T) {
	project, folder := tenant.project, tenant.folder
	for _, c := range []struct {
		name                  string
		reviewers             int
		byGroup               bool
		resource              func(tenant) string
		ask, approve, decline cost
		review                cost // which reads the policy once for both people
	}{
		{"1 user", 1, false, project, cost{2, 2}, cost{2, 2}, cost{2, 2}, cost{1, 1}},
		{"10 users", 10, false, project, cost{2, 2}, cost{2, 2}, cost{2, 2}, cost{1, 1}},
		{"1 of a group nested three deep", 1, true, project, cost{2, 4}, cost{2, 4}, cost{2, 2}, cost{2, 3}},
		{"10 of a group nested three deep", 10, true, project, cost{2, 13}, cost{2, 4}, cost{2, 2}, cost{2, 3}},
		{"10 of a group on the folder", 10, true, folder, cost{2, 14}, cost{2, 5}, cost{2, 2}, cost{2, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRequestCostRun(t, c.reviewers, c.byGroup, c.resource)
			j := &costRun{scene: r.scene}
			form, err := r.asker.requestForm(t.Context(), r.tenant, r.reviewers...)
			if err != nil {
				t.Fatal(err)
			}
			request := ""
			check(t, "a request", c.ask, j.costOf(c.ask, func() {
				request = r.must(t, r.asker, r.tenant.page()+"/request", form).path()
			}))
			if got, want := len(r.mails.to(r.tenant.reviewer(0))), 1; got < want {
				t.Errorf("the reviewer got %d mails, want %d", got, want)
			}
			check(t, "the review's page", c.review, j.costOf(c.review, func() { r.reviewer.mustGet(t, request) }))
			for act, want := range map[string]cost{"approve": c.approve, "decline": c.decline} {
				decision, err := r.reviewer.decisionForm(t.Context(), request, act)
				if err != nil {
					t.Fatal(err)
				}
				check(t, act, want, j.costOf(want, func() {
					if err := r.World().SetPolicy(r.tenant.project(), r.before); err != nil {
						t.Fatal(err)
					}
					r.must(t, r.reviewer, request+"/"+act, decision)
				}))
				if err := r.World().SetPolicy(r.tenant.project(), r.before); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// What a role holds is asked for beside what decides about the request, and no decision asks for
// it.
func TestJournal_ARoleThatIsNotKnownYetCostsNoStep(t *testing.T) {
	r := newRequestCostRun(t, 1, false, tenant.project)
	form, err := r.asker.requestForm(t.Context(), r.tenant, r.reviewers...)
	if err != nil {
		t.Fatal(err)
	}
	request := r.asker.mustAsk(t, r.tenant, r.reviewers...)
	onFresh := func(g *client, address string, fields url.Values) func() []wire.Call {
		return func() []wire.Call {
			r.SetLatency(0)
			p := r.scene.portal()
			g.portal = p
			// The keys, the token and the index are known, the role is not.
			r.scene.client(p, r.tenant.person()).mustGet(t, r.tenant.page())
			if a, err := r.scene.client(p, r.tenant.person()).get(t.Context(), request[:len(request)-8]+"AAAAAAAA"); err != nil || a.status != http.StatusBadRequest {
				t.Fatalf("a request with another signature: %v, %+v", err, a)
			}
			r.SetLatency(journalLatency)
			if err := r.World().SetPolicy(r.tenant.project(), r.before); err != nil {
				t.Fatal(err)
			}
			j := &costRun{scene: r.scene}
			return j.callsOf(func() { r.must(t, g, address, fields) })
		}
	}
	want := cost{2, 3}
	check(t, "a request", want, fewest(want, onFresh(r.asker, r.tenant.page()+"/request", form)))
	decision, err := r.reviewer.decisionForm(t.Context(), request, "approve")
	if err != nil {
		t.Fatal(err)
	}
	want = cost{2, 2}
	check(t, "an approval", want, fewest(want, onFresh(r.reviewer, request+"/approve", decision)))
}
