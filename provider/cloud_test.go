package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

const (
	payments      = "projects/payments-prod"
	folder        = "folders/100000000011" // that the project stands in
	production    = "folders/100000000001" // that the folder stands in
	organization  = "organizations/433637338589"
	administrator = "terraform@jit-access.iam.gserviceaccount.com"
	address       = bindingType + ".test"
)

// cloud is an emulated Google Cloud and the provider configured for it.
type cloud struct {
	*emulator.Emulator
	t        *testing.T
	sessions atomic.Int64 // how often a provider was configured
}

// newCloud starts an emulator on an ordinary day: index and groups lag.
func newCloud(t *testing.T) *cloud {
	t.Helper()
	return newCloudOf(t, world.Demo())
}

func newCloudOf(t *testing.T, file []byte) *cloud {
	t.Helper()
	return &cloud{t: t, Emulator: emulatortest.Start(t, emulator.Options{
		World: file, IndexLag: 20 * time.Second, MembershipLag: 20 * time.Second, Strict: true,
	})}
}

// providers are what terraform-plugin-testing starts, in this process.
func (c *cloud) providers() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		typeName: func() (tfprotov6.ProviderServer, error) {
			p := New("test", func(string) string { return "" })()
			return providerserver.NewProtocol6(&watched{p, &c.sessions})(), nil
		},
	}
}

// watched counts how often a provider is configured: once a walk of Terraform.
type watched struct {
	provider.Provider
	configured *atomic.Int64
}

func (w *watched) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	w.configured.Add(1)
	w.Provider.Configure(ctx, req, resp)
}

// hcl is a configuration with a provider and the given resources.
func (c *cloud) hcl(resources ...string) string { return c.hclOf(administrator, resources...) }

// hclOf is the same for somebody else who runs Terraform.
func (c *cloud) hclOf(email string, resources ...string) string {
	return c.hclBy(c.Token(email), resources...)
}

// hclBy is the same with any token.
func (c *cloud) hclBy(token string, resources ...string) string {
	return fmt.Sprintf("provider \"jitaccess\" {\n  endpoint = %q\n  access_token = %q\n}\n", c.URL(), token) +
		strings.Join(resources, "\n")
}

// block is the resource under test, or one of another name.
func block(body string) string { return named("test", body) }

func named(name, body string) string { return typed(bindingType, name, body) }

func typed(kind, name, body string) string {
	return fmt.Sprintf("resource %q %q {\n%s\n}\n", kind, name, body)
}

// policy is the policy of a resource as it is stored.
func (c *cloud) policy(resource string) *iampb.Policy {
	c.t.Helper()
	p, ok := c.World().Policy(resource)
	if !ok {
		c.t.Fatalf("there is no %s", resource)
	}
	return p
}

// ours are the bindings of the test's role.
func (c *cloud) ours(resource string) []*iampb.Binding {
	c.t.Helper()
	return slices.DeleteFunc(c.policy(resource).GetBindings(), func(b *iampb.Binding) bool { return b.GetRole() != role })
}

// edit changes a policy as somebody else would.
func (c *cloud) edit(resource string, change func(*iampb.Policy)) func() {
	return func() {
		c.t.Helper()
		if err := c.World().Edit(resource, change); err != nil {
			c.t.Fatal(err)
		}
	}
}

// grant adds bindings as somebody else would.
func (c *cloud) grant(resource string, added ...*iampb.Binding) func() {
	return c.edit(resource, func(p *iampb.Policy) { p.Bindings = append(p.Bindings, added...) })
}

// stands is a binding of the test's role in the emulator's words.
func stands(title, description, expression string, members ...string) *iampb.Binding {
	return &iampb.Binding{Role: role, Members: members, Condition: &expr.Expr{Title: title, Description: description, Expression: expression}}
}

// expect compares the bindings of the test's role with those wanted.
func (c *cloud) expect(resource string, want ...*iampb.Binding) {
	c.t.Helper()
	if diff := cmp.Diff(ordered(want), ordered(c.ours(resource)), protocmp.Transform()); diff != "" {
		c.t.Errorf("bindings of %s on %s (-want +got):\n%s", role, resource, diff)
	}
}

// ordered sorts bindings and members, which IAM stores in an order of its own.
func ordered(bindings []*iampb.Binding) []*iampb.Binding {
	sorted := make([]*iampb.Binding, len(bindings))
	for i, b := range bindings {
		sorted[i] = &iampb.Binding{Role: b.GetRole(), Members: slices.Sorted(slices.Values(b.GetMembers())), Condition: b.GetCondition()}
	}
	slices.SortFunc(sorted, func(a, b *iampb.Binding) int { return strings.Compare(prototext.Format(a), prototext.Format(b)) })
	return sorted
}

// asked counts, since the journal was reset, the calls of a method by the
// resource or role that they name.
func (c *cloud) asked(method string) map[string]int {
	found := map[string]int{}
	for _, call := range c.Journal().Calls() {
		if call.Method == method {
			found[call.Resource]++
		}
	}
	return found
}

// once is what asked counts where each was asked once.
func once(names ...string) map[string]int {
	counts := map[string]int{}
	for _, name := range names {
		counts[name] = 1
	}
	return counts
}

// calls counts calls of a method since the journal was reset.
func (c *cloud) calls(method string) int {
	n := 0
	for _, call := range c.Journal().Calls() {
		if call.Method == method {
			n++
		}
	}
	return n
}
