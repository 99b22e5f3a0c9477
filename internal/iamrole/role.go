// Package iamrole knows IAM's roles: what people call them, what they let their holders do, which
// of that lets them get more than the role, and which names are alike. [Role] is what is known of
// one; [Reader] asks IAM, and keeps for an hour what it says of one role. People read that, and
// nothing is decided by it: who may activate a role is no question for this package.
package iamrole

import (
	"cmp"
	"slices"
	"strings"
)

// Role is what IAM says of a role: what people call it and what it lets them do.
type Role struct {
	// Name is the role's name as a binding has it: "roles/X", "projects/P/roles/X" or
	// "organizations/N/roles/X".
	Name        string
	Title       string
	Description string
	// Permissions are the role's own, "SERVICE.RESOURCE.VERB" each, in no promised order.
	Permissions []string
}

// ServiceCount is how many of a role's permissions are one service's.
type ServiceCount struct {
	Service string // the first part of a permission, as in "storage.objects.get"
	Count   int
}

// GrantsMore returns the permissions by which a holder can get more than the role: by giving access
// to others or to themselves, or by acting as a service account. Sorted, each once; none for a role
// that stays what it is.
// Source: cloud.google.com/iam/docs/service-account-permissions,
// cloud.google.com/iam/docs/permissions-reference.
func (r Role) GrantsMore() []string {
	var found []string
	for _, p := range r.Permissions {
		if grantsMore(p) {
			found = append(found, p)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func grantsMore(permission string) bool {
	switch permission {
	case "iam.roles.update",
		"iam.serviceAccountKeys.create",
		"iam.serviceAccounts.actAs",
		"iam.serviceAccounts.getAccessToken",
		"iam.serviceAccounts.getOpenIdToken",
		"iam.serviceAccounts.implicitDelegation",
		"iam.serviceAccounts.signBlob",
		"iam.serviceAccounts.signJwt":
		return true
	}
	return strings.HasSuffix(permission, ".setIamPolicy")
}

// Services counts the permissions of each service, the most numerous first, services of one count
// by name. A permission that stands there twice counts once.
func (r Role) Services() []ServiceCount {
	counts := map[string]int{}
	for _, p := range slices.Compact(slices.Sorted(slices.Values(r.Permissions))) {
		service, _, _ := strings.Cut(p, ".")
		counts[service]++
	}
	services := make([]ServiceCount, 0, len(counts))
	for service, count := range counts {
		services = append(services, ServiceCount{service, count})
	}
	slices.SortFunc(services, func(a, b ServiceCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Service, b.Service))
	})
	return services
}
