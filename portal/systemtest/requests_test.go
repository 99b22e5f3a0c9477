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
	partyMarker = "has({}.multiPartyApprovalConstraint)"
	partyRole   = "roles/compute.admin" // one that IAM describes
	partyReason = "CASE-1042 fail over the ledger"
)

func (p plot) reviewer(n int) string { return fmt.Sprintf("reviewer-%04d-%d@example.com", p.number, n) }

func (p plot) reviewers(n int) (all []string) {
	for i := range n {
		all = append(all, p.reviewer(i))
	}
	return all
}

// seat makes the person of a plot and so many reviewers eligible for a role that needs a peer, by name on the project or
// by the innermost of three nested groups.
func (s *scene) seat(p plot, resource string, reviewers int, byGroup bool) {
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
	s.edit(resource, func(policy *iampb.Policy) { policy.Bindings = append(policy.Bindings, partyBinding(members...)) })
}

func partyBinding(members ...string) *iampb.Binding {
	return &iampb.Binding{Role: partyRole, Members: members, Condition: &expr.Expr{Title: "Eligible with approval", Expression: partyMarker}}
}

// newParty has so many plots, in each of which a person can ask two reviewers.
func newParty(t *testing.T, plots int, env ...string) *scene {
	t.Helper()
	s := newScene(t, emulator.Options{World: worldOf(t, plots)}, env...)
	for i := range plots {
		s.seat(plot{i}, plot{i}.project(), 2, false)
	}
	return s
}

func partyReference() string {
	return eligibility.Reference{Role: partyRole, Constraint: eligibility.MultiPartyApproval}.Encode()
}

// asking fills in the form that asks reviewers.
func (g *guest) asking(ctx context.Context, p plot, reviewers ...string) (url.Values, error) {
	form, err := g.get(ctx, p.page()+"/request?role="+partyReference())
	if err != nil {
		return nil, err
	}
	fields := testbed.Fields(form.Find("form[method=post]"))
	fields["justification"], fields["duration"], fields["reviewer"] = []string{partyReason}, []string{"30m"}, nil
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

// asks sends the form to reviewers and returns the page of the request.
func (g *guest) asks(ctx context.Context, p plot, reviewers ...string) (string, error) {
	fields, err := g.asking(ctx, p, reviewers...)
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

// mustAsk is asks for a request that has to be made.
func (g *guest) mustAsk(t *testing.T, p plot, reviewers ...string) string {
	t.Helper()
	page, err := g.asks(t.Context(), p, reviewers...)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// deciding opens a request and fills in the form of a decision.
func (g *guest) deciding(ctx context.Context, request, act string) (url.Values, error) {
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

// decides opens a request, and approves or declines it.
func (g *guest) decides(ctx context.Context, request, act string) (*answer, error) {
	fields, err := g.deciding(ctx, request, act)
	if err != nil {
		return nil, err
	}
	return g.post(ctx, request+"/"+act, fields)
}

// oneApproved is nil where exactly the window that was asked for has come, and everything else is as it was.
func oneApproved(before, after *iampb.Policy) error {
	return onePartyMore(before, after, "Approved by ", ", justification: "+partyReason, 30*time.Minute)
}

// oneDeclined is nil where exactly one empty window has come.
func oneDeclined(before, after *iampb.Policy) error {
	return onePartyMore(before, after, "Declined by ", ": use the replica", 0)
}

// oneWithdrawn is nil where exactly one empty window has come, of who asked.
func oneWithdrawn(before, after *iampb.Policy) error {
	return onePartyMore(before, after, "Withdrawn by ", "", 0)
}

func onePartyMore(before, after *iampb.Policy, prefix, suffix string, length time.Duration) error {
	gone, come := difference(before, after)
	if len(gone) > 0 || len(come) != 1 || len(after.GetBindings()) != len(before.GetBindings())+1 {
		return fmt.Errorf("these are gone: %v; these have come: %v", gone, come)
	}
	a, ok := activationOf(come[0])
	if !ok || a.Role != partyRole || a.Window.Duration() != length || !strings.HasPrefix(a.Description, prefix) || !strings.HasSuffix(a.Description, suffix) {
		return fmt.Errorf("this has come: %s", prototext.Format(come[0]))
	}
	return sameAudit(before, after)
}

// withdrawParty takes all multi-party bindings from a resource.
func (s *scene) withdrawParty(resource string) {
	s.t.Helper()
	s.edit(resource, func(p *iampb.Policy) {
		p.Bindings = slices.DeleteFunc(p.Bindings, func(b *iampb.Binding) bool { return b.GetCondition().GetExpression() == partyMarker })
	})
}

// path is where an answer leads, without what the page is to say.
func (a *answer) path() string {
	path, _, _ := strings.Cut(a.location, "?")
	return path
}
