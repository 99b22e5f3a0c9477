package iamrole

import (
	"regexp"
	"testing"
)

func TestAskable_HoldsForTheRolesThatWereAskedAboutBefore(t *testing.T) {
	t.Parallel()
	earlier := regexp.MustCompile(`^(?:(?:projects/[a-z0-9][a-z0-9.:-]*|organizations/[0-9]+)/)?roles/[A-Za-z0-9_][A-Za-z0-9_.]*$`)
	for _, name := range []string{
		"roles/viewer", "roles/_x.y", "roles/compute.instanceAdmin.v1", "projects/payments-prod/roles/operator",
		"projects/example.com:payments/roles/op_1", "projects/123/roles/x", "projects/roles/roles/x", "organizations/123/roles/operator",
	} {
		if !earlier.MatchString(name) || !validName(name) {
			t.Errorf("%q: %v before, %v now", name, earlier.MatchString(name), validName(name))
		}
	}
	for _, name := range []string{"", "viewer", "roles/", "roles/..", "roles/a/b", "projects/-/roles/x", "projects/a?b/roles/x", "projects/%2e%2e/roles/x", "folders/1/roles/x"} {
		if validName(name) {
			t.Errorf("IAM would be asked about %q", name)
		}
	}
}
