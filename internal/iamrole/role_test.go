package iamrole_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
)

func TestRole_GrantsMore(t *testing.T) {
	t.Parallel()
	for permission, want := range map[string]bool{
		"resourcemanager.projects.setIamPolicy":  true,
		"storage.buckets.setIamPolicy":           true,
		"iam.roles.update":                       true,
		"iam.serviceAccounts.actAs":              true,
		"iam.serviceAccounts.getAccessToken":     true,
		"iam.serviceAccounts.getOpenIdToken":     true,
		"iam.serviceAccounts.signJwt":            true,
		"iam.serviceAccounts.signBlob":           true,
		"iam.serviceAccounts.implicitDelegation": true,
		"iam.serviceAccountKeys.create":          true,
		"iam.serviceAccountKeys.get":             false,
		"iam.serviceAccounts.get":                false,
		"iam.roles.get":                          false,
		"iam.roles.create":                       false,
		"resourcemanager.projects.getIamPolicy":  false,
		"example.things.setIamPolicyOverride":    false,
		"setIamPolicy":                           false,
		"":                                       false,
	} {
		role := iamrole.Role{Permissions: []string{"storage.objects.get", permission}}
		if got := slices.Contains(role.GrantsMore(), permission); got != want {
			t.Errorf("a role with %q grants more: %t, want %t", permission, got, want)
		}
	}
}

func TestRole_GrantsMoreNamesEachPermissionOnceInOrder(t *testing.T) {
	t.Parallel()
	permissions := []string{
		"storage.buckets.setIamPolicy", "iam.serviceAccounts.actAs", "storage.buckets.get",
		"storage.buckets.setIamPolicy",
	}
	role := iamrole.Role{Permissions: slices.Clone(permissions)}
	want := []string{"iam.serviceAccounts.actAs", "storage.buckets.setIamPolicy"}
	if diff := cmp.Diff(want, role.GrantsMore()); diff != "" {
		t.Errorf("permissions of %q that grant more (-want +got):\n%s", permissions, diff)
	}
	if diff := cmp.Diff(permissions, role.Permissions); diff != "" {
		t.Errorf("the role's own permissions were changed (-want +got):\n%s", diff)
	}
}

func TestRole_ServicesAreCountedTheMostNumerousFirst(t *testing.T) {
	t.Parallel()
	role := iamrole.Role{Permissions: []string{
		"storage.objects.get", "compute.instances.get", "compute.instances.list", "compute.disks.get",
		"compute.disks.get", "bigquery.tables.get", "storage.objects.list", "iam.roles.get", "odd",
	}}
	want := []iamrole.ServiceCount{
		{Service: "compute", Count: 3}, {Service: "storage", Count: 2},
		{Service: "bigquery", Count: 1}, {Service: "iam", Count: 1}, {Service: "odd", Count: 1},
	}
	if diff := cmp.Diff(want, role.Services()); diff != "" {
		t.Errorf("services of %q (-want +got):\n%s", role.Permissions, diff)
	}
	if got := (iamrole.Role{}).Services(); len(got) != 0 {
		t.Errorf("services of a role without permissions: %v, want none", got)
	}
}
