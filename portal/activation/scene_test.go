package activation

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

const (
	project = "payments-prod"
	alice   = "alice@example.com"
	admin   = "roles/compute.admin"
	viewer  = "roles/logging.viewer"
)

var startTime = time.Date(2026, 11, 19, 2, 14, 0, 0, time.UTC)

// scene is the policy of a project, changed by the real writer, and the fakes around it.
type scene struct {
	t         *testing.T
	mu        sync.Mutex
	now       time.Time
	policy    *policy.Policy
	standing  eligibility.Standing
	writes    int
	reasons   []string
	beforeSet func() // runs just before the next write, once

	groups       map[string]eligibility.Membership
	ancestors    []eligibility.BindingAt
	confirms     int
	hinted       bool     // the last confirmation had hints
	hintDigests  []string // the digests of the last confirmation's hints
	onConfirm    func(*eligibility.Confirmation)
	confirmError error
	catalogError error
	signed       []request.Claims
	signError    error
	*Desk
}

func newScene(t *testing.T, bindings ...*policy.Binding) *scene {
	s := &scene{t: t, now: startTime, standing: eligibility.InsideScope, policy: &policy.Policy{Etag: "0", Version: 3, Bindings: bindings}}
	rules := Rules{
		Limits:   Limits{Maximum: 2 * time.Hour, Hint: "Bug or case number", MinReviewers: 1, MaxReviewers: 3, RequestTimeout: time.Hour},
		MaxRoles: 3, Guarded: []string{"jit-access"},
	}
	writer := policy.NewWriter(s, policy.Options{Retry: policy.PortalRetry(), Timeout: 5 * time.Second, Sweep: Sweep(s.clock)})
	s.Desk = NewDesk(Deps{Rules: rules, Confirmer: s, Catalog: s, Roles: s, Policies: writer, Locator: s, Signer: s, Administrators: s, Clock: s.clock})
	return s
}

func (s *scene) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *scene) advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *scene) Get(context.Context, string) (*policy.Policy, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return policy.Clone(s.policy), nil
}

func (s *scene) Set(_ context.Context, _ string, p *policy.Policy, reason string) (*policy.Policy, error) {
	if before := s.beforeSet; before != nil {
		s.beforeSet = nil
		before()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.Etag != s.policy.Etag {
		return nil, conflicted
	}
	s.writes++
	s.reasons = append(s.reasons, reason)
	s.policy = policy.Clone(p)
	s.policy.Etag = fmt.Sprint(s.writes)
	return policy.Clone(s.policy), nil
}

// edit changes the policy as somebody else would, and with it the etag.
func (s *scene) edit(change func(*policy.Policy)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s.policy)
	s.policy.Etag += "'"
}

func (s *scene) Confirm(ctx context.Context, _ string, lookups []eligibility.Lookup) (eligibility.Confirmation, *policy.Policy, error) {
	s.confirms++
	s.hinted, s.hintDigests = false, nil
	read, _ := s.Get(ctx, "")
	c := eligibility.Confirmation{People: map[string]eligibility.Person{}, Ancestors: s.ancestors, Standing: s.standing, At: s.clock()}
	for _, l := range lookups {
		for _, w := range l.Wanted {
			s.hintDigests = append(s.hintDigests, w.Hint.Digest)
		}
		s.hinted = s.hinted || slices.ContainsFunc(l.Wanted, func(r eligibility.Reference) bool { return r.Hint != eligibility.Evidence{} })
		c.People[l.Email] = eligibility.Person{Email: l.Email, Groups: s.groups}
	}
	if s.onConfirm != nil {
		s.onConfirm(&c)
	}
	return c, read, s.confirmError
}

// Locate reads the policy, and says that the project stands where the scene says.
func (s *scene) Locate(ctx context.Context, _ string) (eligibility.Standing, *policy.Policy, error) {
	read, _ := s.Get(ctx, "")
	return s.standing, read, nil
}

// ProjectAccess is what pages read: it follows from the policy, the ancestors and the person's
// groups.
func (s *scene) ProjectAccess(_ context.Context, email, project string) (eligibility.ProjectAccess, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	resource, person := "projects/"+project, eligibility.Person{Email: email, Groups: s.groups}
	all := decidingBindings(policy.BindingsOf(s.policy), eligibility.Confirmation{Ancestors: s.ancestors}, resource)
	activations, _ := eligibility.Activations(resource, policy.BindingsOf(s.policy), email)
	held := eligibility.Entitlements(resource, all, person, s.now)
	return eligibility.ProjectAccess{
		Project: project, Held: held, Entitlements: eligibility.Offered(held), Doubtful: eligibility.Doubtful(resource, all, person, s.now),
		Activations: activations,
	}, s.catalogError
}

func (s *scene) Overview(context.Context, string) (eligibility.Overview, error) {
	return eligibility.Overview{}, s.catalogError
}

func (s *scene) Peers(ctx context.Context, email, project string, _ eligibility.Reference) (eligibility.Peers, error) {
	access, err := s.ProjectAccess(ctx, email, project)
	return eligibility.Peers{Access: access}, err
}

// Describe knows one role, which can grant more.
func (s *scene) Describe(_ context.Context, name string) (iamrole.Role, error) {
	if name != admin {
		return iamrole.Role{}, errors.New("IAM does not know it")
	}
	return iamrole.Role{Name: admin, Permissions: []string{"compute.projects.setIamPolicy"}}, nil
}

// Sign returns a token that is not signed, because tests of decisions begin with the claims.
func (s *scene) Sign(_ context.Context, c request.Claims) (string, error) {
	s.signed = append(s.signed, c)
	return "token-" + c.ID, s.signError
}

// Include knows one administrator.
func (s *scene) Include(_ context.Context, email string) (bool, error) {
	return email == "admin@example.com", nil
}

func eligible(role string, c eligibility.Constraint, resourceCondition string, members ...string) *policy.Binding {
	expression, err := eligibility.WriteEligible(c, resourceCondition)
	if err != nil {
		panic(err)
	}
	return &policy.Binding{Role: role, Members: members, Condition: &policy.Expr{Title: "Eligible for JIT access", Expression: expression}}
}

func selfEligible(role string) *policy.Binding {
	return eligible(role, eligibility.SelfApproval, "", "user:"+alice)
}

func wantRole(role string) eligibility.Reference {
	return eligibility.Reference{Role: role, Constraint: eligibility.SelfApproval}
}

var ids int

// id is a new id. Tests that use it do not run in parallel.
func id() string {
	ids++
	return fmt.Sprintf("jit-%016d", ids)
}

func order(roles ...string) Order {
	o := Order{Person: alice, Project: project, Justification: "BUG-1 disk is full", Duration: time.Hour, ID: id()}
	for _, role := range roles {
		o.Roles = append(o.Roles, wantRole(role))
	}
	return o
}

// activations are those of alice that the policy holds, newest first.
func (s *scene) activations() []eligibility.Activation {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, _ := eligibility.Activations("projects/"+project, policy.BindingsOf(s.policy), alice)
	return all
}

func (s *scene) activate(o Order) Activated {
	s.t.Helper()
	made, err := s.Self(s.t.Context(), o)
	if err != nil {
		s.t.Fatalf("activating %+v: %v", o, err)
	}
	return made
}

// wantRefusal runs an order that must be refused for a reason, without a write.
func (s *scene) wantRefusal(o Order, want Reason) {
	s.t.Helper()
	before := s.writes
	_, err := s.Self(s.t.Context(), o)
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Reason != want {
		s.t.Errorf("order %+v: %v, want %s", o, err, want)
	}
	if s.writes != before {
		s.t.Errorf("a refused order wrote %d times", s.writes-before)
	}
}

var pattern = regexp.MustCompile(`^(?:(BUG|CASE)-\d+.*)$`)
