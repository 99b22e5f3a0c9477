package binding_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
	jitaccess "github.com/jitaccess/terraform-provider-jitaccess/provider"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/providertest"
)

const (
	bindingType   = "jitaccess_self_approval_binding"
	payments      = "projects/payments-prod"
	folder        = "folders/100000000011" // that the project stands in
	production    = "folders/100000000001" // that the folder stands in
	organization  = "organizations/433637338589"
	administrator = "terraform@jit-access.iam.gserviceaccount.com"
	address       = bindingType + ".test"
)

const (
	alice  = "user:alice@example.com"
	bob    = "user:bob@example.com"
	carol  = "user:carol@example.com"
	oncall = "group:oncall@example.com"

	role         = "roles/compute.osAdminLogin"
	marker       = "has({}.jitAccessConstraint)"
	disks        = `resource.type == "compute.googleapis.com/Disk"`
	defaultTitle = "Eligible for JIT access"
)

type (
	config       = providertest.Config
	conversation = providertest.Conversation
)

const (
	warning = tfprotov6.DiagnosticSeverityWarning
	failure = tfprotov6.DiagnosticSeverityError
)

// Short names for what tests say all the time.
var (
	str, set, unknown         = providertest.String, providertest.Set, providertest.Unknown()
	value, schemas            = providertest.Value, providertest.Schemas
	says, silent, printed, at = providertest.Says, providertest.Silent, providertest.Printed, providertest.At
	accept                    = providertest.Accept
)

func TestMain(m *testing.M) { os.Exit(providertest.Main(m)) }

func newProvider() provider.Provider {
	return jitaccess.New("test", func(string) string { return "" })()
}

// valid is a configuration that is taken.
func valid() config {
	return config{"project": str("payments-prod"), "role": str(role), "members": set(alice)}
}

// but is the valid configuration with other values; a zero value removes one.
func but(changes config) config {
	c := valid()
	maps.Copy(c, changes)
	return c
}

// validate is what terraform validate says of a configuration.
func validate(t *testing.T, c config) []*tfprotov6.Diagnostic {
	t.Helper()
	s := providertest.Server(t, newProvider())
	resp, err := s.ValidateResourceConfig(context.Background(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: bindingType,
		Config:   value(t, schemas(t, s).ResourceSchemas[bindingType], c),
	})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Diagnostics
}

// talk configures a provider, to speak about the resource under test.
func talk(t *testing.T, c config) *conversation {
	t.Helper()
	return providertest.Talk(t, newProvider(), bindingType, c)
}

// cloud is an emulated Google Cloud and the provider configured for it.
type cloud struct {
	*providertest.Cloud
	t *testing.T
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	return newCloudOf(t, world.Demo())
}

func newCloudOf(t *testing.T, file []byte) *cloud {
	t.Helper()
	return &cloud{providertest.NewCloud(t, file, newProvider), t}
}

// hcl is a configuration with a provider and the given resources.
func (c *cloud) hcl(resources ...string) string { return c.HCL(administrator, resources...) }

// block is the resource under test, or one of another name.
func block(body string) string { return named("test", body) }

func named(name, body string) string { return typed(bindingType, name, body) }

func typed(kind, name, body string) string {
	return fmt.Sprintf("resource %q %q {\n%s\n}\n", kind, name, body)
}

// conditional is a binding of the test's role in the emulator's words.
func conditional(title, description, expression string, members ...string) *iampb.Binding {
	return providertest.Conditional(role, title, description, expression, members...)
}

// expect compares the bindings of the test's role with those wanted.
func (c *cloud) expect(resource string, want ...*iampb.Binding) {
	c.t.Helper()
	c.Expect(resource, role, want...)
}

// asked counts, since the journal was reset, the calls of a method by the resource or role that
// they name.
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
