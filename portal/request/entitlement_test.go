package request

import (
	"regexp"
	"testing"
)

// earlierPattern is what entitlement ids were read by before the grammars of names stood in one
// place.
var earlierPattern = regexp.MustCompile(`^((?:[a-z0-9][a-z0-9.-]{0,61}:)?[a-z][a-z0-9-]{0,62})` +
	`:((?:projects/[a-z0-9][a-z0-9.:-]{0,127}/|organizations/[0-9]{1,20}/)?roles/[A-Za-z0-9_.-]{1,128})` +
	`(?::([A-Za-z0-9+/]+={0,2}))?$`)

var entitlementIDs = []string{
	"payments-prod:roles/compute.admin",
	"payments-prod:roles/compute.admin:dHJ1ZQ==",
	"payments-prod:roles/compute.admin:Pz8/Pz8/",
	"payments-prod:projects/payments-prod/roles/operator:Pz8/Pz8/",
	"payments-prod:projects/roles/roles/roles:Pz8/cm9sZXMv",
	"example.com:payments:projects/example.com:payments/roles/x.y-z:dHJ1ZQ==",
	"example.com:payments:organizations/123/roles/operator",
	"roles:roles/roles",
	"p:roles/x",
}

func TestReadEntitlement_ReadsWhatItReadBefore(t *testing.T) {
	t.Parallel()
	for _, id := range entitlementIDs {
		if !earlierPattern.MatchString(id) {
			t.Errorf("%q was not accepted before", id)
		}
		checkCutAsBefore(t, id)
	}
}

func FuzzCutEntitlement(f *testing.F) {
	for _, id := range entitlementIDs {
		f.Add(id)
	}
	f.Fuzz(checkCutAsBefore)
}

// checkCutAsBefore holds that what the earlier pattern accepted is accepted, and cut into the same
// parts.
func checkCutAsBefore(t *testing.T, id string) {
	parts := earlierPattern.FindStringSubmatch(id)
	if parts == nil {
		return
	}
	project, role, encoded, ok := cutEntitlement(id)
	if !ok || project != parts[1] || role != parts[2] || encoded != parts[3] {
		t.Errorf("%q is cut into %q, %q, %q, %v, before into %q", id, project, role, encoded, ok, parts[1:])
	}
}
