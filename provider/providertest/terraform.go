package providertest

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// required says that a machine without Terraform fails these tests.
const required = "JITACCESS_REQUIRE_TERRAFORM"

// Main runs the tests of a package, with the environment that acceptance tests need, and returns
// the exit code.
func Main(m *testing.M) int {
	prepare(findTerraform())
	return m.Run()
}

// findTerraform is the binary that acceptance tests run, or "".
func findTerraform() string {
	if named := os.Getenv("TF_ACC_TERRAFORM_PATH"); named != "" {
		return named
	}
	for _, name := range []string{"terraform", "tofu"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	return ""
}

// prepare sets the environment in which terraform-plugin-testing drives a binary. OpenTofu needs
// its registry's host named, and a configuration file that exists.
func prepare(binary string) {
	given := map[string]string{
		"TF_ACC_TERRAFORM_PATH": binary,
		"TF_CLI_CONFIG_FILE":    os.DevNull,
		"CHECKPOINT_DISABLE":    "1",
	}
	if strings.HasPrefix(filepath.Base(binary), "tofu") {
		given["TF_ACC_PROVIDER_HOST"] = "registry.opentofu.org"
		given["TF_ACC_PROVIDER_NAMESPACE"] = "hashicorp"
	}
	if _, err := os.Stat(os.Getenv("TF_CLI_CONFIG_FILE")); err != nil {
		_ = os.Unsetenv("TF_CLI_CONFIG_FILE") // names a file that is not there
	}
	for name, value := range given {
		if err := os.Setenv(name, cmp.Or(os.Getenv(name), value)); err != nil {
			panic(err)
		}
	}
}

// Accept runs an acceptance test with the real Terraform or OpenTofu.
func Accept(t *testing.T, c resource.TestCase) {
	t.Helper()
	why := ""
	switch {
	case os.Getenv("TF_ACC") == "":
		why = "TF_ACC is not set"
	case findTerraform() == "":
		why = "neither terraform nor tofu is on the PATH"
	}
	if why != "" && os.Getenv(required) == "1" {
		t.Fatalf("%s=1, but %s", required, why)
	}
	if why != "" {
		t.Skipf("NOT TESTED with a real Terraform: %s", why)
	}
	resource.Test(t, c)
}
