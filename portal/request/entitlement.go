package request

import (
	"encoding/base64"
	"regexp"
	"sync"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// entitlementPattern is the form of 1.8.1's entitlement ids, PROJECT:ROLE or
// PROJECT:ROLE:BASE64. The id of a project may have a domain before it, and so
// may that in the name of a custom role. There is never a doubt about where a
// part ends: a project has no slash, a role has one, and none of its colons are
// behind the last slash. Its counted repetitions compile to 300 KB, so that is
// left to the first request for approval.
var entitlementPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^((?:[a-z0-9][a-z0-9.-]{0,61}:)?[a-z][a-z0-9-]{0,62})` +
		`:((?:projects/[a-z0-9][a-z0-9.:-]{0,127}/|organizations/[0-9]{1,20}/)?roles/[A-Za-z0-9_.-]{1,128})` +
		`(?::([A-Za-z0-9+/]+={0,2}))?$`)
})

func writeEntitlement(k eligibility.Key) string {
	id := k.Project() + ":" + k.Role
	if k.ResourceCondition != "" {
		id += ":" + base64.StdEncoding.EncodeToString([]byte(k.ResourceCondition))
	}
	return id
}

// readEntitlement is the key that an entitlement id stands for, with the
// resource condition made canonical.
func readEntitlement(id string) (eligibility.Key, bool) {
	parts := entitlementPattern().FindStringSubmatch(id)
	if parts == nil {
		return eligibility.Key{}, false
	}
	text, err := base64.StdEncoding.Strict().DecodeString(parts[3])
	if err != nil {
		return eligibility.Key{}, false
	}
	condition, err := eligibility.Canonical(string(text))
	if err != nil || condition == "" && len(text) > 0 {
		return eligibility.Key{}, false
	}
	return eligibility.Key{Resource: "projects/" + parts[1], Role: parts[2], ResourceCondition: condition}, true
}
