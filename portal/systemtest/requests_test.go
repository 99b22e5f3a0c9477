package systemtest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/protobuf/encoding/prototext"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

const (
	multiPartyMarker = "has({}.multiPartyApprovalConstraint)"
	multiPartyRole   = "roles/compute.admin" // one that IAM describes
	requestReason    = "CASE-1042 fail over the ledger"
)

func (p tenant) reviewer(n int) string {
	return fmt.Sprintf("reviewer-%04d-%d@example.com", p.number, n)
}

func (p tenant) reviewers(n int) (all []string) {
	for i := range n {
		all = append(all, p.reviewer(i))
	}
	return all
}

// makeEligibleWithApproval makes the person of a tenant and so many reviewers eligible for a role
// that needs a peer, by name on the project or by the innermost of three nested groups.
func (s *scene) makeEligibleWithApproval(p tenant, resource string, reviewers int, byGroup bool) {
	s.t.Helper()
	members := []string{p.member()}
	for _, email := range p.reviewers(reviewers) {
		s.World().AddUser(email, email)
		members = append(members, "user:"+email)
		if err := s.World().AddMember(p.group(3), email); err != nil {
			s.t.Fatal(err)
		}
	}
	if byGroup {
		members = []string{p.groupMember()}
	}
	s.edit(resource, func(policy *iampb.Policy) { policy.Bindings = append(policy.Bindings, multiPartyBinding(members...)) })
}

func multiPartyBinding(members ...string) *iampb.Binding {
	return &iampb.Binding{Role: multiPartyRole, Members: members, Condition: &expr.Expr{Title: "Eligible with approval", Expression: multiPartyMarker}}
}

// newRequestScene has so many tenants, each with a person who can ask two reviewers.
func newRequestScene(t *testing.T, tenants int, env ...string) *scene {
	t.Helper()
	s := newScene(t, emulator.Options{World: worldOf(t, tenants)}, env...)
	for i := range tenants {
		s.makeEligibleWithApproval(tenant{i}, tenant{i}.project(), 2, false)
	}
	return s
}

func multiPartyReference() string {
	return eligibility.Reference{Role: multiPartyRole, Constraint: eligibility.MultiPartyApproval}.Encode()
}

// requestForm returns the filled in form of a request to reviewers.
func (g *client) requestForm(ctx context.Context, p tenant, reviewers ...string) (url.Values, error) {
	form, err := g.get(ctx, p.page()+"/request?role="+multiPartyReference())
	if err != nil {
		return nil, err
	}
	fields := testbed.Fields(form.Find("form[method=post]"))
	fields["justification"], fields["duration"], fields["reviewer"] = []string{requestReason}, []string{"30m"}, nil
	for _, email := range reviewers {
		for _, box := range form.Find("input[name=reviewer]").EachIter() {
			if value := box.AttrOr("value", ""); strings.HasPrefix(value, email+" ") {
				fields.Add("reviewer", value)
			}
		}
	}
	if len(fields["reviewer"]) != len(reviewers) {
		return nil, fmt.Errorf("the form, headed %q, offers %d of %d reviewers", form.heading(), len(fields["reviewer"]), len(reviewers))
	}
	return fields, nil
}

// ask sends a request to reviewers, and returns the address of its page.
func (g *client) ask(ctx context.Context, p tenant, reviewers ...string) (string, error) {
	fields, err := g.requestForm(ctx, p, reviewers...)
	if err != nil {
		return "", err
	}
	a, err := g.post(ctx, p.page()+"/request", fields)
	if err != nil {
		return "", err
	}
	page, _, _ := strings.Cut(a.location, "?")
	if a.status != http.StatusSeeOther || !strings.HasPrefix(page, "/requests/") {
		return "", fmt.Errorf("asking answers %d to %q, %q", a.status, a.location, a.heading())
	}
	return page, nil
}

// mustAsk is ask, and fails the test if it fails.
func (g *client) mustAsk(t *testing.T, p tenant, reviewers ...string) string {
	t.Helper()
	page, err := g.ask(t.Context(), p, reviewers...)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// decisionForm opens a request, and returns the filled in form of a decision.
func (g *client) decisionForm(ctx context.Context, request, act string) (url.Values, error) {
	review, err := g.get(ctx, request)
	if err != nil {
		return nil, err
	}
	form := review.Find(fmt.Sprintf(`form[action$="/%s"]`, act))
	if form.Length() != 1 {
		return nil, fmt.Errorf("the request, headed %q, offers nobody to %s it", review.heading(), act)
	}
	fields := testbed.Fields(form)
	if act == "decline" {
		fields.Set("reason", "use the replica")
	}
	return fields, nil
}

// decide opens a request, and approves or declines it.
func (g *client) decide(ctx context.Context, request, act string) (*response, error) {
	fields, err := g.decisionForm(ctx, request, act)
	if err != nil {
		return nil, err
	}
	return g.post(ctx, request+"/"+act, fields)
}

// oneApproved returns nil if exactly the requested window was added, and nothing else changed.
func oneApproved(before, after *iampb.Policy) error {
	return oneWindowMore(before, after, "Approved by ", ", justification: "+requestReason, 30*time.Minute)
}

// oneDeclined returns nil if exactly one empty window was added.
func oneDeclined(before, after *iampb.Policy) error {
	return oneWindowMore(before, after, "Declined by ", ": use the replica", 0)
}

// oneWithdrawn returns nil if exactly one empty window was added, by the beneficiary.
func oneWithdrawn(before, after *iampb.Policy) error {
	return oneWindowMore(before, after, "Withdrawn by ", "", 0)
}

func oneWindowMore(before, after *iampb.Policy, prefix, suffix string, length time.Duration) error {
	removed, added := difference(before, after)
	if len(removed) > 0 || len(added) != 1 || len(after.GetBindings()) != len(before.GetBindings())+1 {
		return fmt.Errorf("these are gone: %v; these have come: %v", removed, added)
	}
	a, ok := activationOf(added[0])
	if !ok || a.Role != multiPartyRole || a.Window.Duration() != length || !strings.HasPrefix(a.Description, prefix) || !strings.HasSuffix(a.Description, suffix) {
		return fmt.Errorf("this has come: %s", prototext.Format(added[0]))
	}
	return checkSameAudit(before, after)
}

// removeMultiParty removes all multi-party bindings from a resource.
func (s *scene) removeMultiParty(resource string) {
	s.t.Helper()
	s.edit(resource, func(p *iampb.Policy) {
		p.Bindings = slices.DeleteFunc(p.Bindings, func(b *iampb.Binding) bool { return b.GetCondition().GetExpression() == multiPartyMarker })
	})
}

// path is the location that a response redirects to, without its query.
func (a *response) path() string {
	path, _, _ := strings.Cut(a.location, "?")
	return path
}
