// Package providertest is for tests of the provider and of its resources: it speaks to a provider
// as Terraform does, with an emulated Google Cloud behind it, and runs the real Terraform or
// OpenTofu.
package providertest

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
)

// Cloud is an emulated Google Cloud and a provider configured for it.
type Cloud struct {
	*emulator.Emulator
	Configured atomic.Int64 // how often a provider was configured

	t    *testing.T
	made func() provider.Provider
}

// NewCloud starts an emulator with a world on an ordinary day: index and groups lag.
func NewCloud(t *testing.T, world []byte, made func() provider.Provider) *Cloud {
	t.Helper()
	return &Cloud{t: t, made: made, Emulator: emulatortest.Start(t, emulator.Options{
		World: world, IndexLag: 20 * time.Second, MembershipLag: 20 * time.Second, Strict: true,
	})}
}

// Providers are what terraform-plugin-testing starts, in this process.
func (c *Cloud) Providers() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"jitaccess": func() (tfprotov6.ProviderServer, error) {
			return providerserver.NewProtocol6(&watched{c.made(), &c.Configured})(), nil
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

// Access is the provider's configuration for somebody who runs Terraform.
func (c *Cloud) Access(email string) Config {
	return Config{"endpoint": String(c.URL()), "access_token": String(c.Token(email))}
}

// HCL is the same as text, with resources.
func (c *Cloud) HCL(email string, resources ...string) string {
	return c.HCLWith(c.Token(email), resources...)
}

// HCLWith is the same with any token.
func (c *Cloud) HCLWith(token string, resources ...string) string {
	return fmt.Sprintf("provider \"jitaccess\" {\n  endpoint = %q\n  access_token = %q\n}\n", c.URL(), token) +
		strings.Join(resources, "\n")
}

// Policy is the policy of a resource as it is stored.
func (c *Cloud) Policy(resource string) *iampb.Policy {
	c.t.Helper()
	p, ok := c.World().Policy(resource)
	if !ok {
		c.t.Fatalf("there is no %s", resource)
	}
	return p
}

// Bindings are the bindings of a role on a resource.
func (c *Cloud) Bindings(resource, role string) []*iampb.Binding {
	c.t.Helper()
	return slices.DeleteFunc(c.Policy(resource).GetBindings(), func(b *iampb.Binding) bool { return b.GetRole() != role })
}

// Edit changes a policy as somebody else would.
func (c *Cloud) Edit(resource string, change func(*iampb.Policy)) func() {
	return func() {
		c.t.Helper()
		if err := c.World().Edit(resource, change); err != nil {
			c.t.Fatal(err)
		}
	}
}

// Grant adds bindings as somebody else would.
func (c *Cloud) Grant(resource string, added ...*iampb.Binding) func() {
	return c.Edit(resource, func(p *iampb.Policy) { p.Bindings = append(p.Bindings, added...) })
}

// Conditional is a conditional binding in the emulator's words.
func Conditional(role, title, description, expression string, members ...string) *iampb.Binding {
	return &iampb.Binding{Role: role, Members: members, Condition: &expr.Expr{Title: title, Description: description, Expression: expression}}
}

// Expect compares the bindings of a role with those wanted.
func (c *Cloud) Expect(resource, role string, want ...*iampb.Binding) {
	c.t.Helper()
	if diff := cmp.Diff(Ordered(want), Ordered(c.Bindings(resource, role)), protocmp.Transform()); diff != "" {
		c.t.Errorf("bindings of %s on %s (-want +got):\n%s", role, resource, diff)
	}
}

// Ordered sorts bindings and members, which IAM stores in an order of its own.
func Ordered(bindings []*iampb.Binding) []*iampb.Binding {
	sorted := make([]*iampb.Binding, len(bindings))
	for i, b := range bindings {
		sorted[i] = &iampb.Binding{Role: b.GetRole(), Members: slices.Sorted(slices.Values(b.GetMembers())), Condition: b.GetCondition()}
	}
	slices.SortFunc(sorted, func(a, b *iampb.Binding) int { return strings.Compare(prototext.Format(a), prototext.Format(b)) })
	return sorted
}
