package binding

import (
	"regexp"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/provider/validators"
)

func TestRefuseRole_TakesWhatItTookBefore(t *testing.T) {
	t.Parallel()
	earlier := regexp.MustCompile(`^(?:roles/[A-Za-z0-9_.]+|(?:projects/[^/\s]+|organizations/[0-9]+)/roles/[A-Za-z0-9_.]{3,64})$`)
	for _, role := range []string{
		"roles/compute.admin", "roles/x", "roles/.", "projects/payments-prod/roles/operator",
		"projects/example.com:payments/roles/op_1.x", "projects/Payments_Prod/roles/abc", "projects/roles/roles/roles", "organizations/0/roles/abc",
	} {
		if got := refuseRole(role); !earlier.MatchString(role) || got != (validators.Refusal{}) {
			t.Errorf("%q: %v before, now %+v", role, earlier.MatchString(role), got)
		}
	}
	for _, role := range []string{
		"", "roles/", "roles/a-b", "roles/a/b", "/roles/abc", "projects//roles/abc", "projects/a b/roles/abc", "projects/a/roles/ab",
		"projects/a/roles/a-bc", "projects/a/roles/abc ", "organizations/x/roles/abc", "folders/1/roles/abc", "projects/a/b/roles/abc",
	} {
		if got := refuseRole(role); earlier.MatchString(role) || got == (validators.Refusal{}) {
			t.Errorf("%q is taken", role)
		}
	}
}
