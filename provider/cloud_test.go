package provider

import (
	"os"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/providertest"
)

const (
	payments      = "projects/payments-prod"
	administrator = "terraform@jit-access.iam.gserviceaccount.com"
	alice         = "user:alice@example.com"
	role          = "roles/compute.osAdminLogin"
	failure       = tfprotov6.DiagnosticSeverityError
)

type config = providertest.Config

// Short names for what tests say all the time.
var (
	str, unknown              = providertest.String, providertest.Unknown()
	value, schemas            = providertest.Value, providertest.Schemas
	says, silent, printed, at = providertest.Says, providertest.Silent, providertest.Printed, providertest.At
	accept                    = providertest.Accept
)

func TestMain(m *testing.M) { os.Exit(providertest.Main(m)) }

func newProvider() provider.Provider { return New("test", func(string) string { return "" })() }

func newCloud(t *testing.T) *providertest.Cloud {
	t.Helper()
	return providertest.NewCloud(t, world.Demo(), newProvider)
}

// create makes alice eligible for the test's role by a configured provider.
func create(t *testing.T, given config) []*tfprotov6.Diagnostic {
	t.Helper()
	return providertest.Talk(t, newProvider(), "jitaccess_self_approval_binding", given).Create(config{
		"project": str("payments-prod"), "role": str(role), "members": providertest.Set(alice),
	}).Diagnostics
}

// expectAlice wants alice to be eligible for the test's role, and nobody else.
func expectAlice(c *providertest.Cloud) {
	c.Expect(payments, role, providertest.Conditional(role, "Eligible for JIT access", "", "has({}.jitAccessConstraint)", alice))
}
