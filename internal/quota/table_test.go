package quota_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
)

func TestRows_AreThoseOfTheDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/portal.md")
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	fmt.Fprint(&want, "| calls | name | Google's default | one instance of 3 | of that, for acts alone |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range quota.Rows(quota.DefaultInstances) {
		fmt.Fprintf(&want, "| %s | `%s` | %d | %d | %d |\n", r.Name, r.Key, r.PerMinute, r.Instance, r.ForActs)
	}
	if !strings.Contains(string(page), want.String()) {
		t.Errorf("docs/portal.md does not have this table:\n%s", want.String())
	}
}
