//go:build browser

package browser

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/genproto/googleapis/type/expr"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

const (
	selfApproval = "has({}.jitAccessConstraint)"
	multiParty   = "has({}.multiPartyApprovalConstraint)"

	activationTitle = "JIT access activation"
)

// scene is a Google Cloud with one portal behind the stand-in for Identity-Aware Proxy.
type scene struct {
	*testbed.Testbed
	portal *testbed.Portal
	base   string // where people find the portal, without a slash at the end
}

// options say how a scene differs from the others.
type options struct {
	world []byte    // the demo's if nil
	at    time.Time // the time of stopped clocks; the zero value: clocks run
	// prepare edits the world before the portal reads any of it.
	prepare func(*testing.T, *world.World)
}

// newScene starts a scene that ends with the test.
func newScene(t *testing.T, with options) *scene {
	t.Helper()
	o := testbed.Options{
		Emulator: emulator.Options{World: with.world},
		Portal:   []string{os.Args[0]},
		Env:      append(testbed.Unlimited(), portalVariable+"=now", "GORACE=halt_on_error=1"),
	}
	if !with.at.IsZero() {
		o.Emulator.Clock = func() time.Time { return with.at }
		o.Env = append(testbed.Unlimited(), portalVariable+"="+with.at.Format(time.RFC3339))
	}
	st, err := testbed.New(o)
	if err != nil {
		t.Fatalf("setting the testbed: %v", err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("clearing the testbed: %v", err)
		}
	})
	if with.prepare != nil {
		with.prepare(t, st.World())
	}
	p, err := st.StartPortal()
	if err != nil {
		t.Fatalf("starting the portal: %v", err)
	}
	_, base, err := st.Proxy(p)
	if err != nil {
		t.Fatalf("starting the proxy: %v", err)
	}
	return &scene{Testbed: st, portal: p, base: base}
}

// grant adds bindings to the policy of a resource.
func grant(t *testing.T, w *world.World, resource string, bindings ...*iampb.Binding) {
	t.Helper()
	err := w.Edit(resource, func(p *iampb.Policy) { p.Bindings = append(p.Bindings, bindings...) })
	if err != nil {
		t.Fatalf("editing the policy of %s: %v", resource, err)
	}
}

// eligible is an eligible binding.
func eligible(role, expression string, members ...string) *iampb.Binding {
	return &iampb.Binding{
		Role: "roles/" + role, Members: members,
		Condition: &expr.Expr{Title: "Eligible for JIT access", Expression: expression},
	}
}

// activation is a temporary binding, as the portal writes it.
func activation(role, email, id, why string, start, end time.Time) *iampb.Binding {
	stamp := func(at time.Time) string { return at.UTC().Format(time.RFC3339) }
	return &iampb.Binding{
		Role: "roles/" + role, Members: []string{"user:" + email},
		Condition: &expr.Expr{
			Title:       activationTitle,
			Description: "Self-approved, justification: " + why + " [" + id + "]",
			Expression:  `(request.time >= timestamp("` + stamp(start) + `") && request.time < timestamp("` + stamp(end) + `"))`,
		},
	}
}

// activations are the temporary bindings on a project.
func (s *scene) activations(project string) []*iampb.Binding {
	policy, _ := s.World().Policy("projects/" + project)
	return slices.DeleteFunc(policy.GetBindings(), func(b *iampb.Binding) bool {
		return b.GetCondition().GetTitle() != activationTitle
	})
}

// window returns the start and the end of a temporary binding.
func window(t *testing.T, b *iampb.Binding) (start, end time.Time) {
	t.Helper()
	parts := strings.Split(b.GetCondition().GetExpression(), `"`)
	if len(parts) != 5 {
		t.Fatalf("the condition %q has no window", b.GetCondition().GetExpression())
	}
	for i, at := range []*time.Time{&start, &end} {
		var err error
		if *at, err = time.Parse(time.RFC3339, parts[2*i+1]); err != nil {
			t.Fatalf("reading the window of %q: %v", b.GetCondition().GetExpression(), err)
		}
	}
	return start, end
}

// longProject has the 30 characters that an id of a project may have.
const longProject = "tokenization-euwest1-prod-0001"

// longWorld is the demo's organization with one project renamed.
func longWorld() []byte {
	return bytes.ReplaceAll(world.Demo(), []byte(`"card-tokens"`), []byte(`"`+longProject+`"`))
}
